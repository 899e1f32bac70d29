"""`roots/rest-api`: the local AWS's REST API front, by a client of a deployed document."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from localaws.server import LocalAws
from support.functions import package
from support.terraform import Root
from support.waiting import eventually

FOLDER = Path(__file__).parent / "roots" / "rest-api"
NAME = "rest"
TIMEOUT_S = 30
TIME_SCALE = 10
"""29 seconds of a buffered integration are 2.9 here, and so many of silence at an edge are 3."""

HANDLER = r"""
import json, os, time
from lambda_stream import Request, Response

def handler(event, context):
    case = event["path"].strip("/").split("/")[-1]
    return CASES.get(case, echo)(event)

def echo(event):
    yield json.dumps({"event": event, "trace_id": os.environ.get("_X_AMZN_TRACE_ID")})

def ticks(event):
    for number in range(5):
        yield f"{number}\n"
        time.sleep(0.2)

def created(event):
    return Response("made", status=201, headers={"x-own": "1"})

def raises(event):
    raise LookupError("before the first byte")

def late(event):
    time.sleep(8)
    yield "late"

def silent(event):
    yield "first\n"
    time.sleep(8)
    yield "second\n"

def endless(event):
    for number in range(100):
        yield f"{number}\n"
        time.sleep(0.2)

CASES = {
    "ticks": ticks, "created": created, "raises": raises, "late": late, "silent": silent,
    "endless": endless,
}
"""

STREAM = {
    "type": "aws_proxy",
    "httpMethod": "POST",
    "responseTransferMode": "STREAM",
    "timeoutInMillis": 600_000,
    "uri": "${stream_uri}",
}
LIMITED = {**STREAM, "timeoutInMillis": 50_000}
BUFFERED = {"type": "aws_proxy", "httpMethod": "POST", "uri": "${buffered_uri}"}


def proxy(path: str, integration: dict[str, Any]) -> dict[str, Any]:
    return {f"{path}/{{proxy+}}": {"x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": integration}}}


DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": NAME, "description": "What the tests call.", "version": "1.0"},
    "paths": {
        **proxy("", STREAM),
        **proxy("/limited", LIMITED),
        **proxy("/buffered", BUFFERED),
        "/chat/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "post": {"x-amazon-apigateway-integration": STREAM},
        },
    },
}
WHOLE_API: dict[str, Any] = {
    "components": {
        "securitySchemes": {
            "token": {
                "type": "apiKey",
                "name": "Authorization",
                "in": "header",
                "x-amazon-apigateway-authtype": "custom",
                "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": "${buffered_uri}"},
            }
        }
    },
    "x-amazon-apigateway-gateway-responses": {"THROTTLED": {"statusCode": "420"}},
    "x-amazon-apigateway-binary-media-types": ["image/png"],
    "x-amazon-apigateway-policy": {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
        ],
    },
}
"""What a document says besides its paths."""

LOGGED = (
    "requestId",
    "status",
    "responseLength",
    "path",
    "resourcePath",
    "stage",
    "identity.sourceIp",
    "error.responseType",
    "error.message",
    "xrayTraceId",
    "integration.status",
    "integration.responseTransferMode",
    "integration.timeToAllHeaders",
    "integration.timeToFirstContent",
    "integration.latency",
)


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws(gateway_time_scale=TIME_SCALE) as local_aws:
        yield local_aws


@pytest.fixture(scope="module")
def root(make_root: Callable[..., Root], tmp_path_factory: pytest.TempPathFactory) -> Root:
    archive = tmp_path_factory.mktemp("archive") / "handler.zip"
    archive.write_bytes(package(HANDLER))
    return make_root(
        FOLDER,
        name=NAME,
        archive=str(archive),
        document=json.dumps(DOCUMENT | WHOLE_API),
        log_format=json.dumps({name: f"$context.{name}" for name in LOGGED}),
    )


@pytest.fixture(scope="module")
def outputs(root: Root) -> dict[str, Any]:
    return root.apply()


@pytest.fixture(scope="module")
def url(outputs: dict[str, Any], aws: LocalAws) -> str:
    """The API's URL on this machine."""
    return aws.localised(outputs["rest_api_url"])


@pytest.fixture(scope="module")
def logged(api: Callable[[str], Any]) -> Callable[[requests.Response], dict[str, str]]:
    """The access log's line about a response."""

    def find(response: requests.Response) -> dict[str, str]:
        wanted = response.headers["x-amzn-RequestId"]
        found: list[dict[str, str]] = []

        def is_there() -> bool:
            events = api("logs").filter_log_events(logGroupName=f"/aws/apigateway/{NAME}")["events"]
            found[:] = [
                line for line in (json.loads(each["message"]) for each in events) if line["requestId"] == wanted
            ]
            return bool(found)

        eventually(is_there)
        (line,) = found
        return line

    return find


