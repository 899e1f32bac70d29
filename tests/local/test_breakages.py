"""Breakages on a running local AWS: each does what it says to real HTTP clients, and mending brings the endpoint back.

One function behind a Function URL and a REST API, and one behind a URL that asks for signatures; no Terraform.
"""

import gzip
import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from localaws import LocalAws
from localaws.breakage.answer import PAGE
from localaws.errors import BreakageError
from support.arrivals import Received, receive
from support.functions import create_function
from support.rest_cloud import Cloud

ORIGIN = "https://app.example"
TOKENS = b"".join(b'data: {"type":"token","content":"%d"}\n\n' % number for number in range(6))
START, COMMENT = b'data: {"type":"start"}\n\n', b": keep-alive\n\n"
ERROR, DONE = b'data: {"type":"error"}\n\n', b'data: {"type":"done"}\n\n'
BODY = START + COMMENT + TOKENS + ERROR + DONE
HANDLER = """
import gzip, json, os, time
from lambda_stream import Response

CORS = {"access-control-allow-origin": "https://app.example", "access-control-allow-methods": "POST"}

def handler(event, context):
    path = event.get("rawPath") or event["path"]
    cors = CORS if "path" in event else {}  # a Function URL adds it by itself
    if event.get("httpMethod") == "OPTIONS":
        return Response("", status=200, headers=cors)
    if path.endswith("/refused"):
        return Response('{"error":{"code":"no"}}', status=400, headers={"content-type": "application/json", **cors})
    if path.endswith("/echo"):
        return Response(json.dumps(event), headers={"content-type": "application/json", **cors})
    if path.endswith("/gzip"):
        return Response(gzip.compress(b"small"), headers={"content-type": "text/plain", "content-encoding": "gzip"})
    body = {"crash": crash, "stall": stall}.get(path.split("/")[-1], events)()
    return Response(body, headers={"content-type": "text/event-stream", **cors})

def crash():
    yield 'data: {"type":"start"}\\n\\n'
    time.sleep(0.03)
    os._exit(1)

def stall():
    yield 'data: {"type":"start"}\\n\\n'
    time.sleep(15)

def events():
    yield 'data: {"type":"start"}\\n\\n'
    yield ': keep-alive\\n\\n'
    for number in range(6):
        yield 'data: {"type":"token","content":"%d"}\\n\\n' % number
        time.sleep(0.03)
    yield 'data: {"type":"er'
    time.sleep(0.03)
    yield 'ror"}\\n\\n'
    yield 'data: {"type":"done"}\\n\\n'
"""


@pytest.fixture(scope="module")
def clients(api: Callable[[str], Any]) -> dict[str, Any]:
    return {service: api(service) for service in ("lambda", "iam", "logs", "apigateway")}


@pytest.fixture(scope="module")
def function_url(clients: dict[str, Any]) -> str:
    """An open URL with CORS, of a function with a reserved concurrency and a log group that forgets."""
    url = create_function(clients, "chat", HANDLER, Timeout=30)
    cors = {"AllowOrigins": [ORIGIN], "AllowMethods": ["POST"], "AllowHeaders": ["content-type"]}
    clients["lambda"].update_function_url_config(FunctionName="chat", Cors=cors)
    clients["lambda"].put_function_concurrency(FunctionName="chat", ReservedConcurrentExecutions=7)
    clients["logs"].create_log_group(logGroupName="/aws/lambda/chat")
    clients["logs"].put_retention_policy(logGroupName="/aws/lambda/chat", retentionInDays=30)
    return url


@pytest.fixture(scope="module")
def signed_url(clients: dict[str, Any]) -> str:
    """A URL that asks for signatures."""
    url = create_function(clients, "signed", HANDLER)
    clients["lambda"].update_function_url_config(FunctionName="signed", AuthType="AWS_IAM")
    return url


