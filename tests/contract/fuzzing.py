"""Generated requests against an in-process service: every check of schemathesis, and the share that was accepted."""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from functools import partial
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import sampled_from
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection


def fuzz(
    app: Any,
    document: Mapping[str, Any],
    *,
    each: int,
    key: str,
    known: Mapping[str, str] | None = None,
    fields: Mapping[str, object] | None = None,
    rules: bool = False,
) -> Counter[str]:
    """Asks every operation of `document` about `each` times with requests that fit it and a third as often with ones
    that do not; counts answers by kind. A failed check raises with the request that failed it. `key` is an API key.

    `known` are values of path parameters that exist: with invented ones, what is read by its name is never there.
    `fields` are values, by name, that a service takes where a JSON Schema says only "text" (a picture in base64, say).
    Two of three requests that fit have them wherever they have a field, or a parameter, of that name.
    `rules` allows 422 for a body that fits: the service has rules that a JSON Schema cannot say.
    """
    schema = schemathesis.openapi.from_dict(dict(document))
    schema.app = app
    if rules:
        acceptance = schema.config.checks.positive_data_acceptance
        acceptance.expected_statuses = [*acceptance.expected_statuses, "422"]
    schema.auth()(_key_holder(key))
    tally: Counter[str] = Counter()
    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]
        for mode, examples in ((GenerationMode.POSITIVE, each), (GenerationMode.NEGATIVE, max(1, each // 3))):
            if mode is GenerationMode.NEGATIVE and not _has_input(operation):
                continue
            cases = operation.as_strategy(generation_mode=mode, auth_storage=schema.auth)
            if mode is GenerationMode.POSITIVE:
                named = operation.as_strategy(
                    generation_mode=mode, auth_storage=schema.auth, **_there(operation, known or {})
                )
                told = named.map(partial(_with, fields=fields or {}))
                cases = _evenly(cases, told, told)
            # Where any text is a valid parameter there is nothing to get wrong.
            with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
                _ask(cases, examples, tally)()
    return tally


def accepted(tally: Counter[str]) -> float:
    """The share of requests that were answered with a success."""
    return tally["2xx"] / max(tally.total(), 1)


def _evenly(*strategies: Any) -> Any:
    """One after the other equally often, which `|` does not say of strategies that are alternatives themselves."""
    return sampled_from(strategies).flatmap(lambda chosen: chosen)


def _ask(cases: Any, examples: int, tally: Counter[str]) -> Callable[[], None]:

    @seed(20261123)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def ask(case: Any) -> None:
        case.body = _whole(case.body)
        response = case.call()
        tally[f"{response.status_code // 100}xx"] += 1
        case.validate_response(response, excluded_checks=[negative_data_rejection] if _told(response) else [])

    return ask


def _told(response: Any) -> bool:
    """Whether what does not fit was refused record by record, in an answer that stands for all of them."""
    return response.status_code == 200 and b'"verdicts":[' in response.content and bool(response.json()["rejected"])


def _there(operation: Any, known: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Path parameters with known values, where these are all that a call needs and nothing is changed by it."""
    names = {parameter.name for parameter in operation.path_parameters}
    reads = operation.method == "get" or operation.path.endswith("/infer")
    return {"path_parameters": {name: known[name] for name in names}} if names and reads and names <= set(known) else {}


def _with(case: Any, fields: Mapping[str, object]) -> Any:
    """The case with known values in the parameters that it has, and in the fields of its body, however deep."""
    case.query, case.body = _known(case.query, fields), _known(case.body, fields)
    return case


def _known(value: Any, fields: Mapping[str, object]) -> Any:
    if isinstance(value, dict):
        return {name: fields[name] if name in fields else _known(held, fields) for name, held in value.items()}
    return [_known(held, fields) for held in value] if isinstance(value, list) else value


def _has_input(operation: Any) -> bool:
    return bool(operation.body or operation.path_parameters or operation.query)


def _key_holder(key: str) -> type:
    class KeyHolder:
        def get(self, case: Any, context: Any) -> str:
            return key

        def set(self, case: Any, data: str, context: Any) -> None:
            kept = {name: value for name, value in (case.headers or {}).items() if name.lower() != "authorization"}
            case.headers = {**kept, "X-API-Key": data}

    return KeyHolder


def _whole(value: Any) -> Any:
    """JSON Schema counts 63.0 among the integers; Merx wants an integer written as one, so the generator must too."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(held) for key, held in value.items()}
    if isinstance(value, list):
        return [_whole(held) for held in value]
    return value
