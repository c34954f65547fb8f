"""Probes, metrics, health, documentation, background work."""

import asyncio
import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from merx_kit.http import Health
from merx_kit.supervise import Supervisor
from tests.unit.kit.shop_api import JSON, Shop, client, shop_api


def sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


class TestHealth:
    async def test_live_ready_degraded_and_unready(self) -> None:
        api = shop_api(Shop())
        fallback_there = True
        api.health.add_check("fallback", lambda: fallback_there)
        async with client(api.build()) as web:
            assert (await web.get("/readyz")).json() == {"status": "ready", "failing": [], "degraded": []}
            api.health.degrade("features_unavailable")
            answer = await web.get("/readyz")
            assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
            assert answer.json()["degraded"] == ["features_unavailable"]
            api.health.restore("features_unavailable")
            fallback_there = False
            answer = await web.get("/readyz")
            assert (answer.status_code, answer.json()["failing"]) == (503, ["fallback"])
            fallback_there = True
            api.health.drain()
            answer = await web.get("/readyz")
            assert (answer.status_code, answer.json()["failing"]) == (503, ["draining"])
            assert (await web.get("/livez")).status_code == 200
            assert (await web.post("/v1/orders", json={})).status_code == 200

    def test_degraded_is_a_gauge(self) -> None:
        health = Health()
        health.set_degraded("registry_unavailable", degraded=True)
        assert sample("merx_degraded", reason="registry_unavailable") == 1.0
        health.set_degraded("registry_unavailable", degraded=False)
        assert sample("merx_degraded", reason="registry_unavailable") == 0.0
        assert health.degraded == ()


class TestMetrics:
    async def test_requests_are_counted_by_route_and_status(self) -> None:
        def counted(status: str) -> float:
            return sample("merx_http_requests_total", method="POST", route="/v1/orders", status=status)

        before = counted("200"), counted("422")
        async with client(shop_api(Shop()).build()) as web:
            await web.post("/v1/orders", json={})
            await web.post("/v1/orders", json={"size": 0})
        assert (counted("200") - before[0], counted("422") - before[1]) == (1.0, 1.0)

    async def test_labels_do_not_grow_with_what_callers_send(self) -> None:
        async with client(shop_api(Shop()).build()) as web:
            for number in range(50):
                await web.get(f"/v1/products/p{number}/similar")
                await web.get(f"/nowhere/{number}")
                await web.request(f"VERB{number}", "/v1/orders")
            text = (await web.get("/metrics")).text
        routes = set(re.findall(r'route="([^"]*)"', text))
        methods = set(re.findall(r'method="([^"]*)"', text))
        assert "/v1/products/{id}/similar" in routes
        assert not [route for route in routes if "nowhere" in route or "p4" in route]
        assert methods <= {"GET", "POST", "PUT", "DELETE", "other"}

    async def test_the_exposition_is_read_by_a_scraper(self) -> None:
        async with client(shop_api(Shop()).build()) as web:
            answer = await web.get("/metrics")
            open_metrics = await web.get("/metrics", headers={"accept": "application/openmetrics-text"})
        families = {family.name for family in text_string_to_metric_families(answer.text)}
        assert {"merx_http_requests", "merx_http_request_duration_seconds", "merx_http_requests_in_flight"} <= families
        assert answer.headers["content-type"].startswith("text/plain")
        assert open_metrics.text.endswith("# EOF\n")


