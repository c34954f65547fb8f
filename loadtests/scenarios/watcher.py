"""Shoppers with an open stream, one who clicks for them, and the server that sends what all others do.

What counts is the time from a click's acknowledgement by intake to the next list on the shopper's stream. Not every
click changes a list: where none comes, the list shown is held against one that is made anew. Clicks stay in the log,
under the customers that the streams are of; the others' ids begin with `loadtest-`.
"""

import time
from collections import deque
from itertools import count
from urllib.parse import urlencode

from locust import User, constant, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from loadtests.gates import Gate, close, failures, latency
from loadtests.memory import growth_gates
from loadtests.paced import PacedUser, keys
from loadtests.stages import Stages
from loadtests.streams import BROKEN, Stream
from loadtests.watch import Frame, Watch, frame, products

__all__ = ["Clicker", "Server", "Stages", "Watcher"]

PATH, EVENTS = "/v1/recommendations/stream", "/v1/events"
OPENED, OPEN_REFUSED, BROKE, DRAINED = f"{PATH} opened", f"{PATH} 429", f"{PATH} broke", f"{PATH} drained"
CLICK, ANSWERED, UNCHANGED, STALE = f"{EVENTS} click", "click to list", "click without change", "stale list"
SIZE = 20
SILENCE_S = 45.0
"""Three times as long as the service is silent: a comment keeps a quiet stream alive."""
LAG_S = 1.0
"""How much later than a list that is made anew the same list may be read from a stream."""
open_streams: deque[Watch] = deque()
customers = count()


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def options(parser: LocustArgumentParser) -> None:
    """What profiles set beside locust's own options."""
    parser.add_argument("--intake", default="http://127.0.0.1:8007", help="where clicks go")
    parser.add_argument("--clicks", type=float, default=5.0, help="a second, for 50 streams")
    parser.add_argument("--batches", type=float, default=4.75, help="of 20 events a second, for 50 streams")
    parser.add_argument("--click-p99-ms", type=float, default=200.0, help="gate on acknowledgement to list")
    parser.add_argument("--stale", type=int, default=0, help="gate on lists that should have changed")
    parser.add_argument("--streams", type=int, default=1, help="gate on streams that were opened")
    parser.add_argument("--broken", type=int, default=0, help="gate on streams that broke")


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def gates(environment: Environment, **_: object) -> None:
    """Of lists that came, of those that did not, of streams, and of requests."""
    asked, stats = environment.parsed_options, environment.stats
    opened, broke, stale = (stats.get(name, "SSE") for name in (OPENED, BROKE, STALE))
    environment.process_exit_code = close(
        [
            *latency(ANSWERED, stats.get(ANSWERED, "SSE"), asked.click_p99_ms),
            Gate("stale lists", stale.num_requests, asked.stale),
            Gate("streams opened", opened.num_requests - opened.num_failures, asked.streams, least=True),
            Gate("streams broken", broke.num_requests, asked.broken),
            failures(stats.total, asked.error_share),
            *growth_gates(asked.memory_growth),
        ]
    )


def report(environment: Environment, name: str, *, took_s: float = 0.0, size: int = 0, fault: object = None) -> None:
    """Counts something that is no request of locust's client."""
    error = RuntimeError(str(fault)) if fault is not None else None
    environment.events.request.fire(
        request_type="SSE", name=name, response_time=took_s * 1_000, response_length=size, exception=error, context={}
    )


def stream_of(user: User, shopper: str, *, last_id: str = "", **also: str) -> Stream:
    """Raises BROKEN."""
    query = urlencode({"customer_id": shopper, "size": SIZE, "explore": "false", **also})
    headers = {**keys(user.environment.parsed_options), "last-event-id": last_id}
    return Stream(f"{user.host}{PATH}?{query}", headers, silence_s=SILENCE_S)


