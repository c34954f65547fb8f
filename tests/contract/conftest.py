"""The option that writes the committed OpenAPI documents anew (`make openapi`)."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-openapi", action="store_true", help="write the OpenAPI documents anew")
