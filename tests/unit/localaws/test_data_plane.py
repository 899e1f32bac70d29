"""The data plane on real sockets: a stub function, deployed with boto3 and called through its URL."""

from __future__ import annotations

import io
import json
import socket
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from localaws import LocalAws
from support.clients import aws_client
from support.functions import PERMISSIONS, TRUST
from support.stub_function import archive

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 10


class Cloud:
    """A local AWS and clients of it."""

    def __init__(self, aws: LocalAws) -> None:
        self.environment = aws.environment()
        self.lambda_ = aws_client(self.environment, "lambda")
        self.logs = aws_client(self.environment, "logs")
        iam = aws_client(self.environment, "iam")
        role = iam.create_role(RoleName="role", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.put_role_policy(RoleName="role", PolicyName="run", PolicyDocument=PERMISSIONS)
        self.role = role["Role"]["Arn"]

    def deploy(self, name: str, *, mode: str = "RESPONSE_STREAM", public: bool = True, **settings: object) -> str:
        """Create a function with a URL and return the URL."""
        self.lambda_.create_function(
            FunctionName=name,
            Runtime="provided.al2023",
            Role=self.role,
            Handler="any.thing",
            **{"Code": {"ZipFile": archive()}, "Timeout": 5, **settings},
        )
        url = self.lambda_.create_function_url_config(
            FunctionName=name, AuthType="NONE" if public else "AWS_IAM", InvokeMode=mode
        )
        if public:
            self.grant(name, "lambda:InvokeFunctionUrl", FunctionUrlAuthType="NONE")
            self.grant(name, "lambda:InvokeFunction", InvokedViaFunctionUrl=True)
        return str(url["FunctionUrl"])

    def grant(self, name: str, action: str, **condition: object) -> None:
        """Add one of the two public grants."""
        self.lambda_.add_permission(
            FunctionName=name, StatementId=action[7:], Action=action, Principal="*", **condition
        )

    def log(self, name: str, text: str) -> bool:
        """Tell whether a text gets into the function's log in time."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            events = self.logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
            if any(text in event["message"] for event in events):
                return True
            time.sleep(0.05)
        return False


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """Return a cloud that all tests of the module share; each has functions of its own."""
    with LocalAws() as aws:
        yield Cloud(aws)


@pytest.fixture(scope="module")
def url(cloud: Cloud) -> str:
    """Return the URL of a public streaming function."""
    return cloud.deploy("shared")


def test_chunks_arrive_one_by_one(url: str) -> None:
    """The first chunk is there long before the last, and the prelude became status, headers and cookies."""
    with requests.get(f"{url}stream", stream=True, timeout=SECONDS) as response:
        arrivals = [(time.perf_counter(), chunk) for chunk in response.iter_content(None)]
    assert response.status_code == 201
    assert response.headers["Content-Type"] == "text/plain"
    assert response.headers["Set-Cookie"] == "a=1"
    assert [chunk for _, chunk in arrivals] == [b"0 ", b"1 ", b"2 "]
    assert arrivals[-1][0] - arrivals[0][0] > 0.15


def test_environments_are_reused_and_never_shared(cloud: Cloud) -> None:
    """One request after the other needs one process; two at the same time need two."""
    url = cloud.deploy("reused")
    for _ in range(3):
        requests.get(f"{url}stream", timeout=SECONDS)
    assert cloud.log("reused", "stream is over")
    streams = cloud.logs.describe_log_streams(logGroupName="/aws/lambda/reused")["logStreams"]
    assert len(streams) == 1
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda _: requests.get(f"{url}stream", timeout=SECONDS), range(2)))
    streams = cloud.logs.describe_log_streams(logGroupName="/aws/lambda/reused")["logStreams"]
    assert len(streams) == 2


def test_both_grants_are_needed(cloud: Cloud) -> None:
    """A public URL is a 403 without its grants, and with one of them only."""
    url = cloud.deploy("granted", public=False)
    cloud.lambda_.update_function_url_config(FunctionName="granted", AuthType="NONE")
    statuses = [requests.get(f"{url}json", timeout=SECONDS).status_code]
    cloud.grant("granted", "lambda:InvokeFunctionUrl", FunctionUrlAuthType="NONE")
    statuses.append(requests.get(f"{url}json", timeout=SECONDS).status_code)
    cloud.grant("granted", "lambda:InvokeFunction", InvokedViaFunctionUrl=True)
    statuses.append(requests.get(f"{url}json", timeout=SECONDS).status_code)
    assert statuses == [403, 403, 200]


def test_a_signed_request_carries_its_caller(cloud: Cloud) -> None:
    """An AWS_IAM URL refuses unsigned requests; a signed one brings the caller into the event."""
    url = cloud.deploy("signed", public=False, mode="BUFFERED")
    refused = requests.get(f"{url}json", timeout=SECONDS)
    assert (refused.status_code, refused.json()) == (403, {"Message": "Forbidden"})
    assert refused.headers["x-amzn-ErrorType"] == "AccessDeniedException"
    keys = Credentials(cloud.environment["AWS_ACCESS_KEY_ID"], cloud.environment["AWS_SECRET_ACCESS_KEY"])
    request = AWSRequest("GET", f"{url}json?q=a%20b")
    SigV4Auth(keys, "lambda", cloud.environment["AWS_REGION"]).add_auth(request)
    prepared = request.prepare()
    event = requests.get(str(prepared.url), headers=dict(prepared.headers), timeout=SECONDS).json()
    assert event["requestContext"]["authorizer"]["iam"]["accessKey"] == keys.access_key
    assert event["queryStringParameters"] == {"q": "a b"}


@pytest.mark.parametrize("path", ["error", "crash-first", "bad-prelude", "long-prelude"])
def test_a_failure_before_the_first_byte_is_a_502(url: str, path: str) -> None:
    """Nothing has been sent, so the status can still tell; the next request is served."""
    response = requests.get(f"{url}{path}", timeout=SECONDS)
    assert response.status_code == 502
    assert response.headers["x-amzn-ErrorType"] == "InternalServerErrorException"
    assert requests.get(f"{url}json", timeout=SECONDS).status_code == 200


def test_a_body_without_prelude_is_passed_as_it_is(url: str) -> None:
    """Without the integration's content type the bytes are the body."""
    response = requests.get(f"{url}plain", timeout=SECONDS)
    assert (response.status_code, response.content) == (200, b"no prelude")
    assert response.headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("HEAD /stream HTTP/1.1", b"\r\n\r\n"),
        ("GET /stream HTTP/1.0", b"0 1 2 "),
        ("GET /no-content HTTP/1.1", b"\r\n\r\n"),
    ],
)
def test_answers_without_chunks(url: str, line: str, expected: bytes) -> None:
    """HEAD and 204 have no body, and HTTP/1.0 knows no chunks."""
    assert raw_exchange(url, line, "Connection: close\r\n").endswith(expected)


