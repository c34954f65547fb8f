"""What an index build reads from its environment (INDEX_*, and MERX_* for what it shares)."""

from pathlib import Path

from pydantic import Field

from merx_kit.settings import MerxSettings


class IndexSettings(MerxSettings, env_prefix="INDEX_"):
    picture_hosts: tuple[str, ...] = ()
    """Hosts (a JSON list) from which pictures may be fetched over https; none by default: a catalogue's addresses are
    the shop's word, and what fetches them stands inside its network."""
    picture_folder: Path | None = None
    """Where pictures lie that the catalogue names by a path."""
    picture_timeout_s: float = Field(default=10.0, gt=0)
    fetch_threads: int = Field(default=8, ge=1)
    synonyms: Path | None = None
    """JSON: a list of lists of words that mean the same."""
    least_confidence: float = Field(default=0.6, ge=0.0, le=1.0)
    """How sure a value must be that is suggested for a gap in the catalogue."""
