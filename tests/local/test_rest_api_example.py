"""`examples/rest-api` on the local AWS: what a user, an operator and a page in a browser see of it."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from openapi_spec_validator import validate

from localaws.server import LocalAws
from support.browser import OpenTab, Site
from support.client import Client
from support.terraform import Root
from support.waiting import eventually

TIMEOUT_S = 30
PAUSE_S = 0.3
"""The route is throttled to five requests a second."""
MODULE = "module.chat.module.rest_api[0]"
DEPLOYMENT, STAGE, API = (
    f"{MODULE}.aws_api_gateway_{kind}" for kind in ("deployment.current", "stage.streaming", "rest_api.streaming")
)
KEY_HEADER = "x-api-key"

ASK = """
async (url, key) => {
  const headers = { "content-type": "application/json", "x-api-key": key };
  const body = JSON.stringify({ message: "Hello" });
  const response = await fetch(url, { method: "POST", body, headers });
  const reader = response.body.getReader();
  let reads = 0, text = "";
  for (const decoder = new TextDecoder(); ;) {
    const { done, value } = await reader.read();
    if (done) return [response.status, reads, text];
    reads += 1;
    text += decoder.decode(value, { stream: true });
  }
}
"""


@pytest.fixture(scope="module")
def root(make_root: Callable[..., Root], site: Site) -> Root:
    """First as in the README, with the access log."""
    origins = [site.origin, "https://app.example.com"]
    return make_root("rest-api", allow_origins=origins, access_log=True, manage_account_role=True)


@pytest.fixture(scope="module")
def outputs(root: Root) -> dict[str, Any]:
    return root.apply()


@pytest.fixture(scope="module")
def url(outputs: dict[str, Any], aws: LocalAws) -> str:
    """The API's URL on this machine."""
    return aws.localised(outputs["rest_api_url"])


@pytest.fixture(scope="module")
def client(url: str, environment: dict[str, str]) -> Client:
    return Client(url, environment, service="execute-api")


@pytest.fixture(scope="module")
def logged(outputs: dict[str, Any], api: Callable[[str], Any]) -> Callable[[str], dict[str, str]]:
    """The access log's line of a request."""

    def line(request_id: str) -> dict[str, str]:
        found: list[dict[str, str]] = []

        def is_there() -> bool:
            events = api("logs").filter_log_events(logGroupName=outputs["access_log_group_name"])["events"]
            lines = [json.loads(event["message"]) for event in events]
            found[:] = [line for line in lines if line["requestId"] == request_id]
            return bool(found)

        eventually(is_there)
        return found[0]

    return line


@pytest.fixture(scope="module")
def key(root: Root, client: Client, url: str) -> str:
    """Of the same API, open to whoever has this key; only what the change concerns is changed, and nobody notices."""
    with client.send("GET", "health") as response:
        assert response.ok
    root.variables = root.variables | {"authorization": "NONE", "api_key_required": True}
    planned = root.planned()
    assert planned.pop(DEPLOYMENT) == ["create", "delete"]
    assert {address: actions for address, actions in planned.items() if actions != ["create"]} == {
        API: ["update"],
        STAGE: ["update"],
    }
    with polled(f"{url}health") as statuses:
        outputs: dict[str, Any] = root.apply()
    assert len(statuses) > 5
    assert set(statuses) == {200}, "the API was not there for a moment"
    made: str = outputs["api_key"]
    return made


@contextlib.contextmanager
def polled(address: str) -> Iterator[list[int]]:
    """The statuses of an address, asked again and again while the block lasts."""
    statuses: list[int] = []
    ended = threading.Event()

    def poll() -> None:
        while not ended.wait(PAUSE_S):
            statuses.append(requests.get(address, timeout=TIMEOUT_S).status_code)

    with ThreadPoolExecutor(1) as pool:
        polling = pool.submit(poll)
        try:
            yield statuses
        finally:
            ended.set()
            polling.result()


