"""`python -m loadtests recommendation smoke [locust options]`: a scenario under a profile; fails by its gates."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SCENARIOS = {
    "recommendation": ("shopper.py", "http://127.0.0.1:8001"),
    "intake": ("sender.py", "http://127.0.0.1:8007"),
    "live": ("watcher.py", "http://127.0.0.1:8001"),
    "pricing": ("pricer.py", "http://127.0.0.1:8002"),
    "search": ("searcher.py", "http://127.0.0.1:8003/search"),
}
"""What is loaded, and where; `live` is recommendation's streams, with clicks that come in through intake."""


def command(service: str, profile: str, options: list[str]) -> list[str]:
    """The locust command line; `options` win over those of the profile. Raises ValueError on unknown names."""
    if service not in SCENARIOS:
        raise ValueError(f"no scenario for {service!r}; there are: {', '.join(sorted(SCENARIOS))}")
    path = HERE / "profiles" / service / f"{profile}.conf"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.conf")))
        raise ValueError(f"no profile {profile!r}; there are: {known}")
    scenario, host = SCENARIOS[service]
    given = ["-f", str(HERE / "scenarios" / scenario), "--config", str(path), "--host", host]
    return [sys.executable, "-m", "locust", *given, "--headless", "--only-summary", *options]


def main(arguments: list[str]) -> int:
    service, profile, *options = arguments or ["recommendation", "smoke"]
    try:
        return subprocess.run(command(service, profile, options), check=False).returncode
    except ValueError as error:
        print(f"merx: {error}", file=sys.stderr)  # noqa: T201 - for the person who started it
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
