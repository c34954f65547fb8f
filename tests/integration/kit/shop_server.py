"""A process of its own for the tests of the real server: `python -m tests.integration.kit.shop_server`."""

import asyncio
import sys
import time

from merx_kit.http import Api, RequestContext
from merx_kit.http.gateway import Gateway
from merx_kit.serve import main
from merx_kit.settings import ServiceSettings


class Settings(ServiceSettings, env_prefix="SHOP_"):
    crash_on_start: bool = False


async def wait(_: None, context: RequestContext) -> dict[str, float]:
    seconds = float(context.query_params.get("seconds", "0.01"))
    await asyncio.sleep(seconds)
    return {"waited_s": seconds}


async def compute(_: None, context: RequestContext) -> dict[str, bool]:
    """Holds the event loop, as inference on it does."""
    until = time.perf_counter() + 0.002
    while time.perf_counter() < until:
        pass
    return {"done": True}


async def order(lines: list[int], context: RequestContext) -> dict[str, object]:
    return {"name": context.path_params["name"], "lines": len(lines)}


def build(settings: Settings) -> Gateway:
    api = Api(title="shop", version="1", settings=settings)

    async def start() -> None:
        if settings.crash_on_start:
            raise OSError("the index is damaged")

    api.on_startup(start)
    api.get("/v1/wait", wait)
    api.get("/v1/compute", compute)
    api.post("/v1/orders/{name}", order, request=list[int], scope="orders:write")
    return api.build()


if __name__ == "__main__":
    sys.exit(main(Settings, build))