def test_the_answer_streams(client: Client, logged: Callable[[str], dict[str, str]]) -> None:
    """Token by token; the access log says so, with the times of the stream."""
    answer = client.ask({"message": "Hello"})
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.types == ["start", *["token"] * len(answer.tokens), "usage", "done"]
    assert len({round(token.seconds, 2) for token in answer.tokens}) >= 20
    line = logged(answer.headers["x-amzn-RequestId"])
    assert (line["status"], line["responseTransferMode"], line["resourcePath"]) == ("200", "STREAMED", "/{proxy+}")
    headers, first, end = (int(line[name]) for name in ("timeToAllHeaders", "timeToFirstContent", "responseLatency"))
    assert 0 <= headers <= first < end
    assert line["xrayTraceId"].startswith("1-")


def test_who_does_not_sign_is_refused(url: str, logged: Callable[[str], dict[str, str]]) -> None:
    """In the application's form, before the function is asked."""
    response = requests.post(f"{url}chat", json={"message": "Hello"}, timeout=TIMEOUT_S)
    request_id = response.headers["x-amzn-RequestId"]
    assert response.status_code == 403
    assert response.json() == {
        "error": {
            "message": "Missing Authentication Token",
            "type": "invalid_request_error",
            "code": "MISSING_AUTHENTICATION_TOKEN",
            "request_id": request_id,
        }
    }
    line = logged(request_id)
    assert (line["errorType"], line["responseTransferMode"]) == ("MISSING_AUTHENTICATION_TOKEN", "-")


def test_a_route_of_its_own_is_open(url: str) -> None:
    """`GET /health`; no other method of it."""
    assert requests.get(f"{url}health", timeout=TIMEOUT_S).json()["status"] == "ok"
    assert requests.post(f"{url}health", timeout=TIMEOUT_S).status_code == 403


def test_the_root_leads_to_the_function(client: Client) -> None:
    """Where a chat page is, once it is turned on; here the application says that it isn't."""
    with client.send("GET", "") as response:
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
        assert response.json()["error"]["code"] == "method_not_allowed"


def test_the_document_is_one(root: Root, outputs: dict[str, Any]) -> None:
    """OpenAPI 3.0, by a validator that knows nothing of API Gateway; its greedy variable is its own."""
    assert outputs
    validate(json.loads(root.attributes(API)["body"].replace("{proxy+}", "{proxy}")))


def test_nothing_is_left_to_do(root: Root, outputs: dict[str, Any]) -> None:
    """A second plan is empty: nothing is deployed that didn't change."""
    assert outputs
    assert root.plan_is_empty()


def test_a_page_of_an_allowed_origin_reads_the_stream(url: str, key: str, site: Site, open_tab: OpenTab) -> None:
    """The browser asks first, and is told one origin of two; the function's answer names it too."""
    tab = open_tab(site.origin)
    status, reads, text = tab.run(ASK, f"{url}chat", key)
    assert (status, text.count("data: ")) == (200, text.count("\n\n"))
    assert '"done"' in text
    assert reads >= 20
    (preflight,) = tab.preflights
    assert (preflight.status, preflight.headers["access-control-allow-origin"]) == (204, site.origin)
    assert KEY_HEADER in preflight.headers["access-control-allow-headers"].split(",")


def test_a_page_reads_api_gateways_errors_too(url: str, key: str, site: Site, open_tab: OpenTab) -> None:
    """Else a wrong key would look like a network that is down."""
    status, _, text = open_tab(site.origin).run(ASK, f"{url}chat", f"not {key}")
    assert (status, json.loads(text)["error"]["code"]) == (403, "INVALID_API_KEY")


def test_a_page_of_another_origin_reads_nothing(url: str, key: str, open_tab: OpenTab) -> None:
    """Its preflight is answered without its origin."""
    with Site() as other:
        tab = open_tab(other.origin)
        assert tab.run(
            "(url, key) => fetch(url, {headers: {'x-api-key': key}}).catch((error) => `${error}`)", url, key
        ) == ("TypeError: Failed to fetch")
        (preflight,) = tab.preflights
        assert "access-control-allow-origin" not in preflight.headers


def test_nothing_is_left_after_destroy(root: Root, key: str, api: Callable[[str], Any]) -> None:
    """No API, key, plan, log group, role or function."""
    assert key
    root.destroy()
    gateway = api("apigateway")
    assert not [
        *gateway.get_rest_apis()["items"],
        *gateway.get_api_keys()["items"],
        *gateway.get_usage_plans()["items"],
    ]
    assert not api("logs").describe_log_groups()["logGroups"]
    assert not api("iam").list_roles()["Roles"]