@pytest.fixture(scope="module")
def rest_api(aws: LocalAws, clients: dict[str, Any], function_url: str) -> str:
    """A streaming REST API of the same function: everything is open, but below `/signed` it asks for signatures."""
    assert function_url
    cloud = Cloud(aws)
    cloud.function_arn = clients["lambda"].get_function(FunctionName="chat")["Configuration"]["FunctionArn"]
    method = {"x-amazon-apigateway-integration": cloud.integration(streams=True)}
    scheme = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
    api_id = cloud.create(
        {
            "/{proxy+}": {"x-amazon-apigateway-any-method": method},
            "/signed/{proxy+}": {"post": {**method, "security": [{"sigv4": []}]}},
        },
        components={"securitySchemes": {"sigv4": scheme}},
    )
    clients["lambda"].add_permission(
        FunctionName="chat",
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    return cloud.deploy(api_id, permitted=False) + "/"


@pytest.fixture(params=["function_url", "rest_api"])
def endpoint(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each of the open endpoints; it is healthy again after the test."""
    url = str(request.getfixturevalue(request.param))
    yield url
    assert is_healthy(ask(url))


def ask(url: str, path: str = "chat", **options: Any) -> Received:
    return receive("POST", url + path, json={"message": "Hello"}, headers={"Origin": ORIGIN}, **options)


def is_healthy(answer: Received) -> bool:
    """Whole, in more than one piece, of the right type, readable by the page."""
    assert (answer.status, answer.body, answer.whole) == (200, BODY, True)
    assert len(answer.chunks) > 2
    assert answer.all_of("content-type") == ["text/event-stream"]
    assert answer.all_of("access-control-allow-origin") == [ORIGIN]
    return True


def test_buffering(aws: LocalAws, endpoint: str) -> None:
    """All of it in one chunk."""
    with aws.broken("buffering"):
        answer = ask(endpoint)
    assert (answer.status, answer.chunks, answer.all_of("transfer-encoding")) == (200, [BODY], ["chunked"])


def test_compressed(aws: LocalAws, endpoint: str) -> None:
    """All of it in one chunk, and said to be compressed."""
    with aws.broken("compressed"):
        answer = ask(endpoint)
    assert (len(answer.chunks), answer.all_of("content-encoding")) == (1, ["gzip"])
    assert gzip.decompress(answer.body) == BODY


def test_doubled_cors(aws: LocalAws, endpoint: str) -> None:
    """As when both the URL and the function send it; the body is as ever."""
    with aws.broken("doubled-cors"):
        answer = ask(endpoint)
    assert (answer.all_of("access-control-allow-origin"), answer.body) == ([ORIGIN, ORIGIN], BODY)


def test_no_preflight(aws: LocalAws, endpoint: str) -> None:
    """The preflight is answered, but allows nothing."""
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    with aws.broken("no-preflight"):
        refused, answer = receive("OPTIONS", endpoint + "chat", headers=headers), ask(endpoint)
    assert not [name for name, _ in refused.headers if name.lower().startswith("access-control")]
    assert is_healthy(answer)
    assert receive("OPTIONS", endpoint + "chat", headers=headers).all_of("access-control-allow-origin") == [ORIGIN]


def test_wrong_type(aws: LocalAws, endpoint: str) -> None:
    """A stream of bytes instead of events."""
    with aws.broken("wrong-type"):
        answer = ask(endpoint)
    assert (answer.all_of("content-type"), answer.body) == (["application/octet-stream"], BODY)


@pytest.mark.parametrize(("asked", "length"), [("cut=100", 100), ("cut", len(BODY))])
def test_cut(aws: LocalAws, endpoint: str, asked: str, length: int) -> None:
    """What came before arrives, and no final chunk: also when the body is shorter than that."""
    with aws.broken(asked):
        answer = ask(endpoint)
    assert (answer.status, answer.body, answer.whole) == (200, BODY[:length], False)


def test_a_cut_does_not_wait_for_the_function(aws: LocalAws, endpoint: str) -> None:
    """It comes with its last byte, and the function goes on for long."""
    started = time.monotonic()
    with aws.broken("cut=10"):
        answer = ask(endpoint, "stall")
    assert (answer.body, answer.whole) == (START[:10], False)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("name", "swallowed"), [("dropped-heartbeats", COMMENT), ("dropped-errors", ERROR), ("no-end", DONE)]
)
def test_swallowed_events(aws: LocalAws, endpoint: str, name: str, swallowed: bytes) -> None:
    """Only these; the others still come one by one."""
    with aws.broken(name):
        answer = ask(endpoint)
    assert (answer.body, answer.whole) == (BODY.replace(swallowed, b""), True)
    assert len(answer.chunks) > 2


def test_slow_first_byte(aws: LocalAws, endpoint: str) -> None:
    """The head is there long before."""
    with aws.broken("slow-first-byte=1.5"):
        answer = ask(endpoint)
    assert answer.body == BODY
    assert answer.waited_s > 1


def test_plain_errors(aws: LocalAws, endpoint: str) -> None:
    """The status stays; the stream is as ever."""
    with aws.broken("plain-errors"):
        refused, answer = ask(endpoint, "refused"), ask(endpoint)
    assert (refused.status, refused.body, refused.whole) == (400, PAGE, True)
    assert refused.all_of("content-type") == ["text/html; charset=utf-8"]
    assert is_healthy(answer)
    assert json.loads(ask(endpoint, "refused").body) == {"error": {"code": "no"}}


def test_several_at_once(aws: LocalAws, endpoint: str) -> None:
    """And each is mended with its own block."""
    with aws.broken("wrong-type"):
        with aws.broken("no-end", "buffering"):
            assert ask(endpoint).chunks == [BODY.replace(DONE, b"")]
        assert ask(endpoint).body == BODY


def test_the_request_arrives_as_it_was_sent(aws: LocalAws, endpoint: str) -> None:
    """Path, query, headers and body: the middlebox changes answers only."""
    body = b'{"message": "' + b"x" * 2_000_000 + b'"}'
    own = {"X-Own": "1", "Expect": "100-continue"}
    varying = {"requestContext", "headers", "multiValueHeaders"}
    events = []
    for names in ((), ("doubled-cors",)):
        with aws.broken(*names):
            sent = receive("POST", endpoint + "a%2fb/echo?a=%20b&a=1", data=iter([body]), headers=own)
        events.append(json.loads(sent.body))
    healthy, broken = ({k: v for k, v in event.items() if k not in varying} for event in events)
    assert healthy == broken
    assert healthy["body"] is not None
    changing = {"x-amzn-trace-id", "expect"}
    first, second = ({name.lower() for name in event["headers"]} - changing for event in events)
    assert first == second


def test_the_target_is_not_normalised(aws: LocalAws, function_url: str) -> None:
    """Not even its escapes, which a signature covers."""
    url = urlsplit(function_url)
    with aws.broken("wrong-type"), closing(http.client.HTTPConnection(url.netloc, timeout=30)) as connection:
        connection.request("GET", "/a%2fb%41/echo?q=%7e+%20")
        event = json.loads(connection.getresponse().read())
    assert (event["rawPath"], event["rawQueryString"]) == ("/a%2fb%41/echo", "q=%7e+%20")


def test_what_the_function_compresses_stays_compressed(aws: LocalAws, endpoint: str) -> None:
    """Once, as it says."""
    for name in ("wrong-type", "compressed"):
        with aws.broken(name):
            answer = ask(endpoint, "gzip")
        assert (gzip.decompress(answer.body), answer.all_of("content-encoding")) == (b"small", ["gzip"])


def test_nothing_else_of_the_head_changes(aws: LocalAws, endpoint: str) -> None:
    """No header goes, comes or comes twice."""
    healthy = [name.lower() for name, _ in ask(endpoint).headers]
    with aws.broken("wrong-type"):
        assert sorted(name.lower() for name, _ in ask(endpoint).headers) == sorted(healthy)


def test_a_stream_that_the_function_cuts_stays_cut(aws: LocalAws, endpoint: str) -> None:
    """A middlebox must not make it look whole."""
    with aws.broken("wrong-type"):
        answer = ask(endpoint, "crash")
    assert (answer.body, answer.whole) == (START, False)


def test_an_answer_to_head_has_no_body(aws: LocalAws, endpoint: str) -> None:
    """Whatever happens to bodies."""
    with aws.broken("buffering", "cut"):
        answer = receive("HEAD", endpoint + "chat")
    assert (answer.status, answer.body, answer.whole) == (200, b"", True)


def test_an_old_client_reads_to_the_end_of_the_connection(aws: LocalAws, endpoint: str) -> None:
    """HTTP/1.0 has no chunks."""
    url = urlsplit(endpoint + "chat")
    with (
        aws.broken("wrong-type"),
        socket.create_connection(("127.0.0.1", url.port or 0), timeout=30) as client,
        client.makefile("rb") as received,
    ):
        client.sendall(f"POST {url.path} HTTP/1.0\r\nHost: {url.netloc}\r\n\r\n".encode())
        head, _, body = received.read().partition(b"\r\n\r\n")
    assert b"chunked" not in head
    assert body == BODY


def test_a_client_that_hangs_up_does_no_harm(aws: LocalAws, endpoint: str) -> None:
    """In the middle of a broken answer."""
    with aws.broken("wrong-type"):
        with requests.post(endpoint + "chat", stream=True, timeout=30) as response:
            next(response.iter_content(None))
        assert ask(endpoint).body == BODY


def signed(url: str, environment: dict[str, str], service: str, age: timedelta = timedelta()) -> Received:
    """The answer to a request that was signed so long ago."""
    pair = Credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    request = AWSRequest("POST", url, data=b"", headers={})
    signer = SigV4Auth(pair, service, environment["AWS_REGION"])
    request.context["timestamp"] = (datetime.now(UTC) - age).strftime("%Y%m%dT%H%M%SZ")
    signer._modify_request_before_signing(request)  # noqa: SLF001  what add_auth does after it has asked the clock
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    signer._inject_signature_to_request(request, signature)  # noqa: SLF001  as above
    return receive("POST", url, headers=dict(request.headers))


@pytest.fixture(params=["function_url", "rest_api"])
def guarded(request: pytest.FixtureRequest) -> tuple[str, str]:
    """URL and service of each endpoint that asks for signatures."""
    if request.param == "function_url":
        return str(request.getfixturevalue("signed_url")), "lambda"
    return str(request.getfixturevalue("rest_api")) + "signed/", "execute-api"


def test_open(aws: LocalAws, guarded: tuple[str, str]) -> None:
    """Whoever asks is answered, and refused again afterwards."""
    with aws.broken("open"):
        assert receive("POST", guarded[0] + "chat").body == BODY
    assert receive("POST", guarded[0] + "chat").status == 403


def test_stale_signatures(aws: LocalAws, environment: dict[str, str], guarded: tuple[str, str]) -> None:
    """An old signature counts; a wrong one, or none, does not. The function learns when it was asked all the same."""
    url, service = guarded[0] + "echo", guarded[1]
    hour = timedelta(hours=1)
    with aws.broken("stale-signatures"):
        context = json.loads(signed(url, environment, service, hour).body)["requestContext"]
        assert signed(url, environment | {"AWS_SECRET_ACCESS_KEY": "x"}, service, hour).status == 403
        assert receive("POST", url).status == 403
    asked_ms = context.get("requestTimeEpoch") or context["timeEpoch"]
    assert abs(asked_ms / 1000 - time.time()) < 600
    assert signed(url, environment, service, hour).status == 403
    assert signed(url, environment, service).status == 200


def test_signatures_hold_on_the_way(aws: LocalAws, environment: dict[str, str], guarded: tuple[str, str]) -> None:
    """The middlebox touches nothing that is signed."""
    with aws.broken("wrong-type"):
        assert signed(guarded[0] + "chat", environment, guarded[1]).body == BODY


def test_a_refusal_keeps_its_length(aws: LocalAws, guarded: tuple[str, str]) -> None:
    """But for the breakage that replaces it."""
    with aws.broken("buffering"):
        kept = receive("POST", guarded[0] + "chat")
    with aws.broken("plain-errors"):
        replaced = receive("POST", guarded[0] + "chat")
    assert (kept.status, kept.all_of("content-length")) == (403, [str(len(kept.body))])
    assert (replaced.status, replaced.body) == (403, PAGE)


def test_one_caller(aws: LocalAws, environment: dict[str, str], clients: dict[str, Any], signed_url: str) -> None:
    """Somebody else's signature counts as the owner's; a wrong one, or none, does not."""
    clients["iam"].create_user(UserName="other")
    key = clients["iam"].create_access_key(UserName="other")["AccessKey"]
    other = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    url = signed_url + "echo"
    assert signed(url, environment | other, "lambda").status == 403
    with aws.broken("one-caller"):
        answers = [signed(url, environment | keys, "lambda") for keys in ({}, other)]
        assert signed(url, environment | other | {"AWS_SECRET_ACCESS_KEY": "x"}, "lambda").status == 403
        assert receive("POST", url).status == 403
    mine, theirs = [json.loads(answer.body)["requestContext"]["authorizer"]["iam"] for answer in answers]
    assert mine == theirs


def test_swallowed_deletes(aws: LocalAws, endpoint: str) -> None:
    """The function isn't asked, and only then."""
    with aws.broken("swallowed-deletes"):
        swallowed, posted = receive("DELETE", endpoint + "echo"), receive("POST", endpoint + "echo")
    assert (swallowed.status, swallowed.body, posted.status) == (204, b"", 200)
    assert b"DELETE" in receive("DELETE", endpoint + "echo").body


def policy(clients: dict[str, Any], name: str = "chat") -> list[dict[str, Any]]:
    """The statements of a function's policy by their names."""
    found: list[dict[str, Any]] = json.loads(clients["lambda"].get_policy(FunctionName=name)["Policy"])["Statement"]
    return sorted(found, key=lambda statement: str(statement["Sid"]))


def test_missing_grant(aws: LocalAws, clients: dict[str, Any], function_url: str) -> None:
    """The policy shows it, and the URL answers 403."""
    before = policy(clients)
    with aws.broken("missing-grant"):
        assert [each["Sid"] for each in policy(clients)] == ["api", "grant-0"]
        assert ask(function_url).status == 403
    assert policy(clients) == before
    assert is_healthy(ask(function_url))


def test_a_missing_grant_of_an_alias(aws: LocalAws, clients: dict[str, Any]) -> None:
    """It comes back on the alias."""
    functions = clients["lambda"]
    create_function(clients, "aliased", HANDLER)
    version = functions.publish_version(FunctionName="aliased")["Version"]
    functions.create_alias(FunctionName="aliased", Name="live", FunctionVersion=version)
    functions.remove_permission(FunctionName="aliased", StatementId="grant-1")
    functions.add_permission(
        FunctionName="aliased",
        Qualifier="live",
        StatementId="grant-1",
        Action="lambda:InvokeFunction",
        Principal="*",
        InvokedViaFunctionUrl=True,
    )
    before = policy(clients, "aliased")
    assert before[1]["Resource"].endswith(":function:aliased:live")
    with aws.broken("missing-grant"):
        assert policy(clients, "aliased") == before[:1]
    assert policy(clients, "aliased") == before


def test_public_invoke(aws: LocalAws, clients: dict[str, Any], function_url: str) -> None:
    """One statement more, without a condition; the URL is as ever."""
    before = policy(clients)
    with aws.broken("public-invoke"):
        added = [each for each in policy(clients) if each not in before]
        assert is_healthy(ask(function_url))
    assert [(each["Action"], each["Principal"], each.get("Condition")) for each in added] == [
        ("lambda:InvokeFunction", "*", None)
    ]
    assert policy(clients) == before


def test_buffered_mode(aws: LocalAws, clients: dict[str, Any], function_url: str) -> None:
    """It is what the control plane says, and what happens."""
    functions = clients["lambda"]
    with aws.broken("buffered-mode"):
        answer = ask(function_url)
        assert functions.get_function_url_config(FunctionName="chat")["InvokeMode"] == "BUFFERED"
    assert (answer.body, answer.all_of("content-length")) == (BODY, [str(len(BODY))])
    config = functions.get_function_url_config(FunctionName="chat")
    assert (config["InvokeMode"], config["Cors"]["AllowOrigins"]) == ("RESPONSE_STREAM", [ORIGIN])
    assert is_healthy(ask(function_url))


def integrations(clients: dict[str, Any]) -> list[dict[str, Any]]:
    """Every integration of every API, without what only the answer to the call has."""
    gateway = clients["apigateway"]
    return [
        method["methodIntegration"]
        for api in gateway.get_rest_apis()["items"]
        for resource in gateway.get_resources(restApiId=api["id"], embed=["methods"])["items"]
        for method in resource.get("resourceMethods", {}).values()
    ]


def test_buffered_integration(aws: LocalAws, clients: dict[str, Any], rest_api: str) -> None:
    """The control plane shows it; of a function that streams all the same the client gets no body."""
    before = integrations(clients)
    with aws.broken("buffered-integration"):
        during = integrations(clients)
        answer = ask(rest_api)
    assert {each["responseTransferMode"] for each in before} == {"STREAM"}
    assert {each["responseTransferMode"] for each in during} == {"BUFFERED"}
    assert all("/2015-03-31/" in each["uri"] and each["uri"].endswith("/invocations") for each in during)
    assert (answer.status, answer.body) == (200, b"")
    assert integrations(clients) == before
    assert is_healthy(ask(rest_api))


def test_endless_logs(aws: LocalAws, clients: dict[str, Any], function_url: str) -> None:
    """The group has no retention for a while."""
    assert function_url

    def retention() -> int | None:
        group = clients["logs"].describe_log_groups(logGroupNamePrefix="/aws/lambda/chat")["logGroups"][0]
        days: int | None = group.get("retentionInDays")
        return days

    with aws.broken("endless-logs"):
        assert retention() is None
    assert retention() == 30


def test_uncapped(aws: LocalAws, clients: dict[str, Any], function_url: str) -> None:
    """The function has no reserved concurrency for a while."""
    assert function_url

    def reserved() -> int | None:
        found: int | None = (
            clients["lambda"].get_function_concurrency(FunctionName="chat").get("ReservedConcurrentExecutions")
        )
        return found

    with aws.broken("uncapped"):
        assert reserved() is None
    assert reserved() == 7


@pytest.mark.parametrize("name", ["missing-grant", "buffered-mode", "buffered-integration", "endless-logs", "uncapped"])
@pytest.mark.usefixtures("rest_api")
def test_what_is_broken_can_not_be_broken_again(aws: LocalAws, name: str) -> None:
    """Nothing is left to change: that is an error, and the first block still mends everything."""
    with aws.broken(name), pytest.raises(BreakageError, match=f"{name}: nothing is deployed that it could break"):
        aws.broken(name).__enter__()


def test_what_is_gone_is_not_mended(aws: LocalAws, clients: dict[str, Any], function_url: str) -> None:
    """A function that was deleted meanwhile stays so."""
    create_function(clients, "brief", HANDLER)
    with aws.broken("public-invoke", "missing-grant", "buffered-mode"):
        clients["lambda"].delete_function(FunctionName="brief")
    assert is_healthy(ask(function_url))


def test_the_users_own_account_is_not_touched(
    aws: LocalAws, clients: dict[str, Any], function_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A profile, a proxy or an endpoint of this process leads nowhere."""
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LAMBDA", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "mine")
    assert function_url
    with aws.broken("uncapped"):
        assert "ReservedConcurrentExecutions" not in clients["lambda"].get_function_concurrency(FunctionName="chat")


def test_an_unknown_name_breaks_nothing(aws: LocalAws, function_url: str) -> None:
    """Not even what is named before it; the error lists what there is."""
    with pytest.raises(BreakageError, match=r"There is no breakage 'nonsense'\. There are: buffering, "):
        aws.broken("uncapped", "nonsense").__enter__()
    assert is_healthy(ask(function_url))