def send(method: str, url: str, **options: Any) -> requests.Response:
    return requests.request(method, url, timeout=TIMEOUT_S, **options)


def read(url: str) -> tuple[int, list[str], bool]:
    """Status, the lines that arrived, and whether the body ended as it must."""
    lines = []
    with send("GET", url, stream=True) as response:
        try:
            for line in response.iter_lines(chunk_size=1, decode_unicode=True):
                lines.append(line)  # noqa: PERF402  what came before a cut is kept
        except requests.exceptions.ChunkedEncodingError:
            return response.status_code, lines, False
    return response.status_code, lines, True


def test_each_chunk_arrives_as_it_is_written(url: str, logged: Callable[[requests.Response], dict[str, str]]) -> None:
    """The pauses of the function are seen by the client, and in the log, which is written when the stream has ended."""
    with send("GET", f"{url}/ticks", stream=True) as response:
        arrivals = [(line, time.monotonic()) for line in response.iter_lines(chunk_size=1)]
    assert response.headers["Transfer-Encoding"] == "chunked"
    assert response.headers["x-amz-apigw-id"]
    assert [line for line, _ in arrivals] == [b"0", b"1", b"2", b"3", b"4"]
    assert arrivals[-1][1] - arrivals[0][1] > 0.6
    line = logged(response)
    assert (line["status"], line["integration.status"], line["responseLength"]) == ("200", "200", "10")
    assert (line["path"], line["resourcePath"], line["stage"]) == ("/live/ticks", "/{proxy+}", "live")
    assert (line["integration.responseTransferMode"], line["error.responseType"]) == ("STREAMED", "-")
    assert line["identity.sourceIp"] == "127.0.0.1"
    head, content, end = (
        int(line[f"integration.{name}"]) for name in ("timeToAllHeaders", "timeToFirstContent", "latency")
    )
    assert head <= content < end - 600


def test_the_function_gets_the_event_of_a_rest_api(url: str, outputs: dict[str, Any]) -> None:
    """Payload 1.0: the resource's path and parameters, both forms of headers and query, the stage's variables."""
    response = send("POST", f"{url}/chat/a%20b?x=1&x=2", json={"message": "Hi"}, headers={"X-Own": "1"})
    event = response.json()["event"]
    assert (event["resource"], event["path"], event["httpMethod"]) == ("/chat/{id}", "/chat/a%20b", "POST")
    assert event["pathParameters"] == {"id": "a b"}
    assert (event["headers"]["X-Own"], event["multiValueHeaders"]["X-Own"]) == ("1", ["1"])
    assert (event["queryStringParameters"], event["multiValueQueryStringParameters"]) == ({"x": "2"}, {"x": ["1", "2"]})
    assert event["stageVariables"] == {"model": "nova"}
    assert (json.loads(event["body"]), event["isBase64Encoded"]) == ({"message": "Hi"}, False)
    context = event["requestContext"]
    assert (context["stage"], context["path"], context["apiId"]) == ("live", "/live/chat/a%20b", outputs["api_id"])
    assert context["requestId"] == response.headers["x-amzn-RequestId"]


def test_a_trace_goes_through(url: str, logged: Callable[[requests.Response], dict[str, str]]) -> None:
    """From the client to the function and the log, on a stage that traces; without one the stage begins its own."""
    own = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    response = send("GET", f"{url}/x", headers={"X-Amzn-Trace-Id": own})
    assert response.json()["trace_id"] == response.headers["X-Amzn-Trace-Id"] == own
    assert logged(response)["xrayTraceId"] == "1-5759e988-bd862e3fe1be46a994272793"
    assert send("GET", f"{url}/x").json()["trace_id"].endswith(";Sampled=1")


MISSING_TOKEN = (403, "MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        pytest.param("GET", "/chat/1", MISSING_TOKEN, id="no such method"),
        pytest.param("GET", "", MISSING_TOKEN, id="a greedy path has no root"),
        pytest.param("GET", "/raises", (502, "DEFAULT_5XX", "Internal server error"), id="an error before the head"),
        pytest.param("POST", "/large", (413, "REQUEST_TOO_LARGE", "Request Too Long"), id="a request over 10 MB"),
    ],
)
def test_the_gateways_own_answers(
    url: str,
    logged: Callable[[requests.Response], dict[str, str]],
    method: str,
    path: str,
    expected: tuple[int, str, str],
) -> None:
    """Each has its status and message, and the log says which it was."""
    response = send(method, url + path, data=b"x" * (10 * 1024 * 1024 + 1) if path == "/large" else None)
    status, kind, message = expected
    assert (response.status_code, response.json()) == (status, {"message": message})
    line = logged(response)
    assert (line["status"], line["error.responseType"], line["error.message"]) == (str(status), kind, message)


