import ctypes
import gc
import threading

import psutil
import pytest

from merx_kit import memory

PIECES, BYTES = 100_000, 2_000


def resident() -> int:
    return int(psutil.Process().memory_info().rss)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="a C library without malloc_trim")
def test_what_lies_about_in_pieces_goes_back_to_the_system() -> None:
    kept: list[bytearray] = []

    def scatter() -> None:
        pieces = [bytearray(BYTES) for _ in range(PIECES)]
        kept.extend(pieces[::50])  # freed pieces lie between these: the heap cannot simply shrink
        pieces.clear()

    thread = threading.Thread(target=scatter)
    thread.start()
    thread.join()
    before = resident()
    memory.settle()
    gc.unfreeze()
    assert before - resident() > PIECES * BYTES / 2
    assert len(kept) == PIECES / 50


def test_what_is_in_service_is_not_looked_at_again() -> None:
    served = [[number] for number in range(1_000)]
    gc.collect()
    try:
        memory.settle()
        assert gc.get_freeze_count() >= len(served)
    finally:
        gc.unfreeze()
