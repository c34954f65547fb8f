"""`python -m deploy.day_two [--rehearse]`: the day on the cluster of KUBECONFIG, or its rehearsal without one."""

import argparse
import json
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from deploy.day_two.cluster import Cluster
from deploy.day_two.commands import SERVICES, TRIAL, Release
from deploy.day_two.patience import Calls, StepFailed
from deploy.day_two.place import Place
from deploy.day_two.run import live
from deploy.day_two.shop import ShopFiles
from deploy.day_two.steady import Steady
from deploy.day_two.steps import Day

SHOP = Path(__file__).parents[2] / "docs" / "tutorials" / "shop"
KEY = "MERX_DAY_TWO_KEY"
UNUSABLE = 2
WIDTH = 140
"""Of tables in a file, or in a log of CI."""


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="day-two", description=__doc__)
    parser.add_argument("--namespace", default="merx", help="where the release goes; made where it is not there")
    parser.add_argument("--release", default="merx", help="its name")
    parser.add_argument("--values", action="append", type=Path, default=[], help="instead of the trial's; repeatable")
    parser.add_argument("--shop", type=Path, default=SHOP, help="folder of a catalogue feed and events")
    parser.add_argument(
        "--address", action="append", default=[], metavar="SERVICE=URL", help="a way in, instead of a port-forward"
    )
    parser.add_argument("--secret", default="", help="Secret with the API key; the trial's without it, or " + KEY)
    parser.add_argument("--secret-key", default="api-key", help="its key in the Secret")
    parser.add_argument("--rate", type=float, default=2.0, help="requests a second of the client to each service")
    parser.add_argument("--patience-s", type=int, default=900, help="longest wait for anything but training")
    parser.add_argument("--report", type=Path, help="file for the figures, as JSON")
    parser.add_argument("--uninstall-on-failure", action="store_true", help="otherwise what failed stays")
    parser.add_argument("--rehearse", action="store_true", help="on the embedded default, without a cluster")
    parser.add_argument("--home", type=Path, help="with --rehearse: an empty folder that keeps the state")
    return parser.parse_args(arguments)


def addresses(given: Sequence[str]) -> dict[str, str]:
    """Raises ValueError on a service that there is not."""
    found = dict(each.split("=", 1) for each in given if "=" in each)
    if len(found) < len(given) or set(found) - set(SERVICES):
        raise ValueError(f"--address is one of {', '.join(SERVICES)}, = and a URL")
    return found


def place(asked: argparse.Namespace, folder: Path) -> Place:
    """Raises ValueError where KUBECONFIG is not set, or an address is none."""
    values = tuple(asked.values) or TRIAL
    release = Release(asked.release, asked.namespace, values, patience_s=asked.patience_s)
    if asked.rehearse:
        from deploy.day_two.rehearsal import Rehearsal

        return Rehearsal(asked.home or folder / "home", release)
    if not os.environ.get("KUBECONFIG"):
        raise ValueError("KUBECONFIG names no cluster; --rehearse needs none")
    key = os.environ.get(KEY, "")
    return Cluster(release, addresses(asked.address), key, asked.secret, asked.secret_key)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def main(arguments: Sequence[str]) -> int:
    asked, console = parsed(arguments), Console(width=None if sys.stdout.isatty() else WIDTH)
    with tempfile.TemporaryDirectory(prefix="merx-day-two-") as folder:
        try:
            where, files = place(asked, Path(folder)), ShopFiles.of(asked.shop)
        except (ValueError, StepFailed) as error:
            sys.stderr.write(f"day-two: {error}\n")
            return UNUSABLE
        day = Day(where, files, Calls(float(asked.patience_s)), Steady(asked.rate))
        report = live(day, console, uninstall_on_failure=asked.uninstall_on_failure)
    report.show(console)
    if asked.report:
        asked.report.parent.mkdir(parents=True, exist_ok=True)
        asked.report.write_text(json.dumps(report.json(), indent=1) + "\n")
    return report.status


if __name__ == "__main__":
    # Told to stop, it ends what it started, and reports as far as it came.
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)
    sys.exit(main(sys.argv[1:]))
