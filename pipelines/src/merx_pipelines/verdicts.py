"""What a check before registration found, as one JSON file."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Self


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`reasons` say what speaks against registration; none where it passed. A subclass names its `file`."""

    file: ClassVar[str]
    reasons: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.reasons

    @classmethod
    def read(cls, folder: Path) -> Self:
        """What `write` wrote."""
        told = json.loads((folder / cls.file).read_text())
        return cls(**{**told, "reasons": tuple(told["reasons"])})

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / self.file).write_text(json.dumps(asdict(self), indent=1, allow_nan=False))
