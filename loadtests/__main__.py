"""`python -m loadtests recommendation smoke [options]`: a scenario under a profile; fails by its gates.

Leaves an HTML report and locust's figures in a folder, and tells how these compare with the last release's.
"""

import argparse
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from loadtests import figures
from loadtests.gates import close

HERE = Path(__file__).parent
SCENARIOS = {
    "recommendation": ("shopper.py", "http://127.0.0.1:8001"),
    "intake": ("sender.py", "http://127.0.0.1:8007"),
    "journey": ("journey.py", "http://127.0.0.1:8001"),
    "live": ("watcher.py", "http://127.0.0.1:8001"),
    "pricing": ("pricer.py", "http://127.0.0.1:8002"),
    "search": ("searcher.py", "http://127.0.0.1:8003/search"),
}
"""What is loaded, and where; `live` is recommendation's streams, with clicks that come in through intake, and
`journey` one shopper's way through all services (their addresses are options)."""


@dataclass(frozen=True)
class Asked:
    """Of the command line, what locust does not get to see."""

    service: str
    profile: str
    into: Path
    release: bool
    slower_by: float | None
    options: list[str]

    @property
    def name(self) -> str:
        return f"{self.service}-{self.profile}"

    @property
    def report(self) -> Path:
        """Locust adds the ending."""
        return self.into / self.name


def command(asked: Asked) -> list[str]:
    """The locust command line; its own options win over those of the profile. Raises ValueError on unknown names."""
    if asked.service not in SCENARIOS:
        raise ValueError(f"no scenario for {asked.service!r}; there are: {', '.join(sorted(SCENARIOS))}")
    path = HERE / "profiles" / asked.service / f"{asked.profile}.conf"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.conf")))
        raise ValueError(f"no profile {asked.profile!r}; there are: {known}")
    scenario, host = SCENARIOS[asked.service]
    given = ["-f", str(HERE / "scenarios" / scenario), "--config", str(path), "--host", host]
    reports = ["--html", f"{asked.report}.html", "--json-file", str(asked.report)]
    return [sys.executable, "-m", "locust", *given, "--headless", "--only-summary", *reports, *asked.options]


def compare(asked: Asked) -> int:
    """Tells the ratios to the last release's figures; 1 where they are to be within a limit and are not."""
    now = figures.read(asked.report.with_name(f"{asked.name}.json"))
    kept = figures.RELEASED / f"{asked.name}.json"
    status = 0
    if kept.is_file():
        version, before = figures.released(kept)
        found = figures.ratios(now, before)
        _say(f"beside version {version}:", *map(str, found))
        if asked.slower_by is not None:
            status = close(figures.slower(found, asked.slower_by))
    if asked.release:
        figures.release(kept, now, command=f"make loadtest SERVICE={asked.service} PROFILE={asked.profile}")
        _say(f"kept as the figures of this release: {kept.name}")
    return status


def parsed(arguments: list[str]) -> Asked:
    parser = argparse.ArgumentParser(
        prog="loadtests", epilog="What is not named here is an option of locust's.", allow_abbrev=False
    )
    parser.add_argument("service", nargs="?", default="recommendation")
    parser.add_argument("profile", nargs="?", default="smoke")
    parser.add_argument("--into", type=Path, default=Path(".merx/loadtests"), help="folder for report and figures")
    parser.add_argument("--release", action="store_true", help="keep the figures for the next release to compare with")
    parser.add_argument("--slower-by", type=float, help="gate on latencies over the last release's, on one machine")
    known, options = parser.parse_known_args(arguments)
    return Asked(**vars(known), options=options)


def main(arguments: list[str]) -> int:
    asked = parsed(arguments)
    try:
        line = command(asked)
    except ValueError as error:
        print(f"merx: {error}", file=sys.stderr)  # noqa: T201 - for the person who started it
        return 2
    asked.into.mkdir(parents=True, exist_ok=True)
    status = subprocess.run(line, check=False).returncode
    if asked.report.with_name(f"{asked.name}.json").is_file():
        _say(f"report: {asked.report}.html")
        status = max(status, compare(asked))
    return status


def _say(*lines: str) -> None:
    for line in lines:
        print(line)  # noqa: T201 - for the person who started it


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
