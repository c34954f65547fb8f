"""The service on Ray Serve: one deployment whose replicas hold the index and answer HTTP themselves, behind Serve's
HAProxy (a hop through another deployment costs more than the answer; architecture.md, section 12).
"""

import contextlib
import ctypes
import fcntl
import logging
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
import structlog

from merx_kit.http import Mounted
from merx_kit.http.lifespan import ASGIApp
from merx_kit.logging import configure_logging
from merx_kit.serve import EXIT_CANNOT_START, CannotListen, listen
from merx_kit.settings import SettingsError
from merx_search.settings import Settings

log = structlog.get_logger(__name__)

NAME = "search"
ONGOING = 1_000
"""Above what the kit's own admission takes in, which refuses with 429 and says when to come back."""
SWITCH_INTERVAL_S = 0.0005
ATTEMPTS = 4
SLOW_NODE = "timed out during startup"
"""What Ray says of a node that did not come up in time."""
LAST_WORD_S = 2.0
"""What Ray's processes have to end by themselves once Ray is shut down."""
PR_SET_CHILD_SUBREAPER = 36
"""prctl(2)."""
STARTED, DRAINING = "started", "draining"
"""Files by which this process tells its replicas."""


def app_of(settings: Settings, folder: Path) -> ASGIApp:
    """The app of one replica, built where it runs. It is not ready before `folder` holds a file called STARTED (until
    then Serve's proxy is set up anew, and lets connections fall), nor once it holds one called DRAINING."""
    from merx_search.app import api
    from merx_search.bootstrap import build

    # What follows the log and the registry takes turns with answers: short ones, so that no answer waits out 5 ms.
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    # Ray keeps a worker's standard error in a file of its own; logs belong where the service's own go.
    console = folder / "console"
    configure_logging(settings.log_level, stream=console.open("a", buffering=1) if console.exists() else None)
    house = build(settings)
    house.health.add_check("starting", (folder / STARTED).exists)
    house.health.add_check("draining", lambda: not (folder / DRAINING).exists())
    face = api(house.finder, house.pictures, encoders=house.encoders, settings=settings, health=house.health)
    face.on_startup(house.start)
    face.on_shutdown(house.stop)
    return Mounted(face.build())