class Watcher(User):  # type: ignore[misc]
    """One customer's stream; comes back after a second, as a browser does, with the id of its last list."""

    weight = 50
    wait_time = constant(1.0)

    def on_start(self) -> None:
        self.watch = Watch(str(next(customers)))

    @task  # type: ignore[untyped-decorator]
    def look(self) -> None:
        """Until the stream ends."""
        began = time.perf_counter()
        try:
            stream = stream_of(self, self.watch.shopper, last_id=self.watch.last_id)
        except BROKEN as error:
            report(self.environment, OPENED, fault=repr(error))
            return
        with stream:
            took_s = time.perf_counter() - began
            if stream.status == 429 and stream.retry_after:
                report(self.environment, OPEN_REFUSED, took_s=took_s)
                time.sleep(float(stream.retry_after))
            elif stream.status != 200:
                report(self.environment, OPENED, took_s=took_s, fault=f"status {stream.status}")
            else:
                report(self.environment, OPENED, took_s=took_s)
                self._read(stream)

    def _read(self, stream: Stream) -> None:
        """A stream that ends without a word about coming back has broken."""
        open_streams.append(self.watch)
        try:
            drained = any(self._take(frame(block), len(block)) for block in stream.blocks())
            fault = None if drained else "ended"
        except (*BROKEN, ValueError, KeyError, TypeError) as error:
            drained, fault = False, repr(error)
        finally:
            open_streams.remove(self.watch)
            self.watch.forget()
        report(self.environment, DRAINED if drained else BROKE, fault=fault)

    def _take(self, came: Frame, size: int) -> bool:
        """Whether it was the farewell."""
        if came.event == "list":
            self.watch.last_id = came.id
            took_s = self.watch.take(products(came.data), time.perf_counter())
            if took_s is not None:
                report(self.environment, ANSWERED, took_s=took_s, size=size)
        return bool(came.retry)


class Sender(PacedUser):
    """Sends to intake, which is not the host of the streams."""

    abstract = True

    def send(self, body: object, name: str, accepted: int) -> bool:
        """Whether all of it was accepted."""
        url, headers = f"{self.asked.intake}{EVENTS}", keys(self.asked)
        with self.client.post(url, json=body, headers=headers, name=name, catch_response=True) as answer:
            if answer.status_code == 0:
                answer.failure(answer.error)
                return False
            if answer.status_code != 200 or f'"accepted":{accepted},' not in (answer.text or ""):
                answer.failure(f"status {answer.status_code}: {(answer.text or '')[:100]}")
                return False
            answer.success()
            return True


class Clicker(Sender):
    """Clicks on a product that a stream shows, each stream in turn."""

    weight = 1
    rate = "clicks"

    @task  # type: ignore[untyped-decorator]
    def click(self) -> None:
        """On the next stream whose last click is over."""
        for watch in list(open_streams):
            open_streams.rotate(-1)
            if watch.overdue(time.perf_counter()):
                self._settle(watch)
            elif product := watch.click(self.chance, time.perf_counter()):
                self._click(watch, product)
                return

    def _settle(self, watch: Watch) -> None:
        """Where the click's list would be another one than is shown, it was lost. The query means the same, and is not
        the one that others read. It makes a list, so that the shopper's next one may be spaced from it: a click then
        waits for the next turn."""
        watch.forget()
        try:
            with stream_of(self, watch.shopper, exclude="nothing") as stream:
                if stream.status != 200:
                    return
                newest = frame(next(stream.blocks(), b"")).id
        except BROKEN:
            return
        if newest != watch.last_id:
            time.sleep(LAG_S)
        if newest != watch.last_id and watch in open_streams:
            report(self.environment, STALE, fault=f"shopper {watch.shopper}")
        else:
            report(self.environment, UNCHANGED)

    def _click(self, watch: Watch, product: str) -> None:
        if not self.send(self.source.click(watch.shopper, product), CLICK, 1):
            watch.forget()
            return
        took_s = watch.acknowledged(time.perf_counter())
        if took_s is not None:
            report(self.environment, ANSWERED, took_s=took_s)


class Server(Sender):
    """What shoppers without a stream do."""

    weight = 1
    rate = "batches"

    @task  # type: ignore[untyped-decorator]
    def several(self) -> None:
        """All of it good."""
        self.send(self.source.several(SIZE).body, f"{EVENTS} {SIZE}", SIZE)
