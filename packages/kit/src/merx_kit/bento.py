"""BentoML's own app behind a service's calls."""

from typing import Any

from merx_kit.http.lifespan import ASGIApp


def engine(name: str) -> ASGIApp:
    """Answers every path that is not Merx's; its tracing and access log stay off."""
    import bentoml

    @bentoml.service(
        name=name,
        tracing={"excluded_urls": ".*"},
        logging={"access": {"enabled": False}},
        metrics={"enabled": False},
    )
    class Engine:
        """The service's calls are in /openapi.json."""

    service: Any = Engine
    app: ASGIApp = service.to_asgi(is_main=True)
    return app
