"""A REST API with what it can have: an edge-optimised endpoint, a domain, an alias, stage variables, tracing."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from localaws.server import LocalAws
from support.terraform import Root

FOLDER = Path(__file__).parent / "roots" / "rest-api-options"
TIMEOUT_S = 30
TIME_SCALE = 10
"""So the 30 seconds that an edge-optimised API allows a stream to be silent are three here."""


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws(gateway_time_scale=TIME_SCALE) as local_aws:
        yield local_aws


@pytest.fixture(scope="module")
def root(make_root: Callable[..., Root]) -> Root:
    return make_root(FOLDER)


@pytest.fixture(scope="module")
def outputs(root: Root) -> dict[str, Any]:
    return root.apply()


@pytest.fixture(scope="module")
def url(outputs: dict[str, Any], aws: LocalAws) -> str:
    """The stage on the API's default domain."""
    return aws.localised(f"https://{outputs['rest_api_id']}.execute-api.{aws.region}.amazonaws.com/v1")


def test_heartbeats_keep_a_silent_stream_open(url: str) -> None:
    """Longer than the limit; its reader sees the two events only."""
    response = requests.get(f"{url}/sse", timeout=TIMEOUT_S)
    assert response.text.startswith("data: before\n\n: keep-alive\n\n: keep-alive\n\n")
    assert response.text.endswith("data: after\n\n")


def test_without_heartbeats_it_is_cut(url: str) -> None:
    """Plain text has none: what came before the silence is there, and the body has no end."""
    with requests.get(f"{url}/text", stream=True, timeout=TIMEOUT_S) as response:
        lines = response.iter_lines(chunk_size=1)
        assert next(lines) == b"before"
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            next(lines)


def test_the_stage_is_what_it_was_told_to_be(url: str) -> None:
    """The alias is invoked, with the stage's variables, and a trace has begun."""
    answer = requests.get(f"{url}/event", timeout=TIMEOUT_S).json()
    event, context = answer["event"], answer["event"]["requestContext"]
    assert answer["invoked"].endswith(":function:options:live")
    assert event["stageVariables"] == {"colour": "blue"}
    assert (context["stage"], event["path"], context["path"]) == ("v1", "/event", "/v1/event")
    assert event["headers"]["X-Amzn-Trace-Id"].startswith("Root=1-")


def test_the_domain_leads_to_the_stage(outputs: dict[str, Any], url: str) -> None:
    """Below its base path, which the handler needn't know; and the DNS record's target is known."""
    assert outputs["rest_api_url"] == "https://api.example.com/stream/"
    assert outputs["rest_api_domain_target"]["domain_name"]
    origin, here = url.removesuffix("/v1"), {"Host": "api.example.com"}
    event = requests.get(f"{origin}/stream/event", headers=here, timeout=TIMEOUT_S).json()["event"]
    assert (event["path"], event["requestContext"]["domainName"]) == ("/stream/event", "api.example.com")
    assert requests.get(f"{origin}/v1/event", headers=here, timeout=TIMEOUT_S).status_code == 403


def test_nothing_is_left_to_do(root: Root, outputs: dict[str, Any]) -> None:
    """A second plan is empty."""
    assert outputs
    assert root.plan_is_empty()


@pytest.mark.soak
def test_a_policy_comes_and_changes(root: Root, url: str) -> None:
    """Each counts from its apply on; the short form of the API's ARN is understood, and changes nothing later."""
    for denied, open_path in (("event", "text"), ("text", "event")):
        root.variables = {"resource_policy": denying(denied)}
        root.apply()
        assert root.plan_is_empty()
        refused = requests.get(f"{url}/{denied}", timeout=TIMEOUT_S)
        assert refused.json()["error"]["code"] == "ACCESS_DENIED"
        with requests.get(f"{url}/{open_path}", stream=True, timeout=TIMEOUT_S) as response:
            assert response.status_code == 200


def denying(path: str) -> str:
    """A policy that lets anyone call anything but GETs of one path."""
    allow, deny = ({"Effect": effect, "Principal": "*", "Action": "execute-api:Invoke"} for effect in ("Allow", "Deny"))
    statements = [{**allow, "Resource": "execute-api:/*"}, {**deny, "Resource": f"execute-api:/*/GET/{path}"}]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
