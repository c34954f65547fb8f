"""The day from its first step to its last, or to the one that fails."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import httpx
from rich.console import Console

from deploy.day_two.commands import spelt
from deploy.day_two.patience import StepFailed
from deploy.day_two.place import Skipped
from deploy.day_two.report import FAILED, PASSED, SKIPPED, Outcome, Report, not_reached
from deploy.day_two.steps import STEPS, Day, Step
from merx_client import Refusal

FAILURES = (StepFailed, Refusal, httpx.TransportError, KeyboardInterrupt)


def live(day: Day, console: Console, *, steps: Sequence[Step] = STEPS, uninstall_on_failure: bool = False) -> Report:
    """A step that fails is the last one; the installation then stays to be looked at, unless `uninstall_on_failure`."""
    began, outcomes = datetime.now(UTC).isoformat(timespec="seconds"), list[Outcome]()
    try:
        for number, step in enumerate(steps):
            outcomes.append(_take(step, day, console))
            if outcomes[-1].state == FAILED:
                console.print(day.place.evidence(), markup=False, highlight=False)
                outcomes += not_reached([later.name for later in steps[number + 1 :]])
                if uninstall_on_failure and step.name != "uninstall":
                    _take(steps[-1], day, console)
                break
    finally:
        day.steady.stop()
        day.place.close()
    return Report(day.place.name, began, tuple(outcomes), dict(day.steady.counts))


def _take(step: Step, day: Day, console: Console) -> Outcome:
    day.steady.excused, day.steady.step = day.place.excused(step.name), step.name
    not_run = tuple(spelt(words) for words in day.place.not_run(step.name))
    console.print(f"{step.name}: {step.does}", style="bold", highlight=False)
    for words in not_run:
        console.print(f"  not run here: {words}", highlight=False, markup=False, soft_wrap=True)
    started = time.monotonic()
    try:
        state, seen = PASSED, step.run(day)
    except Skipped as skipped:
        state, seen = SKIPPED, str(skipped)
    except FAILURES as failure:
        state, seen = FAILED, str(failure) or "interrupted"
    took = time.monotonic() - started
    console.print(f"  {state} in {took:.0f} s: {seen}", highlight=False, markup=False, soft_wrap=True)
    return Outcome(step.name, state, round(took, 1), seen, not_run)