def test_a_late_error_ends_the_body_properly(url: str) -> None:
    """Trailers that declare an error can't change the response: clients see a normal end."""
    response = requests.get(f"{url}error-mid", timeout=SECONDS)
    assert (response.status_code, response.content) == (201, b"0 1 2 ")


def test_a_crash_mid_stream_cuts_the_connection(url: str) -> None:
    """Everything that was written arrives, then the body breaks off."""
    assert raw_exchange(url, "GET /crash-mid HTTP/1.1").endswith(b"2 \r\n")


def test_a_timeout_cuts_the_connection(cloud: Cloud) -> None:
    """At its timeout the function is killed, the log says so, and the body has no end."""
    url = cloud.deploy("timed", Timeout=1)
    started = time.monotonic()
    assert raw_exchange(url, "GET /hang-mid HTTP/1.1").endswith(b"2 \r\n")
    assert 0.9 < time.monotonic() - started < 3
    assert cloud.log("timed", "Task timed out after 1.00 seconds")
    assert requests.get(f"{url}hang-first", timeout=SECONDS).status_code == 502
    assert requests.get(f"{url}json", timeout=SECONDS).status_code == 200


def test_a_client_that_hangs_up_does_not_stop_the_function(cloud: Cloud) -> None:
    """The function runs on to its end, undisturbed."""
    url = cloud.deploy("deserted")
    with requests.get(f"{url}flood", stream=True, timeout=SECONDS) as response:
        next(response.iter_content(10))
    assert cloud.log("deserted", "flood is over")


