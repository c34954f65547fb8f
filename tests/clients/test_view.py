"""The document that clients are generated from."""

from typing import Any

import pytest

from clients.generate import SERVICES
from clients.view import for_callers, for_python
from tests.contract.test_documents import of


def calls(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {(method, path) for path, methods in document["paths"].items() for method in methods}


@pytest.mark.parametrize("service", SERVICES)
class TestEveryService:
    def test_each_call_of_a_shop_is_in_it_and_nothing_else(self, service: str) -> None:
        whole = of(service)
        assert calls(for_callers(whole)) == {call for call in calls(whole) if call[1].startswith("/v1/")}

    def test_each_call_has_one_answer_and_a_name_of_its_own(self, service: str) -> None:
        view = for_python(of(service))
        operations = [operation for methods in view["paths"].values() for operation in methods.values()]
        assert all(len(operation["responses"]) == 1 for operation in operations)
        assert len({operation["operationId"] for operation in operations}) == len(operations)

    def test_it_names_no_schema_that_it_lacks_and_holds_none_that_is_not_named(self, service: str) -> None:
        view = for_callers(of(service))
        text = str(view)
        schemas = set(view["components"]["schemas"])
        assert schemas == {name for name in of(service)["components"]["schemas"] if f"/schemas/{name}'" in text}

    def test_every_refusal_of_it_is_of_one_shape(self, service: str) -> None:
        for path, methods in of(service)["paths"].items():
            for operation in methods.values():
                refused = [answer for status, answer in operation["responses"].items() if status >= "400"]
                shapes = {str(answer["content"]) for answer in refused}
                assert len(shapes) == 1 or not path.startswith("/v1/"), path


def test_a_document_stays_as_it_is() -> None:
    document = of("intake")
    for_python(document)
    assert document == of("intake")
