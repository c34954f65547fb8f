"""The consumer `live-features`: what shoppers do now, in the online store within a moment."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Connection

from merx_core.features import names
from merx_core.features.sessions import SESSION_SECONDS, Session, ended
from merx_kit.consumers.ports import Batch, Poison
from merx_kit.eventlog.log import EventLog
from merx_kit.eventlog.records import moment_of
from merx_kit.features.live_sessions import PROFILE, SESSION, TYPES, LiveSessions
from merx_kit.features.online_rows import OnlineRows, Row
from merx_kit.features.store import open_store
from merx_kit.settings import MerxSettings

if TYPE_CHECKING:
    from feast import FeatureStore

NAME = "live-features"
CHECKPOINT_S = 1.0
TIMEOUT_S = 2.0
SWEEP_US = 60_000_000
SESSION_ROW_SECONDS = 86_400
"""How long a row of a session id stays, as its view's TTL says."""


class LiveFeatures:
    """Writes `profile_live` by profile and `session_activity` by session id, each as it is after the batch.

    A row is written whole, and of the log alone: to write it again does no harm. Rows of sessions that are over are
    taken away, so that the store holds those that go on.
    """

    name, types, checkpoint_s = NAME, TYPES, CHECKPOINT_S

    def __init__(
        self,
        log: EventLog,
        profiles: "FeatureStore",
        sessions: "FeatureStore",
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._sessions = LiveSessions(log)
        self._profile_rows = OnlineRows(profiles, names.PROFILE_LIVE)
        self._session_rows = OnlineRows(sessions, names.SESSION_ACTIVITY)
        self._values = _Values()
        self._clock = clock
        self._changed: set[str] = set()
        self._swept_us = 0

    @classmethod
    def of(cls, log: EventLog, settings: MerxSettings) -> "LiveFeatures":
        """The consumer for the store that `settings` name."""
        # One process writes these rows, and each row whole: there is nothing to compare it with first.
        options = {"skip_dedup": True}
        profiles = open_store(settings, online_timeout_s=TIMEOUT_S, redis_options=options)
        expiring = {**options, "key_ttl_seconds": SESSION_ROW_SECONDS}
        return cls(log, profiles, open_store(settings, online_timeout_s=TIMEOUT_S, redis_options=expiring))

    def resume(self, state: Mapping[str, bytes], offset: int) -> None:
        self._sessions.resume(state, offset)
        self._changed, self._swept_us = set(), self._sessions.now_us

    def apply(self, batch: Batch) -> Sequence[Poison]:
        touched = {change[0] for change in self._sessions.fold(batch)}
        self._changed |= touched
        self._profile_rows.write(self._rows(touched, PROFILE, self._values.profile))
        return self._sessions.unfit

    def flush(self) -> None:
        """Rows by session id, which nobody waits for; once a minute of the log's own time, away with what is over."""
        self._session_rows.write(self._rows(self._changed, SESSION, self._values.session))
        if self._sessions.now_us - self._swept_us < SWEEP_US:
            return
        self._swept_us = self._sessions.now_us
        over = self._sessions.end()
        self._changed.update(over)
        profiles = [key.removeprefix(PROFILE) for key in over if key.startswith(PROFILE)]
        self._profile_rows.forget(profiles, before=moment_of(self._swept_us - SESSION_SECONDS * 1_000_000))

    def save(self, connection: Connection, offset: int) -> Mapping[str, bytes | None]:  # noqa: ARG002
        changed, self._changed = self._changed, set()
        return self._sessions.packed(changed)

    def _rows(self, keys: Iterable[str], prefix: str, values: Callable[[Session], Mapping[str, Any]]) -> list[Row]:
        """What is over by now is left out, since nobody would read it any more: a replay passes by quickly."""
        now_us = int(self._clock() * 1e6)
        known = ((key, self._sessions.sessions[key]) for key in keys if key.startswith(prefix))
        return [
            (key.removeprefix(prefix), values(session), moment_of(session.last_us))
            for key, session in known
            if not ended(session.last_us, now_us)
        ]


class _Values:
    """Sessions as Feast's Value messages."""

    def __init__(self) -> None:
        from feast.protos.feast.types.Value_pb2 import StringList, Value

        self._value: Any = Value
        self._list: Any = StringList

    def profile(self, session: Session) -> Mapping[str, Any]:
        value = self._value
        return {
            "live_products": value(string_list_val=self._list(val=session.products())),
            "live_session": value(string_val=session.session_id),
            "live_events": value(int32_val=session.events),
            "live_views": value(int32_val=session.views),
            "live_carts": value(int32_val=session.carts),
            "live_purchases": value(int32_val=session.purchases),
        }

    def session(self, session: Session) -> Mapping[str, Any]:
        value = self._value
        return {
            "session_products": value(string_list_val=self._list(val=session.products())),
            "session_events": value(int32_val=session.events),
            "session_carts": value(int32_val=session.carts),
            "session_categories": value(int32_val=len(session.categories)),
        }
