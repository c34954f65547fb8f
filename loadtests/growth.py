"""Whether a process under load goes on growing: what it holds late in a run, over what it held early."""

import re
import statistics
from collections.abc import Sequence

WARM, PART = 0.2, 0.1
"""Of a run, what is left out at its beginning, and what counts as early and as late."""
BESIDE = ("search", "pricing", "intake")
"""Options of scenarios that ask more than the host: where these services are."""
RESIDENT = re.compile(r"^process_resident_memory_bytes ([0-9.e+]+)$", re.MULTILINE)


def growth(held: Sequence[float]) -> float:
    """Late over early, less 1; NaN, which holds no gate, where too little was seen to tell."""
    part = int(len(held) * PART)
    if not part:
        return float("nan")
    warm = int(len(held) * WARM)
    early, late = held[warm : warm + part], held[-part:]
    return statistics.median(late) / statistics.median(early) - 1.0


def addresses(host: str, asked: object) -> list[str]:
    """The host, and the services that the scenario asks beside it."""
    return [host, *(getattr(asked, name) for name in BESIDE if hasattr(asked, name))]


def resident(metrics: str) -> float:
    """Bytes. Raises ValueError where the metrics do not tell."""
    found = RESIDENT.search(metrics)
    if found is None:
        raise ValueError("no process_resident_memory_bytes")
    return float(found[1])