def test_an_unread_client_slows_the_function_down(cloud: Cloud) -> None:
    """26 MB don't pile up in the local AWS: the function's writes block until the client reads."""
    url = cloud.deploy("unread", Timeout=30)
    with requests.get(f"{url}flood", stream=True, timeout=SECONDS) as response:
        pieces = response.iter_content(65536)
        next(pieces)
        time.sleep(1)
        events = cloud.logs.filter_log_events(logGroupName="/aws/lambda/unread")["events"]
        assert not any("flood is over" in event["message"] for event in events)
        assert sum(map(len, pieces)) > 400 * 65536 - 2 * 65536
    assert cloud.log("unread", "flood is over")


def test_reserved_concurrency_is_kept(cloud: Cloud) -> None:
    """A second request at the same time is a 429 under a reserved concurrency of one, one after the other is not."""
    url = cloud.deploy("reserved")
    cloud.lambda_.put_function_concurrency(FunctionName="reserved", ReservedConcurrentExecutions=1)
    for _ in range(3):
        assert requests.get(f"{url}json", timeout=SECONDS).status_code == 200
    with requests.get(f"{url}stream", stream=True, timeout=SECONDS) as first:
        next(first.iter_content(None))
        second = requests.get(f"{url}stream", timeout=SECONDS)
    assert second.status_code == 429
    assert second.json()["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    cloud.lambda_.put_function_concurrency(FunctionName="reserved", ReservedConcurrentExecutions=0)
    time.sleep(0.5)
    assert requests.get(f"{url}json", timeout=SECONDS).status_code == 429


def test_a_large_request_is_refused(url: str) -> None:
    """Six megabytes are the limit."""
    response = requests.post(f"{url}json", data=b"x" * (6 * 1024 * 1024 + 1), timeout=SECONDS)
    assert response.status_code == 413


def test_buffered_mode_collects_the_stream(cloud: Cloud) -> None:
    """A BUFFERED URL answers at once, from a streaming function and from a proxy object alike."""
    url = cloud.deploy("buffered", mode="BUFFERED")
    streamed = requests.get(f"{url}stream", timeout=SECONDS)
    assert (streamed.status_code, streamed.content, streamed.headers["Content-Length"]) == (201, b"0 1 2 ", "6")
    proxied = requests.post(
        f"{url}json", data=b'{"a":1}', headers={"Content-Type": "application/json"}, timeout=SECONDS
    )
    assert proxied.json()["body"] == '{"a":1}'


def test_new_configuration_means_new_environments(cloud: Cloud) -> None:
    """An update counts from the next request on, and a failing init is a 502."""
    url = cloud.deploy("updated")
    assert requests.get(f"{url}json", timeout=SECONDS).status_code == 200
    cloud.lambda_.update_function_configuration(FunctionName="updated", Environment={"Variables": {"FAIL_INIT": "1"}})
    assert requests.get(f"{url}json", timeout=SECONDS).status_code == 502
    assert cloud.log("updated", "init failed on purpose")
    cloud.lambda_.update_function_configuration(FunctionName="updated", Environment={"Variables": {}})
    cloud.lambda_.update_function_code(FunctionName="updated", ZipFile=archive("second"))
    assert requests.get(f"{url}json", timeout=SECONDS).status_code == 200


def test_a_zip_without_bootstrap_is_a_502(cloud: Cloud) -> None:
    """The log says what is missing."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("other", "")
    url = cloud.deploy("empty", Code={"ZipFile": buffer.getvalue()})
    assert requests.get(url, timeout=SECONDS).status_code == 502
    assert cloud.log("empty", "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")


def test_cors_is_answered_from_the_configuration(cloud: Cloud) -> None:
    """A preflight does not reach the function, and other answers get the headers added."""
    url = cloud.deploy("cors")
    cors = {"AllowOrigins": ["https://app.example"], "AllowMethods": ["POST"], "MaxAge": 60}
    cloud.lambda_.update_function_url_config(FunctionName="cors", Cors=cors)
    asking = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    preflight = requests.options(f"{url}crash-first", headers=asking, timeout=SECONDS)
    assert preflight.headers["Access-Control-Allow-Methods"] == "POST"
    actual = requests.get(f"{url}json", headers={"Origin": "https://app.example"}, timeout=SECONDS)
    assert actual.headers["Access-Control-Allow-Origin"] == "https://app.example"


def test_an_alias_url_invokes_the_alias(cloud: Cloud) -> None:
    """The qualifier of a URL picks the version."""
    cloud.deploy("aliased", public=False)
    cloud.lambda_.delete_function_url_config(FunctionName="aliased")
    cloud.lambda_.publish_version(FunctionName="aliased")
    cloud.lambda_.create_alias(FunctionName="aliased", Name="live", FunctionVersion="1")
    config = cloud.lambda_.create_function_url_config(FunctionName="aliased", Qualifier="live", AuthType="NONE")
    assert config["FunctionArn"].endswith(":function:aliased:live")
    for action, condition in (
        ("InvokeFunctionUrl", "FunctionUrlAuthType"),
        ("InvokeFunction", "InvokedViaFunctionUrl"),
    ):
        value: object = "NONE" if condition == "FunctionUrlAuthType" else True
        cloud.lambda_.add_permission(
            FunctionName="aliased",
            Qualifier="live",
            StatementId=action,
            Action=f"lambda:{action}",
            Principal="*",
            **{condition: value},
        )
    assert requests.get(f"{config['FunctionUrl']}json", timeout=SECONDS).status_code == 200
    assert cloud.log("aliased", "Version: 1")


def test_the_invoke_api_runs_the_function(cloud: Cloud) -> None:
    """Invoke returns the function's bytes; an error is marked and carries the error JSON."""
    cloud.deploy("invoked")
    answer = cloud.lambda_.invoke(FunctionName="invoked", Payload=b'{"x": 1}')
    assert json.loads(json.loads(answer["Payload"].read())["body"]) == {"x": 1}
    failed = cloud.lambda_.invoke(FunctionName="invoked", Payload=b'{"rawPath": "/error"}')
    assert (failed["FunctionError"], json.loads(failed["Payload"].read())["errorType"]) == (
        "Unhandled",
        "Function.Oops",
    )


def test_a_new_environment_must_be_allowed_to_decrypt_its_variables(cloud: Cloud) -> None:
    """Without Lambda's grant the role's policies count; a warm environment goes on, and a refusal leaves no log."""
    kms = aws_client(cloud.environment, "kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    sealed = {"KMSKeyArn": key, "Environment": {"Variables": {"A": "1"}}}
    url = cloud.deploy("sealed", LoggingConfig={"LogGroup": "/sealed"}, **sealed)
    (grant,) = kms.list_grants(KeyId=key)["Grants"]
    assert requests.get(f"{url}json", timeout=SECONDS).status_code == 200
    (stream,) = cloud.logs.describe_log_streams(logGroupName="/sealed")["logStreams"]
    kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])
    assert requests.get(f"{url}json", timeout=SECONDS).status_code == 200
    cloud.lambda_.update_function_configuration(FunctionName="sealed", Timeout=6)
    assert requests.get(f"{url}json", timeout=SECONDS).status_code == 502
    with pytest.raises(
        cloud.lambda_.exceptions.KMSAccessDeniedException, match=r":assumed-role/role/sealed is not auth"
    ):
        cloud.lambda_.invoke(FunctionName="sealed")
    streams = cloud.logs.describe_log_streams(logGroupName="/sealed")["logStreams"]
    assert [one["logStreamName"] for one in streams] == [stream["logStreamName"]]


def test_without_variables_there_is_nothing_to_decrypt(cloud: Cloud) -> None:
    """Whatever the key."""
    url = cloud.deploy("keyed", KMSKeyArn=f"arn:aws:kms:{cloud.lambda_.meta.region_name}:123456789012:key/none")
    assert requests.get(f"{url}json", timeout=SECONDS).status_code == 200


def test_a_deleted_function_closes_its_url(cloud: Cloud) -> None:
    """Nobody listens any more."""
    url = cloud.deploy("deleted")
    assert requests.get(f"{url}json", timeout=SECONDS).status_code == 200
    cloud.lambda_.delete_function(FunctionName="deleted")
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}json", timeout=SECONDS)


def raw_exchange(url: str, line: str, headers: str = "") -> bytes:
    """Return every byte of an answer, however it ends."""
    host, port = url.removeprefix("http://").rstrip("/").split(":")
    with socket.create_connection((host, int(port)), timeout=SECONDS) as connection:
        connection.sendall(f"{line}\r\nHost: {host}:{port}\r\n{headers}\r\n".encode())
        received = b""
        while data := connection.recv(65536):
            received += data
    return received
