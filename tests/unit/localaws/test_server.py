"""The life of a local AWS: one at a time in a process, and ended whatever goes on."""

from __future__ import annotations

import contextlib
import json
import socket
import time

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from localaws import LocalAws


def test_there_is_one_at_a_time() -> None:
    """A second one would empty the stores of the first; afterwards there may be another."""
    with LocalAws() as aws:
        for other in (LocalAws(), aws):
            with pytest.raises(RuntimeError, match="runs in this process already"):
                other.start()
        assert aws.environment()["AWS_REGION"] == "us-east-1"
    with LocalAws("eu-west-1") as other:
        assert other.environment()["AWS_REGION"] == "eu-west-1"


def test_a_failed_start_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one may start."""

    def fail(_: object) -> str:
        raise OSError("no port is free")

    with monkeypatch.context() as patch:
        patch.setattr("localaws.server._start_moto", fail)
        with pytest.raises(OSError, match="no port"):
            LocalAws().start()
    with LocalAws():
        pass


@pytest.mark.parametrize(
    ("model", "status"), [("stand-in.silent", b"HTTP/1.1 200 OK"), ("stand-in.never-answers", None)]
)
def test_silence_does_not_keep_the_local_aws(model: str, status: bytes | None) -> None:
    """A client that is still waiting is cut off; with or without a head before."""
    with LocalAws() as aws:
        connection = send(aws.environment(), model)
        with connection:
            connection.settimeout(0.5)
            if status is not None:
                assert connection.recv(65536).startswith(status)
            with pytest.raises(TimeoutError):
                connection.recv(65536)
            started = time.perf_counter()
            aws.stop()
            assert time.perf_counter() - started < 5
            with contextlib.suppress(ConnectionResetError):
                assert connection.recv(65536) == b""


def send(environment: dict[str, str], model: str) -> socket.socket:
    """Returns a connection on which a request has been sent, and nothing read."""
    endpoint = environment["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"]
    body = json.dumps({"messages": [{"role": "user", "content": [{"text": "hi"}]}]})
    request = AWSRequest("POST", f"{endpoint}/model/{model}/converse-stream", data=body)
    request.headers["Host"] = endpoint.removeprefix("http://")
    keys = Credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    SigV4Auth(keys, "bedrock", environment["AWS_REGION"]).add_auth(request)
    request.headers["Content-Length"] = str(len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    host, _, port = request.headers["Host"].partition(":")
    connection = socket.create_connection((host, int(port)))
    connection.sendall(f"POST /model/{model}/converse-stream HTTP/1.1\r\n{head}\r\n{body}".encode())
    return connection
