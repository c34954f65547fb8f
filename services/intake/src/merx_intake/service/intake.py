"""What every kind of record goes through: judged, committed together, and told what became of it."""

from collections.abc import Sequence
from typing import NamedTuple

from merx_core.contracts.intake import Remark, Status, Verdict
from merx_core.events import CloudEvent
from merx_intake.domain.wording import REUSED, sentence
from merx_intake.metrics import REFUSED, records
from merx_intake.ports import RecordLog
from merx_kit.eventlog import Outcome


class Sound(NamedTuple):
    """A record that keeps every rule. Where `repeats` holds, the same id with another body is still the same record:
    only what the door itself wrote into it (the time of receipt) can differ."""

    record: CloudEvent
    warnings: tuple[Remark, ...] = ()
    repeats: bool = False


Judged = Sound | Verdict
"""A verdict that is given before the log is asked is a refusal."""

_ACCEPTED = Status.ACCEPTED


async def commit(log: RecordLog, judged: Sequence[Judged], kind: str) -> list[Verdict]:
    """Commits the sound records in one go; a verdict for each record, in the order given."""
    sound = [one for one in judged if isinstance(one, Sound)]
    outcomes = iter(await log.append([one.record for one in sound]) if sound else ())
    verdicts = [_verdict(one, next(outcomes)) if isinstance(one, Sound) else one for one in judged]
    for verdict in verdicts:
        _count(verdict, kind)
    return verdicts


def _verdict(sound: Sound, outcome: Outcome) -> Verdict:
    name = sound.record.id
    if outcome is Outcome.NEW:
        return Verdict(_ACCEPTED, name, warnings=sound.warnings)
    if outcome is Outcome.KNOWN or (outcome is Outcome.CONFLICT and sound.repeats):
        return Verdict(Status.DUPLICATE, name)
    if outcome is Outcome.CONFLICT:
        return Verdict(Status.CONFLICT, name, "id_reused", REUSED)
    return refusal("not_held", name)


def refusal(rule: str, name: str = "", *, pointer: str = "", detail: str = "") -> Verdict:
    return Verdict(Status.REJECTED, name, rule, detail or sentence(rule), pointer)


def _count(verdict: Verdict, kind: str) -> None:
    status = verdict.status
    records(kind, status).inc()
    if status is Status.REJECTED:
        REFUSED.labels(verdict.code).inc()
