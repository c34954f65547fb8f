"""`python -m merx_kit.energy --since 24h --format html --out energy.html`."""

import argparse
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from merx_kit.energy.history import EnergyError, History, Slots
from merx_kit.energy.ledger import ledger_of
from merx_kit.energy.reading import read_accounts
from merx_kit.energy.settings import EnergySettings
from merx_kit.energy.tables import FORMATS
from merx_kit.settings import SettingsError

UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}
TIMEOUT_S = 60.0


def duration(text: str) -> int:
    """Seconds of "90s", "30m", "24h" or "7d"."""
    read = re.fullmatch(r"(\d+)([smhd])", text)
    if read is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration such as 90s, 30m, 24h or 7d")
    return int(read[1]) * UNITS_S[read[2]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints or writes the ledger; 2 where there is none, with one sentence on standard error."""
    parser = argparse.ArgumentParser(prog="python -m merx_kit.energy", description="The energy ledger (ENERGY_*).")
    parser.add_argument("--since", type=duration, default="24h", help="how far back (24h)")
    parser.add_argument("--until", type=int, default=None, help="epoch seconds; now without it")
    parser.add_argument("--step", type=duration, default="60s", help="length of a slot (60s)")
    parser.add_argument("--format", choices=tuple(FORMATS), default="text")
    parser.add_argument("--out", type=Path, default=None, help="a file; standard output without it")
    asked = parser.parse_args(arguments)
    try:
        settings = EnergySettings.load()
        until = int(time.time()) if asked.until is None else asked.until
        slots = Slots.between(until - asked.since, until, asked.step)
        with httpx.Client(base_url=settings.prometheus_url, timeout=TIMEOUT_S) as client:
            reading = read_accounts(History(client, slots), settings)
        text = FORMATS[asked.format](ledger_of(reading, slots, settings))
    except (EnergyError, SettingsError) as error:
        sys.stderr.write(f"merx: {error}\n")
        return 2
    if asked.out is None:
        sys.stdout.write(text)
    else:
        asked.out.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