class Replica:
    """What Ray Serve makes of the service in each of its processes."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings, self._folder = settings, folder

    def __serve_build_asgi_app__(self) -> ASGIApp:
        return app_of(self._settings, self._folder)


class Stop:
    """SIGTERM asks for a stop, SIGINT (someone at a keyboard) for one without notice."""

    def __init__(self) -> None:
        self.asked, self.hurried = threading.Event(), threading.Event()

    def listen(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._hear)

    def _hear(self, number: int, _: object) -> None:
        if number == signal.SIGINT:
            self.hurried.set()
        self.asked.set()


def serve(settings: Settings) -> int:
    """Runs until SIGTERM or SIGINT; gives the exit status."""
    try:
        # Ray's HAProxy would say it less clearly, and half a minute later.
        listen(settings.host, settings.port).close()
    except CannotListen as error:
        return _refused(error)
    stop = Stop()
    with tempfile.TemporaryDirectory(prefix="merx-search-") as folder:
        # Two processes write there: without this one would overwrite the other where it is a file.
        fcntl.fcntl(sys.stderr, fcntl.F_SETFL, fcntl.fcntl(sys.stderr, fcntl.F_GETFL) | os.O_APPEND)
        (Path(folder) / "console").symlink_to(f"/proc/{os.getpid()}/fd/{sys.stderr.fileno()}")
        _adopt_orphans()
        start(settings, Path(folder), heard=stop.listen)
        (Path(folder) / STARTED).touch()
        log.info("service_started", address=(settings.host, settings.port), prefix=settings.route_prefix)
        stop.asked.wait()
        _drain(settings, Path(folder), hurried=stop.hurried)
    log.info("service_stopped")
    return 0


def start(settings: Settings, folder: Path, *, heard: Callable[[], None]) -> None:
    """A Ray of this process, with Serve on `port` and the service below `route_prefix`; returns when it answers.
    `heard` is called once signals can be listened to: Ray sets handlers of its own, and requests are answered, so that
    a stop must drain them, before Serve says that it has started."""
    os.environ.update(_engine_settings(settings, folder))  # read when Ray is imported, and by its processes
    # Ray sets its loggers' levels anew; what they say of a start that goes well is said once, by this service.
    logging.getLogger("ray.serve").addFilter(lambda record: record.levelno >= logging.WARNING)
    logging.getLogger("ray._private.authentication").setLevel(logging.ERROR)
    from ray import serve as ray_serve
    from ray.serve.config import HTTPOptions
    from ray.serve.schema import LoggingConfig

    quiet = LoggingConfig(log_level="WARNING", enable_access_log=False)
    _node(settings)
    heard()
    try:
        ray_serve.start(http_options=HTTPOptions(host=settings.host, port=settings.port), logging_config=quiet)
    except TimeoutError as slow:  # Serve waits 60 s for its proxy; on a busy machine it is there a little later
        log.warning("proxy_not_there_yet", detail=str(slow))
    replica: Any = ray_serve.deployment(
        name=NAME,
        **scale(settings),
        max_ongoing_requests=ONGOING,
        graceful_shutdown_timeout_s=float(settings.drain_seconds),
        graceful_shutdown_wait_loop_s=0.1,
        health_check_period_s=5.0,
        logging_config=quiet,
        ray_actor_options={"num_cpus": 1, "num_gpus": settings.gpus},
    )(ray_serve.ingress()(Replica))
    ray_serve.run(replica.bind(settings, folder), name=NAME, route_prefix=settings.route_prefix)


def scale(settings: Settings) -> dict[str, Any]:
    """Options of a deployment. Between `replicas` and `most_replicas` `merx_kit.scaling` decides, by what Prometheus
    knows, and by what waits in Serve where it knows nothing."""
    if not settings.scales:
        return {"num_replicas": settings.replicas}
    from ray.serve.config import AutoscalingConfig, AutoscalingPolicy

    from merx_kit.scaling.prometheus import policy_queries

    policy = AutoscalingPolicy(
        policy_function="merx_kit.scaling.ray_serve:UtilisationPolicy",
        policy_kwargs={
            "queries": policy_queries(NAME),
            "settings": {"fallback": settings.replicas, "slo_ms": settings.slo_ms},
            "requests_per_replica": float(settings.max_in_flight),
            "prometheus_address": settings.prometheus_url or None,
        },
    )
    config = AutoscalingConfig(
        min_replicas=settings.replicas,
        max_replicas=settings.most_replicas,
        upscale_delay_s=0,
        downscale_delay_s=0,
        policy=policy,
    )
    return {"autoscaling_config": config}


def _node(settings: Settings) -> None:
    """Ray gives a node half a minute to come up; a machine that starts a whole shop at once may need longer."""
    import ray

    for attempt in range(1, ATTEMPTS + 1):
        try:
            ray.init(
                address="local",  # never a Ray that an environment variable or a stale file names
                include_dashboard=False,
                dashboard_port=settings.ray_port + 4,
                log_to_driver=False,
                logging_level="WARNING",
                num_cpus=max(settings.replicas, settings.most_replicas),
                object_store_memory=settings.ray_memory_mb * 2**20,
            )
        except Exception as slow:  # Ray names no class for it
            if attempt == ATTEMPTS or SLOW_NODE not in str(slow):
                raise
            log.warning("node_not_there_yet", attempt=attempt)
            ray.shutdown()
            _end(psutil.Process().children(recursive=True))
        else:
            return


def _drain(settings: Settings, folder: Path, *, hurried: threading.Event) -> None:
    """Not ready for as long as load balancers need to see it, still answering; then what is in flight ends."""
    (folder / DRAINING).touch()
    log.info("draining", notice_ms=settings.drain_notice_ms)
    hurried.wait(settings.drain_notice_ms / 1000)
    stopping = threading.Thread(target=_stop_ray, args=(hurried.is_set(),), name="stop", daemon=True)
    stopping.start()
    stopping.join(settings.drain_seconds + LAST_WORD_S)
    _end(psutil.Process().children(recursive=True))
    if stopping.is_alive():  # it waits without end for parts of Ray that got the signal too, as a group's do
        log.warning("ray_did_not_stop")
        sys.stderr.flush()
        os._exit(0)


def _stop_ray(hurried: bool) -> None:
    import ray
    from ray import serve as ray_serve

    if not hurried:
        ray_serve.delete(NAME)
    ray.shutdown()


def _end(left: Sequence[psutil.Process]) -> None:
    """Ray ends the actor that started HAProxy without HAProxy itself where that is just being set up anew."""
    _, left = psutil.wait_procs(left, timeout=LAST_WORD_S)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def _adopt_orphans() -> None:
    """Processes whose parent in Ray ended become children of this one, which ends them (Linux; elsewhere of init)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _engine_settings(settings: Settings, folder: Path) -> dict[str, str]:
    """Ray Serve behind HAProxy, tuned as measured, with every port and path its own: two of them on one machine would
    meet at 8404, 8500, 9101 and 30000."""
    first = settings.ray_port
    return {
        "RAY_SERVE_ENABLE_HA_PROXY": "1",
        "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
        "RAY_SERVE_HAPROXY_NBTHREAD": "1",
        "RAY_SERVE_HAPROXY_METRICS_ENABLED": "0",
        "RAY_SERVE_HAPROXY_STATS_PORT": str(first),
        "RAY_SERVE_HAPROXY_METRICS_PORT": str(first + 1),
        "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT": str(first + 2),
        "RAY_SERVE_FALLBACK_PROXY_GRPC_PORT": str(first + 3),
        "RAY_SERVE_DIRECT_INGRESS_MIN_HTTP_PORT": str(first + 5),
        "RAY_SERVE_DIRECT_INGRESS_MAX_HTTP_PORT": str(first + 5 + 16 * max(settings.replicas, settings.most_replicas)),
        "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": str(folder / "haproxy.cfg"),
        "RAY_SERVE_HAPROXY_SOCKET_PATH": str(folder / "admin.sock"),
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(folder),
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(folder / "server-state"),
        # Its own 5 s are too few on a busy machine, where three of them end the proxy, and the start with it.
        "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "30",
        # Ray's workers would stand back (nice 15) behind every other process of the machine, batch work included.
        "RAY_worker_niceness": "0",
        # Its own 30 s are for load balancers that it does not tell: the notice before has told them.
        "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "0.5",
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    }


def _refused(reason: Exception) -> int:
    print(f"merx: {reason}", file=sys.stderr)  # noqa: T201 - for the person who started it
    return EXIT_CANNOT_START


def main() -> int:
    """The process of the service: `python -m merx_search`."""
    try:
        settings = Settings.load()
        configure_logging(settings.log_level)
        return serve(settings)
    except SettingsError as error:
        return _refused(error)
