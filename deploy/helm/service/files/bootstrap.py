"""Makes an installation whole, and changes nothing in one that is: schema, feature declarations, and a first model of
each kind where the log has records and the registry knows none. Arguments: `--demo` brings the demonstration data into
an empty log first; `--make-bucket` makes the artefacts' bucket, as a trial's own object store has none; `--profile
quick|full` is how much work the first models are.

Waits for the database, the object store and MLflow; the Job's own deadline ends that.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from merx_kit.eventlog import EventLog, EventLogUnavailable, migrate
from merx_kit.features import apply, open_store
from merx_kit.registry import RegistryUnavailable
from merx_kit.settings import MerxSettings
from merx_pipelines.registry_access import model_registry
from merx_pipelines.runs import find_repository

PAUSE_S = 3.0
GATE_REFUSED = 2
FIRST_MODELS = {"recommendation": "train", "search": "index", "pricing": "prices"}
THERE_ALREADY = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}
T = TypeVar("T")


class StoreAway(Exception):
    """The object store does not answer, or not yet as it should."""


def once_there(what: str, ask: Callable[[], T]) -> T:
    """What `ask` gives, as soon as what it asks answers."""
    while True:
        try:
            return ask()
        except (EventLogUnavailable, RegistryUnavailable, StoreAway) as away:
            sys.stderr.write(f"waiting for {what}: {away}\n")
            time.sleep(PAUSE_S)


def make_bucket(url: str) -> None:
    """The bucket of an s3:// URL. s3fs would name the region as a constraint, which no store takes for its own."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.session import get_session

    try:
        get_session().create_client("s3").create_bucket(Bucket=urlsplit(url).netloc)
    except ClientError as refused:
        if refused.response["Error"]["Code"] not in THERE_ALREADY:
            raise StoreAway(str(refused)) from refused
    except BotoCoreError as away:
        raise StoreAway(str(away)) from away


def merx(*command: str) -> int:
    sys.stderr.write(f"merx {' '.join(command)}\n")
    return subprocess.run([sys.executable, "-m", "merx_pipelines.cli", *command], check=False).returncode  # noqa: S603


def records(settings: MerxSettings) -> int:
    with EventLog(settings.database_url) as log:
        return log.head()


def main() -> int:
    words = argparse.ArgumentParser()
    words.add_argument("--demo", action="store_true")
    words.add_argument("--make-bucket", action="store_true")
    words.add_argument("--profile", default="quick")
    asked = words.parse_args()
    settings = MerxSettings.load()
    once_there("the database", lambda: migrate(settings.database_url))
    if asked.make_bucket:
        once_there("the object store", lambda: make_bucket(settings.artefacts_url))
    apply(open_store(settings), find_repository(Path.cwd()))
    if asked.demo and not records(settings) and (status := merx("import", "--demo")):
        return status
    if not records(settings):
        sys.stderr.write("the log is empty: send events to intake, and the scheduled runs train from them\n")
        return 0
    registry = model_registry(settings)
    failed = 0
    for name, command in FIRST_MODELS.items():
        if once_there("MLflow", lambda name=name: registry.versions(name)):  # type: ignore[misc]
            continue
        # What cannot be learned of a shop that sold too little for prices is no failure: its prices stay as they are.
        failed |= merx(command, "--profile", asked.profile) not in {0, GATE_REFUSED} and name != "pricing"
    return failed


if __name__ == "__main__":
    sys.exit(main())
