"""What the document says beyond the schemas that msgspec makes by itself."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta
from openapi_spec_validator import OpenAPIV31SpecValidator

from merx_kit.http.endpoint import Endpoint
from merx_kit.http.openapi import document
from merx_kit.settings import ServiceSettings

TIME = {"type": "string", "format": "date-time"}


class Settings(ServiceSettings, env_prefix="DOCUMENTED_"):
    pass


class Delivery(msgspec.Struct):
    began: datetime
    place: str
    ended: datetime | None = None
    corrected: datetime | msgspec.UnsetType = msgspec.UNSET


class Deliveries(msgspec.Struct):
    first: Delivery | None
    others: list[Delivery] = []
    by_place: dict[str, Delivery] = {}


class Return(msgspec.Struct):
    at: datetime


class Loose(msgspec.Struct):
    returns: list[
        Annotated[dict[str, Any], Meta(extra_json_schema={"anyOf": [{"$ref": "#/components/schemas/Return"}]})]
    ]


def described(**options: Any) -> dict[str, Any]:
    async def handler(_: object, context: object) -> None: ...

    made = Endpoint("POST", "/v1/things", handler=handler, settings=Settings(), options=options)  # type: ignore[arg-type]  # some of them
    sent: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document("Things", "1", "", [made])))
    OpenAPIV31SpecValidator(sent).validate()
    return sent


@pytest.mark.parametrize("holder", [Delivery, Deliveries])
def test_times_are_said_to_be_times_however_deep_they_stand(holder: type) -> None:
    fields = described(response=holder)["components"]["schemas"]["Delivery"]["properties"]
    assert fields["began"] == TIME
    assert fields["ended"] == {"anyOf": [TIME, {"type": "null"}], "default": None}
    assert fields["corrected"] == TIME
    assert fields["place"] == {"type": "string"}


def test_an_answer_that_is_not_json_names_its_media_type() -> None:
    answers = described(produces="image/jpeg")["paths"]["/v1/things"]["post"]["responses"]
    assert answers["200"]["content"] == {"image/jpeg": {}}


def test_records_that_a_batch_holds_loosely_are_described() -> None:
    schemas = described(shapes=[Loose], records=[Return])["components"]["schemas"]
    assert schemas["Return"]["properties"]["at"] == TIME
