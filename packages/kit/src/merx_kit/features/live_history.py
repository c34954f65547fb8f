"""The consumer `live-history`: what was pushed live, kept as the offline side of the view `profile_live`."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

import msgspec
from sqlalchemy.engine import Connection

from merx_core.events import RecordType
from merx_core.features import names
from merx_kit.consumers.ports import Batch, Poison, StoreAway
from merx_kit.features.history_files import HistoryFiles, Row, day_of
from merx_kit.features.live_sessions import PROFILE, LiveSessions
from merx_kit.features.store import state_folder
from merx_kit.settings import MerxSettings

NAME = "live-history"
PART_S = 300.0
SECOND_US = 1_000_000
HELD = "held"
_HELD = msgspec.msgpack.Decoder(list[Row])


class LiveHistory:
    """Writes one row for each shopper and second in which something was recorded of them, as it stood then.

    Rows are of the log alone. Those of the second that goes on are held back with the state, so that it makes no
    difference where a file ends.
    """

    name, types = NAME, (RecordType.EVENT,)

    def __init__(self, folder: Path, *, checkpoint_s: float = PART_S) -> None:
        self.checkpoint_s = checkpoint_s
        self._files = HistoryFiles(folder)
        self._sessions = LiveSessions()
        self._rows: dict[tuple[str, int], Row] = {}
        self._changed: set[str] = set()
        self._held: list[Row] = []
        self._stored = self._last = 0

    @classmethod
    def of(cls, settings: MerxSettings, *, checkpoint_s: float = PART_S) -> "LiveHistory":
        """The consumer for the offline store of `settings`."""
        return cls(state_folder(settings) / "offline" / names.PROFILE_LIVE, checkpoint_s=checkpoint_s)

    def resume(self, state: Mapping[str, bytes], offset: int) -> None:
        self._sessions.resume(state, offset)
        self._held = _HELD.decode(state[HELD]) if HELD in state else []
        self._rows = {(row.profile_id, row.recorded_us // SECOND_US): row for row in self._held}
        self._changed, self._stored, self._last = set(), offset, offset
        try:
            self._files.cut(offset, held=self._held)
        except OSError as error:
            raise StoreAway(f"the folder of the history: {error}") from error

    def apply(self, batch: Batch) -> Sequence[Poison]:
        for key, session, recorded_us, offset in self._sessions.fold(batch):
            self._changed.add(key)
            profile_id = key.removeprefix(PROFILE)
            self._rows[profile_id, recorded_us // SECOND_US] = Row(
                profile_id=profile_id,
                recorded_us=recorded_us,
                offset=offset,
                products=session.products(),
                session_id=session.session_id,
                counts=(session.events, session.views, session.carts, session.purchases),
            )
        self._last = max(self._last, *batch.offsets) if batch.offsets else self._last
        return self._sessions.unfit

    def flush(self) -> None:
        """A file for each day of the rows, and one of all files of a day that is over."""
        if self._last == self._stored:
            return
        now_second = self._sessions.now_us // SECOND_US
        ready = [row for (_, second), row in self._rows.items() if second < now_second]
        self._held = [row for (_, second), row in self._rows.items() if second >= now_second]
        try:
            for day, rows in groupby(ready, key=lambda row: day_of(row.recorded_us)):
                self._files.write(day, self._stored + 1, self._last, rows=list(rows))
            self._files.compact(before=day_of(self._sessions.now_us))
        except OSError as error:
            raise StoreAway(f"the folder of the history: {error}") from error

    def save(self, connection: Connection, offset: int) -> Mapping[str, bytes | None]:  # noqa: ARG002
        changed = self._sessions.packed([*self._changed, *self._sessions.end()])
        self._rows = {(row.profile_id, row.recorded_us // SECOND_US): row for row in self._held}
        self._changed, self._stored, self._last = set(), offset, offset
        return changed | {HELD: msgspec.msgpack.encode(self._held)}
