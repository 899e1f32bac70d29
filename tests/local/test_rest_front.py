"""`roots/rest-api`: the local AWS's REST API front, by a client of a deployed document."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from localaws import terraform
from localaws.server import LocalAws
from localaws.workspace import make_workspace
from support.functions import package
from support.terraform import Root

FOLDER = Path(__file__).parent / "roots" / "rest-api"
NAME = "rest"
TIMEOUT_S = 30

HANDLER = r"""
import json, time
from lambda_stream import Request, Response

def handler(event, context):
    case = event["path"].strip("/").split("/")[-1]
    return CASES.get(case, echo)(event)

def echo(event):
    yield json.dumps(event)

def ticks(event):
    for number in range(5):
        yield f"{number}\n"
        time.sleep(0.2)

CASES = {"ticks": ticks}
"""

STREAM = {"type": "aws_proxy", "httpMethod": "POST", "responseTransferMode": "STREAM", "uri": "${stream_uri}"}
PROXY = {"x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": STREAM}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": NAME, "version": "1.0"},
    "paths": {
        "/": PROXY,
        "/{proxy+}": {"parameters": [{"name": "proxy", "in": "path", "required": True}], **PROXY},
        "/chat/{id}": {"post": {"x-amazon-apigateway-integration": STREAM}},
        "/hook": {
            "options": {
                "responses": {"204": {"description": "none"}},
                "x-amazon-apigateway-integration": {
                    "type": "mock",
                    "requestTemplates": {"application/json": '{"statusCode": 204}'},
                    "responses": {"default": {"statusCode": "204"}},
                },
            }
        },
    },
}


@pytest.fixture(scope="module")
def root(aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Root]:
    folder = tmp_path_factory.mktemp(NAME)
    archive = folder / "handler.zip"
    archive.write_bytes(package(HANDLER))
    root = Root(
        make_workspace(FOLDER, folder / "tree"),
        terraform.cli_environment(folder, aws.child_environment()),
        name=NAME,
        archive=str(archive),
        document=json.dumps(DOCUMENT),
    )
    root.init()
    yield root
    root.destroy()


@pytest.fixture(scope="module")
def outputs(root: Root) -> dict[str, Any]:
    return root.apply()


@pytest.fixture(scope="module")
def url(outputs: dict[str, Any], aws: LocalAws) -> str:
    """The API's URL on this machine."""
    return aws.localised(outputs["rest_api_url"])


def send(method: str, url: str, **options: Any) -> requests.Response:
    return requests.request(method, url, timeout=TIMEOUT_S, **options)


def test_each_chunk_arrives_as_it_is_written(url: str) -> None:
    """The pauses of the function are seen by the client."""
    with send("GET", f"{url}/ticks", stream=True) as response:
        arrivals = [(line, time.monotonic()) for line in response.iter_lines(chunk_size=1)]
    assert response.headers["Transfer-Encoding"] == "chunked"
    assert response.headers["x-amz-apigw-id"]
    assert [line for line, _ in arrivals] == [b"0", b"1", b"2", b"3", b"4"]
    assert arrivals[-1][1] - arrivals[0][1] > 0.6


def test_the_function_gets_the_event_of_a_rest_api(url: str, outputs: dict[str, Any]) -> None:
    """Payload 1.0: the resource's path and parameters, both forms of headers and query, the stage's variables."""
    response = send("POST", f"{url}/chat/a%20b?x=1&x=2", json={"message": "Hi"}, headers={"X-Own": "1"})
    event = response.json()
    assert (event["resource"], event["path"], event["httpMethod"]) == ("/chat/{id}", "/chat/a%20b", "POST")
    assert event["pathParameters"] == {"id": "a b"}
    assert (event["headers"]["X-Own"], event["multiValueHeaders"]["X-Own"]) == ("1", ["1"])
    assert (event["queryStringParameters"], event["multiValueQueryStringParameters"]) == ({"x": "2"}, {"x": ["1", "2"]})
    assert event["stageVariables"] == {"model": "nova"}
    assert (json.loads(event["body"]), event["isBase64Encoded"]) == ({"message": "Hi"}, False)
    context = event["requestContext"]
    assert (context["stage"], context["path"], context["apiId"]) == ("live", "/live/chat/a%20b", outputs["api_id"])
    assert context["requestId"] == response.headers["x-amzn-RequestId"]


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        pytest.param("GET", "/chat/1", 403, "Missing Authentication Token", id="no such method"),
        pytest.param("POST", "/hook", 403, "Missing Authentication Token", id="a word wins over the greedy path"),
    ],
)
def test_what_has_no_route_is_refused(url: str, method: str, path: str, status: int, message: str) -> None:
    """As if a token were missing."""
    response = send(method, url + path)
    assert (response.status_code, response.json()) == (status, {"message": message})
    assert response.headers["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"


def test_another_stage_is_forbidden(url: str) -> None:
    """There is none of that name."""
    response = send("GET", url.replace("/live", "/test"))
    assert (response.status_code, response.json()) == (403, {"message": "Forbidden"})


def test_the_api_shows_what_was_imported(outputs: dict[str, Any], api: Callable[[str], Any]) -> None:
    """The transfer mode of each integration too."""
    gateway = api("apigateway")
    resources = {each["path"]: each for each in gateway.get_resources(restApiId=outputs["api_id"])["items"]}
    assert set(resources) == {"/", "/{proxy+}", "/chat", "/chat/{id}", "/hook"}
    integration = gateway.get_integration(
        restApiId=outputs["api_id"], resourceId=resources["/chat/{id}"]["id"], httpMethod="POST"
    )
    assert (integration["type"], integration["timeoutInMillis"]) == ("AWS_PROXY", 29000)


def test_a_forgotten_deployment_and_a_missing_permission_are_seen(root: Root, url: str) -> None:
    """What is imported answers once it is deployed, and a function that forbids it is the API's own error."""
    assert root.plan_is_empty()
    changed = {**DOCUMENT, "paths": {"/new": PROXY}}
    root.variables["document"] = json.dumps(changed)
    root.apply()
    assert send("POST", f"{url}/chat/1").status_code == 200
    root.variables["redeploy"] = "now"
    root.apply()
    assert send("POST", f"{url}/chat/1").status_code == 403
    assert send("GET", f"{url}/new").status_code == 200
    assert root.plan_is_empty()
    root.variables["permitted"] = False
    root.apply()
    response = send("GET", f"{url}/new")
    assert (response.status_code, response.json()) == (500, {"message": "Internal server error"})


def test_nothing_is_left_after_destroy(root: Root, url: str, api: Callable[[str], Any]) -> None:
    """No API, and no port of one."""
    root.destroy()
    assert root.resources() == []
    assert api("apigateway").get_rest_apis()["items"] == []
    with pytest.raises(requests.ConnectionError):
        send("GET", url)