def test_another_stage_is_forbidden(url: str) -> None:
    """There is none of that name."""
    response = send("GET", url.replace("/live", "/test"))
    assert (response.status_code, response.json()) == (403, {"message": "Forbidden"})


def test_a_wrong_transfer_mode_is_seen(url: str, logged: Callable[[requests.Response], dict[str, str]]) -> None:
    """A buffered integration of a function that streams has its status and headers, and no body."""
    streamed, buffered = send("GET", f"{url}/created"), send("GET", f"{url}/buffered/created")
    assert (streamed.status_code, streamed.headers["x-own"], streamed.text) == (201, "1", "made")
    assert (buffered.status_code, buffered.headers["x-own"], buffered.text) == (201, "1", "")
    assert logged(buffered)["integration.responseTransferMode"] == "BUFFERED"


def test_integrations_have_limits_of_time(url: str) -> None:
    """Before the head it is a 504; an open stream is cut when it takes too long, or is silent for too long."""
    paths = ("/buffered/late", "/limited/late", "/limited/endless", "/silent", "/ticks")
    with ThreadPoolExecutor(len(paths)) as pool:
        buffered, late, endless, silent, ticks = pool.map(read, [url + path for path in paths])
    assert buffered == late == (504, ['{"message":"Endpoint request timed out"}'], True)
    assert (endless[0], endless[2]) == (200, False)
    assert 0 < len(endless[1]) < 50
    assert silent == (200, ["first"], False)
    assert ticks == (200, ["0", "1", "2", "3", "4"], True)


def test_a_custom_domain_leads_to_the_stage(url: str) -> None:
    """By the Host header, through its base path, which the function sees in the path."""
    host = {"Host": "api.example.com"}
    event = send("GET", url.replace("/live", "/v1/a/b"), headers=host).json()["event"]
    assert (event["path"], event["pathParameters"]) == ("/v1/a/b", {"proxy": "a/b"})
    assert event["requestContext"]["domainName"] == "api.example.com"
    assert send("GET", f"{url}/a", headers=host).status_code == 403


def test_the_api_shows_what_was_imported(outputs: dict[str, Any], api: Callable[[str], Any]) -> None:
    """Resources with their integrations, and what concerns the whole API."""
    gateway = api("apigateway")
    resources = {each["path"]: each for each in gateway.get_resources(restApiId=outputs["api_id"])["items"]}
    prefixes = ("/limited", "/buffered")
    assert set(resources) == {
        "/",
        "/{proxy+}",
        "/chat",
        "/chat/{id}",
        *prefixes,
        *(f"{p}/{{proxy+}}" for p in prefixes),
    }
    integration = gateway.get_integration(
        restApiId=outputs["api_id"], resourceId=resources["/chat/{id}"]["id"], httpMethod="POST"
    )
    assert (integration["type"], integration["timeoutInMillis"]) == ("AWS_PROXY", 600_000)
    shown = gateway.get_rest_api(restApiId=outputs["api_id"])
    assert (shown["description"], shown["binaryMediaTypes"]) == ("What the tests call.", ["image/png"])
    assert "execute-api:Invoke" in shown["policy"]
    assert [each["name"] for each in gateway.get_authorizers(restApiId=outputs["api_id"])["items"]] == ["token"]
    responses = gateway.get_gateway_responses(restApiId=outputs["api_id"])["items"]
    assert [(each["responseType"], each["statusCode"]) for each in responses] == [("THROTTLED", "420")]


@pytest.mark.soak
def test_a_forgotten_deployment_is_seen(root: Root, url: str) -> None:
    """What is imported answers once it is deployed."""
    assert root.plan_is_empty()
    root.variables["document"] = json.dumps(
        {
            **DOCUMENT,
            **WHOLE_API,
            "paths": proxy("/new", STREAM),
            "x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": True},
        }
    )
    root.apply()
    assert send("POST", f"{url}/chat/1").status_code == 200
    root.variables["redeploy"] = "now"
    root.apply()
    own, host = url.replace("/live", "/v1"), {"Host": "api.example.com"}
    assert send("GET", f"{url}/new/x").status_code == 403
    assert send("POST", f"{own}/chat/1", headers=host).status_code == 403
    assert send("GET", f"{own}/new/x", headers=host).status_code == 200
    assert root.plan_is_empty()


def test_nothing_is_left_after_destroy(root: Root, url: str, api: Callable[[str], Any]) -> None:
    """No API, and no port of one."""
    root.destroy()
    assert root.resources() == []
    assert api("apigateway").get_rest_apis()["items"] == []
    assert api("apigateway").get_domain_names()["items"] == []
    with pytest.raises(requests.ConnectionError):
        send("GET", url)
