"""A catalogue of half a million products in one file: all of it in the log, and no more memory than for a small one."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.integration.intake.running import PAUSE_S, Child, Intake, products_in, until

SMALL, LARGE = 50_000, 500_000
DESCRIPTION = "A teapot of stoneware, with a lid that stays where it is. " * 8
CHUNK = 1_000
GROWTH_KIB = 96 * 1024
"""What ten times the products may cost more: the ids already seen are all that the import keeps of a row."""


class Cost(NamedTuple):
    file_kib: int
    import_kib: int
    """The most memory that the process of the import ever held."""
    service_kib: int
    """The same of the service, so far."""


def rows(name: str, count: int) -> Iterator[bytes]:
    yield b"id\ttitle\tdescription\tprice\n"
    for start in range(0, count, CHUNK):
        part = (f"{name}{place}\tTeapot {place}\t{DESCRIPTION}\t24.90 EUR\n" for place in range(start, start + CHUNK))
        yield "".join(part).encode()


def imported(intake: Intake, name: str, count: int) -> Cost:
    until(lambda: not intake.children())
    taken = intake.upload(rows(name, count), key=name).raise_for_status().json()
    child, peak = intake.child(), 0
    while held := child.peak_kib:
        peak = held
        time.sleep(PAUSE_S)
    job = intake.ended(taken["id"])
    assert (job["state"], job["records"]) == ("done", count)
    return Cost(taken["bytes"] // 1024, peak, Child(intake.service.process.pid).peak_kib)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_half_a_million_products_are_all_there_in_bounded_memory(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with Intake(tmp_path / "home") as intake:
        intake.service.wait_ready()
        small, large = imported(intake, "s", SMALL), imported(intake, "l", LARGE)
        held = products_in(intake.database_url)
    for name, cost in (("small", small), ("large", large)):
        record_property(name, cost._asdict())
    assert sorted(held) == sorted(
        f"{name}{place}" for name, count in (("s", SMALL), ("l", LARGE)) for place in range(count)
    )
    assert large.file_kib - small.file_kib > 2 * GROWTH_KIB, "a file held whole would show"
    assert large.import_kib - small.import_kib < GROWTH_KIB, (small, large)
    assert large.service_kib - small.service_kib < GROWTH_KIB, (small, large)
