"""Each panel has a title, a unit, and expressions that a real Prometheus understands, over metrics that exist."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder

from deploy.observability.files import DASHBOARDS
from tests.unit.observability.metrics_there_are import metrics, unknown
from tests.unit.observability.prometheus_server import prometheus
from tests.unit.observability.rule_files import recorded

BOARDS = {path.stem: json.loads(path.read_text()) for path in sorted(DASHBOARDS.glob("*.json"))}
UNITS = {
    *("reqps", "ops", "s", "h", "short", "none", "percentunit"),
    *("bytes", "decmbytes", "watt", "joule", "kwatth", "currencyEUR"),
}
CHOSEN = {"$__rate_interval": "5m", "$__range": "6h", "$namespace": "shop", "$job": ".*"}


def panels() -> list[tuple[str, dict[str, Any]]]:
    return [(name, panel) for name, board in BOARDS.items() for panel in board["panels"] if panel["type"] != "row"]


def asked_of(name: str, panel: dict[str, Any]) -> list[str]:
    """The panel's expressions, with what a viewer has chosen in the places of variables."""
    chosen = dict(CHOSEN)
    for variable in BOARDS[name]["templating"]["list"]:
        if variable["type"] == "textbox":
            chosen["$" + variable["name"]] = variable["current"]["value"]
    found = []
    for target in panel["targets"]:
        expression = str(target["expr"])
        for variable, value in sorted(chosen.items(), key=lambda pair: -len(pair[0])):
            expression = expression.replace(variable, value)
        found.append(expression)
    return found


PANELS = pytest.mark.parametrize(
    ("board", "panel"), panels(), ids=[f"{name}-{panel['title']}" for name, panel in panels()]
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus that knows one scrape of everything that is registered."""
    metrics()
    encode, _ = choose_encoder("application/openmetrics-text")
    lines = encode(REGISTRY).decode().splitlines()
    told = (f"{line} 1000" if line and not line.startswith("#") else line for line in lines if " # {" not in line)
    with prometheus(tmp_path_factory.mktemp("prometheus"), "\n".join(told) + "\n") as url:
        yield url


class TestPanels:
    @PANELS
    def test_each_has_a_title_a_unit_and_something_to_show(self, board: str, panel: dict[str, Any]) -> None:
        assert panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
        assert panel["targets"]
        for target in panel["targets"]:
            assert target["datasource"]["uid"] == "${datasource}"
            assert target["legendFormat"]

    @PANELS
    def test_each_asks_only_for_what_somebody_tells(self, board: str, panel: dict[str, Any]) -> None:
        for expression in asked_of(board, panel):
            assert "$" not in expression
            assert unknown(expression, recorded()) == []

    def test_a_real_prometheus_takes_every_expression(self, server: str) -> None:
        with httpx.Client(base_url=server, timeout=30) as client:
            for board, panel in panels():
                for expression in asked_of(board, panel):
                    answer = client.post("/api/v1/query", data={"query": expression, "time": "1000"})
                    assert answer.status_code == 200, f"{board}, {panel['title']}: {answer.text}"
                    assert answer.json()["status"] == "success"

    def test_a_real_prometheus_refuses_one_that_is_wrong(self, server: str) -> None:
        answer = httpx.post(f"{server}/api/v1/query", data={"query": "sum by (job) (rate(merx_degraded))"})
        assert answer.status_code == 400


class TestBoards:
    def test_there_is_one_for_each_reader(self) -> None:
        assert set(BOARDS) == {"service", "models", "gpu-energy", "business"}
        assert len({board["uid"] for board in BOARDS.values()}) == len(BOARDS)

    @pytest.mark.parametrize("name", BOARDS)
    def test_panels_have_ids_of_their_own_and_do_not_overlap(self, name: str) -> None:
        places = BOARDS[name]["panels"]
        assert len({panel["id"] for panel in places}) == len(places)
        taken: set[tuple[int, int]] = set()
        for panel in places:
            at = panel["gridPos"]
            cells = {(at["x"] + right, at["y"] + down) for right in range(at["w"]) for down in range(at["h"])}
            assert not cells & taken, panel["title"]
            assert at["x"] + at["w"] <= 24
            taken |= cells

    def test_every_metric_that_a_service_tells_is_on_a_board_or_in_a_rule(self) -> None:
        """What nobody looks at need not be told: a new metric gets a panel."""
        shown = "\n".join(path.read_text() for path in DASHBOARDS.glob("*.json"))
        rules = "\n".join(path.read_text() for path in Path(DASHBOARDS.parent / "rules").glob("*.yaml"))
        left = {family_of(name) for name in metrics()} - {
            family_of(name) for name in metrics() if re.search(rf"\b{name}\b", shown + rules)
        }
        assert left == UNSEEN, "put it on a board (deploy/observability/dashboards), or into UNSEEN with the reason"


def family_of(name: str) -> str:
    return re.sub("_(bucket|sum|count)$", "", name)


UNSEEN = {
    "merx_consumer_batches_total",  # for whoever tunes a consumer
    "merx_consumer_offset",
    "merx_consumer_lag_records",  # in seconds on the board
    "merx_http_streams_ended_total",  # docs/runbooks/live-lists.md reads it
    "merx_consumer_errors_total",  # docs/runbooks/consumers.md reads it
}
