"""From a method and a path to an endpoint: a dictionary for plain paths, patterns for those with parameters."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from starlette.routing import compile_path

from merx_kit.errors import MethodNotAllowed, NotFound
from merx_kit.http.endpoint import Endpoint

NO_PARAMS: Mapping[str, str] = {}

Methods = dict[str, Endpoint]


class Routes:
    def __init__(self) -> None:
        self._exact: dict[str, Methods] = {}
        self._patterns: dict[str, tuple[re.Pattern[str], Methods]] = {}

    def add(self, endpoint: Endpoint) -> None:
        if "{" in endpoint.route:
            pattern, _, _ = compile_path(endpoint.route)
            methods = self._patterns.setdefault(endpoint.route, (pattern, {}))[1]
        else:
            methods = self._exact.setdefault(endpoint.route, {})
        if endpoint.method in methods:
            raise ValueError(f"{endpoint.method} {endpoint.route} is declared twice")
        methods[endpoint.method] = endpoint

    def find(self, scope: Mapping[str, Any]) -> tuple[Endpoint, Mapping[str, str]]:
        """The endpoint and its path parameters; `NotFound` for an unknown path, `MethodNotAllowed` for a known one."""
        methods = self._exact.get(scope["path"])
        if methods is not None:
            return self._by_method(methods, scope["method"]), NO_PARAMS
        raw = scope.get("raw_path")
        # Parameters are cut out before they are unquoted: an id may hold a slash, written %2F.
        path = raw.decode("latin-1") if raw else scope["path"]
        for pattern, methods in self._patterns.values():
            match = pattern.match(path)
            if match:
                params = {name: unquote(value) for name, value in match.groupdict().items()}
                return self._by_method(methods, scope["method"]), params
        raise NotFound("There is nothing at this path.")

    @staticmethod
    def _by_method(methods: Methods, method: str) -> Endpoint:
        endpoint = methods.get(method)
        if endpoint is None and method == "HEAD":
            endpoint = methods.get("GET")
        if endpoint is None:
            allowed = ", ".join(sorted(methods))
            raise MethodNotAllowed(f"Allowed here: {allowed}.", headers={"allow": allowed})
        return endpoint

    def __iter__(self) -> Iterator[Endpoint]:
        for methods in self._exact.values():
            yield from methods.values()
        for _, methods in self._patterns.values():
            yield from methods.values()
