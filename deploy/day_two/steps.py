"""The day, step by step: what each does, and how it knows that it worked; the same on a cluster and in rehearsal."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from deploy.day_two import shop as calls_of
from deploy.day_two.patience import Calls, StepFailed
from deploy.day_two.place import Place
from deploy.day_two.shop import Shop, ShopFiles
from deploy.day_two.steady import Steady, asks
from merx_client.recommendation.models import RecommendResponse

AWAY = "features_unavailable"
"""What an answer says it lacks where the online store does not answer (docs/runbooks/degraded.md)."""
NOBODY = "day-two-new-phone"
WITHOUT = 5
"""So many requests each service is asked at least while the online store is gone."""


@dataclass
class Day:
    """What the steps share."""

    place: Place
    files: ShopFiles
    calls: Calls
    steady: Steady
    before: list[str] = field(default_factory=list)
    """The shopper's list before any model."""

    @property
    def shop(self) -> Shop:
        return Shop(self.place.doors, self.calls)


@dataclass(frozen=True)
class Step:
    """`run` says in half a sentence what was seen, and raises StepFailed."""

    name: str
    does: str
    run: Callable[[Day], str]


def install(day: Day) -> str:
    """Into an empty place: volumes of an earlier release would bring their data."""
    return day.place.install()


def ready(day: Day) -> str:
    """Every process has started, and every service says so where a shop reaches it. From here on the client asks."""
    seen = day.place.ready()
    for service in day.place.doors:
        day.calls.until(f"{service} is ready", partial(day.shop.ready, service))
    empty = day.calls.until("an answer", lambda: day.shop.list_of(customer_id=day.files.shopper))
    if empty.items:
        raise StepFailed(f"lists are not empty before the push: {calls_of.products(empty)}")
    day.steady.start(day.place.doors, asks(day.files.shopper, min(day.files.products)))
    return f"{seen}; lists are empty and say {calls_of.lacks(empty)}"


def push(day: Day) -> str:
    """The shop's own catalogue and events, by intake; every event sent twice is known the second time."""
    records = sum(day.shop.bring_in(path) for path in day.files.catalogue)
    sent = [(path, day.shop.send_events(path)) for path in day.files.events]
    accepted, conflicting = (sum(counts[name] for _, counts in sent) for name in ("accepted", "conflicting"))
    if not records or not accepted or conflicting:
        raise StepFailed(f"{records} records of the catalogue, {accepted} events accepted, {conflicting} conflicting")
    told = _known(day)
    shown = day.calls.until("a list shows the catalogue", lambda: _shown(day))
    day.before = calls_of.products(shown)
    own(day, shown)
    return f"{records} records of the catalogue, {accepted} events; {told}; lists show the catalogue ({shown.strategy})"


def retrain(day: Day) -> str:
    """The training of the nightly schedule, by hand; its model passes the gate and comes into service by itself."""
    seen = day.place.train()
    after = day.calls.until("a list made by the new model", lambda: _personal(day))
    own(day, after)
    if calls_of.products(after) == day.before:
        raise StepFailed(f"the list of {day.files.shopper} is the same as before training: {day.before}")
    return f"{seen}; the list of {day.files.shopper} is another one, made by {after.model_version}"


def lists_move(day: Day) -> str:
    """Somebody new looks at one product, and the next list is about it: no training in between."""
    first = day.calls.until("a list for somebody new", lambda: _listed(day, NOBODY))
    before = calls_of.products(first)
    day.shop.look_at(NOBODY, before[-1])
    after = day.calls.until("a list that follows", lambda: _of_session(day, NOBODY))
    own(day, after)
    if calls_of.products(after) == before:
        raise StepFailed(f"the list of somebody new did not move: {before}")
    return f"{first.strategy} became {after.strategy} after one look at {before[-1]}"


def kill_redis(day: Day) -> str:
    """Without the online store lists are still answered, say what they lack, and are whole again afterwards."""
    with day.place.without_store():
        without = day.calls.until(f"lists that say {AWAY}", lambda: _lacking(day))
        own(day, without)
        ready_still = [service for service in day.place.doors if day.shop.ready(service)]
        if len(ready_still) != len(day.place.doors):
            raise StepFailed(f"only {ready_still} are ready without Redis")
        day.calls.until("requests of the client without Redis", lambda: day.steady.least_asked("redis") >= WITHOUT)
    whole = day.calls.until("whole lists", lambda: _whole(day))
    return f"without it {len(without.items)} products and {calls_of.lacks(without)}; afterwards {whole.strategy}, whole"


def upgrade(day: Day) -> str:
    """To another value, process by process; what was learned and what was sent is still there."""
    return f"{day.place.upgrade()}; {_kept(day)}"


def roll_back(day: Day) -> str:
    """To the values before, process by process."""
    return f"{day.place.roll_back()}; {_kept(day)}"


def uninstall(day: Day) -> str:
    """Every process goes; what is left is said, and stays."""
    day.steady.stop()
    return day.place.uninstall()


STEPS = (
    Step("install", "installs it where nothing is", install),
    Step("ready", "waits until it can be asked", ready),
    Step("push", "sends an own catalogue and events", push),
    Step("retrain", "trains by hand", retrain),
    Step("lists", "has a list follow a shopper", lists_move),
    Step("redis", "kills Redis, and brings it back", kill_redis),
    Step("upgrade", "changes a value in every process", upgrade),
    Step("rollback", "goes back to the values before", roll_back),
    Step("uninstall", "takes it away", uninstall),
)


def own(day: Day, answer: RecommendResponse) -> None:
    """Raises StepFailed where a list shows what is not of the shop's catalogue, or nothing."""
    shown = calls_of.products(answer)
    foreign = sorted(set(shown) - day.files.products)
    if foreign or not shown:
        raise StepFailed(f"a list shows {foreign or 'nothing'}, and not the shop's own catalogue")


def _known(day: Day) -> str:
    path = min(day.files.events, key=lambda file: file.stat().st_size)
    again = day.shop.send_events(path)
    if again["accepted"] or not again["duplicate"]:
        raise StepFailed(f"{path.name} sent again: {again['accepted']} events taken as new")
    return f"{again['duplicate']} known when sent again"


def _kept(day: Day) -> str:
    """Events are known, and the model is in service."""
    told = _known(day)
    after = day.calls.until("whole lists", lambda: _whole(day))
    own(day, after)
    return f"{told}, lists {after.strategy}"


def _shown(day: Day) -> RecommendResponse | None:
    answer = day.shop.list_of(customer_id=day.files.shopper)
    return answer if answer.items else None


def _personal(day: Day) -> RecommendResponse | None:
    answer = day.shop.list_of(customer_id=day.files.shopper)
    return answer if answer.strategy == "personal" else None


def _listed(day: Day, anonymous_id: str) -> RecommendResponse | None:
    answer = day.shop.list_of(anonymous_id=anonymous_id)
    return answer if answer.items else None


def _of_session(day: Day, anonymous_id: str) -> RecommendResponse | None:
    answer = day.shop.list_of(anonymous_id=anonymous_id)
    return answer if answer.strategy == "session" else None


def _lacking(day: Day) -> RecommendResponse | None:
    answer = day.shop.list_of(customer_id=day.files.shopper)
    return answer if AWAY in calls_of.lacks(answer) else None


def _whole(day: Day) -> RecommendResponse | None:
    answer = _personal(day)
    return answer if answer is not None and not calls_of.lacks(answer) else None
