"""The real server in a process of its own: start, overload, and the end under load."""

import asyncio
import signal
from collections import Counter

import httpx

from tests.integration.kit.conftest import Start


async def get(port: int, path: str) -> str:
    """One request on a connection of its own: its status, or what became of it. "refused" means never let in."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except (ConnectionRefusedError, ConnectionResetError):  # the latter where the door closes between two steps of TCP
        return "refused"
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nhost: shop\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        return head.split(b" ", 2)[1].decode()
    except (ConnectionResetError, BrokenPipeError, asyncio.IncompleteReadError):
        return "reset"
    finally:
        writer.close()


class TestDrain:
    async def test_sigterm_under_load_resets_no_new_connection(self, start: Start) -> None:
        server = start(MERX_DRAIN_NOTICE_MS="200").wait_ready()
        outcomes: Counter[str] = Counter()
        over = asyncio.Event()

        async def shopper() -> None:
            while not over.is_set():
                outcome = await get(server.port, "/v1/compute")  # so that connections wait in the kernel's queue
                outcomes[outcome] += 1
                await asyncio.sleep(0.005 if outcome == "refused" else 0)

        shoppers = [asyncio.create_task(shopper()) for _ in range(32)]
        while outcomes["200"] < 200:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        server.process.send_signal(signal.SIGTERM)
        status = await asyncio.to_thread(server.process.wait, 30)
        over.set()
        await asyncio.gather(*shoppers)
        assert status == 0
        assert set(outcomes) <= {"200", "refused"}, outcomes

    async def test_sigterm_under_load_resets_no_kept_connection(self, start: Start) -> None:
        server = start(MERX_DRAIN_NOTICE_MS="200").wait_ready()
        outcomes: Counter[str] = Counter()
        over = asyncio.Event()

        async def shopper() -> None:
            async with httpx.AsyncClient(base_url=server.url) as web:
                while not over.is_set():
                    try:
                        outcomes[str((await web.get("/v1/wait?seconds=0.01")).status_code)] += 1
                    except httpx.ConnectError:
                        outcomes["refused"] += 1
                        await asyncio.sleep(0.01)
                    except httpx.TransportError as error:
                        outcomes[type(error).__name__] += 1

        shoppers = [asyncio.create_task(shopper()) for _ in range(8)]
        while outcomes["200"] < 100:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        server.process.send_signal(signal.SIGTERM)
        status = await asyncio.to_thread(server.process.wait, 30)
        over.set()
        await asyncio.gather(*shoppers)
        assert status == 0
        assert set(outcomes) <= {"200", "refused"}, outcomes

    async def test_it_says_unready_first_and_answers_what_is_in_flight(self, start: Start) -> None:
        server = start(MERX_DRAIN_NOTICE_MS="500").wait_ready()
        async with httpx.AsyncClient(base_url=server.url) as web:
            slow = asyncio.create_task(web.get("/v1/wait?seconds=1.0"))
            await asyncio.sleep(0.2)
            server.process.send_signal(signal.SIGTERM)
            while (ready := await web.get("/readyz")).status_code == 200:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            assert ready.json()["failing"] == ["draining"]
            assert ready.headers["connection"] == "close"
            assert (await web.get("/v1/wait")).status_code == 200
            assert (await slow).status_code == 200
        assert await asyncio.to_thread(server.process.wait, 30) == 0

    def test_ctrl_c_ends_it_as_well(self, start: Start) -> None:
        assert start().wait_ready().stop(signal.SIGINT) == 0


class TestOverload:
    async def test_what_is_too_much_is_refused_and_the_service_recovers(self, start: Start) -> None:
        server = start(MERX_MAX_IN_FLIGHT="2", MERX_MAX_QUEUED="4").wait_ready()
        outcomes = Counter(await asyncio.gather(*(get(server.port, "/v1/compute") for _ in range(100))))
        assert set(outcomes) == {"200", "429"}
        assert outcomes["200"] >= 6
        assert await get(server.port, "/v1/compute") == "200"
        async with httpx.AsyncClient(base_url=server.url) as web:
            metrics = (await web.get("/metrics")).text
        assert f'merx_http_refused_total{{reason="overloaded"}} {outcomes["429"]}.0' in metrics


class TestStart:
    def test_a_port_in_use_is_one_clear_sentence(self, start: Start) -> None:
        first = start().wait_ready()
        second = start(SHOP_PORT=str(first.port))
        assert second.process.wait(60) == 2
        said = second.log.read_text().splitlines()[-1]
        assert said.startswith(f"merx: port {first.port} on 127.0.0.1 is in use by another process")

    def test_a_wrong_setting_is_one_clear_sentence(self, start: Start) -> None:
        server = start(MERX_DEADLINE_MS="soon")
        assert server.process.wait(60) == 2
        assert server.log.read_text().startswith("merx: setting MERX_DEADLINE_MS: ")

    def test_auth_off_for_others_is_refused(self, start: Start) -> None:
        server = start(MERX_HOST="0.0.0.0")
        assert server.process.wait(60) == 2
        assert "auth is off" in server.log.read_text().splitlines()[-1]

    def test_a_start_that_fails_ends_the_process(self, start: Start) -> None:
        server = start(SHOP_CRASH_ON_START="true")
        assert server.process.wait(60) not in {0, None}
        assert "the index is damaged" in server.log.read_text()
