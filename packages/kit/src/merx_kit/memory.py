"""What a long-lived process does about its memory when something large takes another's place."""

import ctypes
import gc

_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
"""glibc's malloc_trim(3); other C libraries hand memory back by themselves, or never."""


def settle() -> None:
    """Called after a swap, when the one before has gone.

    What is in service stays as long as it does: it is frozen, not to be looked at again by the garbage collector, 100
    ms and more at a time. (So it must hold no cycle that is to be collected once it goes.) What the one before leaves
    lies about in pieces that glibc would keep: it goes back to the system.
    """
    gc.freeze()
    if _trim is not None:
        _trim(0)
