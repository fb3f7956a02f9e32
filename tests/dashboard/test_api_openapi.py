"""The API against its own description: whatever a generator makes of it is answered as described."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.dashboard.web import Web, running_web

pytestmark = pytest.mark.long
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
EXAMPLES = 4
"""Requests per operation, always the same ones: about three seconds of a free core in all."""


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with running_web(tmp_path_factory.mktemp("web"), queue_limit=1000) as web:
        web.deploy("nike-shoes")
        yield web


@pytest.fixture
def description(web: Web) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_url(f"{web.url}/api/openapi.json")


# A stream never ends by itself, and credentials need a worker; test_api_events and test_api_stores look at them.
ELSEWHERE = ["/api/events", "/api/stores/{name}/credentials"]
schema = schemathesis.pytest.from_fixture("description").exclude(path=ELSEWHERE)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_answers_are_as_described(case: schemathesis.Case[Any]) -> None:
    case.call_and_validate(checks=CHECKS, timeout=60)
