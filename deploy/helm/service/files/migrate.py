"""Brings the event log to this version's schema, under the database's lock; any number of pods may do so at once.

Without a database for so many seconds as the first argument says, the pod starts all the same: its service answers by
its fallbacks, and whoever comes first migrates later. A schema newer than this version, or damage, stops the pod.
"""

import sys
import time

from merx_kit.eventlog import EventLogUnavailable, migrate
from merx_kit.settings import MerxSettings

PAUSE_S = 2.0
until = time.monotonic() + float(sys.argv[1])
while True:
    try:
        migrate(MerxSettings.load().database_url)
    except EventLogUnavailable as away:
        sys.stderr.write(f"the database is away: {away}\n")
        if time.monotonic() + PAUSE_S > until:
            sys.stderr.write("starting without it\n")
            break
        time.sleep(PAUSE_S)
    else:
        sys.stderr.write("the event log has this version's schema\n")
        break
