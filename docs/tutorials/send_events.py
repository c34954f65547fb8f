"""Sends files of events (JSON lines, in any shape that intake takes) to intake, in batches, with the standard library.

A batch that gets no answer is sent again: the events' own ids make that safe.
"""

import argparse
import json
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

BATCH = 500
TRIES = 8


def batches(path: Path) -> Iterator[list[Any]]:
    with path.open(encoding="utf-8") as file:
        rows = (parsed for line in file if (parsed := parse(line)) is not None)
        while batch := list(islice(rows, BATCH)):
            yield batch


def parse(line: str) -> Any:
    """One event; a line that is no JSON is said and left out."""
    try:
        return json.loads(line)
    except ValueError:
        print(f"not JSON: {line[:60]!r}", file=sys.stderr)
        return None


def send(url: str, batch: list[Any], key: str) -> dict[str, Any]:
    """What intake says of the batch, after at most TRIES attempts."""
    headers = {"Content-Type": "application/json", **({"X-API-Key": key} if key else {})}
    request = urllib.request.Request(f"{url}/v1/events", json.dumps(batch).encode(), headers)
    for attempt in range(TRIES):
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code != 429:
                raise SystemExit(f"refused: {error.read().decode()}") from None
        except OSError as error:
            print(f"no answer ({error}); trying again", file=sys.stderr)
        time.sleep(0.1 * 2**attempt)
    raise SystemExit(f"{url} does not answer")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--to", default="http://127.0.0.1:8007", help="address of intake")
    parser.add_argument("--key", default="", help="API key with the scope events:write")
    given = parser.parse_args()
    counts: Counter[str] = Counter()
    for path in given.files:
        for batch in batches(path):
            answer = send(given.to, batch, given.key)
            counts.update({name: answer[name] for name in ("accepted", "duplicates", "rejected")})
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