class TestOpenApi:
    async def test_the_document_is_valid_and_names_what_matters(self) -> None:
        async with client(shop_api(Shop()).build()) as web:
            document = (await web.get("/openapi.json")).json()
        OpenAPIV31SpecValidator(document).validate()
        order = document["paths"]["/v1/orders"]["post"]
        assert order["requestBody"]["content"]["application/json"]["examples"]["one"]["value"]["size"] == 20
        assert order["security"] == [{"bearer": ["order"]}, {"apiKey": ["order"]}]
        assert {"200", "400", "401", "403", "413", "415", "422", "429", "500", "504"} == set(order["responses"])
        assert set(order["responses"]["429"]["content"]) == {"application/problem+json"}
        assert document["components"]["schemas"]["Order"]["properties"]["size"]["maximum"] == 100

    async def test_parameters_and_own_refusals_are_described(self) -> None:
        paths = shop_api(Shop()).openapi()["paths"]
        assert isinstance(paths, dict)
        similar = {one["name"]: one for one in paths["/v1/products/{id}/similar"]["get"]["parameters"]}
        assert (similar["id"]["in"], similar["id"]["required"]) == ("path", True)
        assert (similar["size"]["in"], similar["size"]["required"]) == ("query", False)
        assert similar["size"]["schema"]["maximum"] == 100
        sold_out = paths["/v1/orders:sold-out"]["post"]
        assert "sold_out" in sold_out["responses"]["409"]["description"]
        assert [one["name"] for one in sold_out["parameters"]] == ["Idempotency-Key"]

    async def test_the_page_needs_no_internet_and_lists_every_problem(self) -> None:
        async with client(shop_api(Shop()).build()) as web:
            page = (await web.get("/docs")).text
            problem = (await web.post("/v1/orders", content="{", headers=JSON)).json()
        assert "http://" not in page
        assert "https://" not in page
        assert "<script" not in page
        assert f'id="{problem["type"].split("#")[1]}"' in page


class TestBackgroundWork:
    async def test_a_crash_is_counted_and_the_work_started_again(self) -> None:
        runs = 0
        done = asyncio.Event()

        async def work() -> None:
            nonlocal runs
            runs += 1
            if runs < 3:
                raise OSError("lost")
            done.set()

        before = sample("merx_background_crashes_total", task="poll")
        supervisor = Supervisor(first_pause_seconds=0.001)
        supervisor.start("poll", work)
        await done.wait()
        await supervisor.stop()
        assert (runs, sample("merx_background_crashes_total", task="poll") - before) == (3, 2.0)

    async def test_stopping_ends_what_runs(self) -> None:
        ended = asyncio.Event()

        async def work() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        supervisor = Supervisor()
        supervisor.start("forever", work)
        await asyncio.sleep(0)
        await supervisor.stop()
        assert ended.is_set()


class TestLifespan:
    async def run(self, app: object) -> list[str]:
        sent: list[str] = []
        todo = ["lifespan.startup", "lifespan.shutdown"]

        async def receive() -> dict[str, str]:
            return {"type": todo.pop(0)}

        async def send(message: dict[str, str]) -> None:
            sent.append(message["type"])

        await app({"type": "lifespan"}, receive, send)  # type: ignore[operator]
        return sent

    async def test_hooks_run_around_the_engines_app(self) -> None:
        happened: list[str] = []

        def hook(name: str):  # type: ignore[no-untyped-def]
            async def run() -> None:
                happened.append(name)

            return run

        async def engine(scope: object, receive: object, send: object) -> None:
            for phase in ("startup", "shutdown"):
                await receive()  # type: ignore[operator]
                happened.append(f"engine {phase}")
                await send({"type": f"lifespan.{phase}.complete"})  # type: ignore[operator]

        api = shop_api(Shop())
        for name in ("a", "b"):
            api.on_startup(hook(f"start {name}"))
            api.on_shutdown(hook(f"stop {name}"))
        assert await self.run(api.build(engine)) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
        assert happened == ["start a", "start b", "engine startup", "engine shutdown", "stop b", "stop a"]

    async def test_a_start_that_fails_is_said(self) -> None:
        async def fail() -> None:
            raise OSError("no disk")

        api = shop_api(Shop())
        api.on_startup(fail)
        sent: list[str] = []
        with pytest.raises(OSError, match="no disk"):
            await api.build()({"type": "lifespan"}, _startup, _note(sent))
        assert sent == ["lifespan.startup.failed"]

    async def test_idempotent_endpoints_need_a_store(self) -> None:
        api = shop_api(Shop())
        api._idempotency = None
        with pytest.raises(ValueError, match="idempotency"):
            api.build()


async def _startup() -> dict[str, str]:
    return {"type": "lifespan.startup"}


def _note(sent: list[str]):  # type: ignore[no-untyped-def]
    async def send(message: dict[str, str]) -> None:
        sent.append(message["type"])

    return send
