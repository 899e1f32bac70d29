"""A runtime on a raw socket, which the tests zip as `bootstrap`. The path of the event says what it does."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from typing import Any

PREFIX = "/2018-06-01/runtime"
PRELUDE = json.dumps({"statusCode": 201, "headers": {"Content-Type": "text/plain"}, "cookies": ["a=1"]}).encode()
STREAMED = "Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n"
PROXY = "Content-Type: application/vnd.awslambda.http-integration-response\r\n"
TRAILERS = "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n"


class RuntimeClient:
    """One kept-alive connection to the Runtime API."""

    def __init__(self) -> None:
        host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answers = self.socket.makefile("rb")

    def send(self, method: str, path: str, headers: str = "", body: bytes = b"") -> None:
        """Send a request, or the head of one."""
        self.socket.sendall(f"{method} {PREFIX}/{path} HTTP/1.1\r\nHost: api\r\n{headers}\r\n".encode() + body)

    def chunk(self, data: bytes) -> None:
        """Send one chunk of the body."""
        self.socket.sendall(b"%x\r\n%s\r\n" % (len(data), data))

    def end(self, trailers: str = "") -> None:
        """Send the end of the body and read the answer."""
        self.socket.sendall(f"0\r\n{trailers}\r\n".encode())
        self.answer()

    def answer(self) -> tuple[dict[str, str], bytes]:
        """Return headers and body of an answer."""
        self.answers.readline()
        headers = {}
        while line := self.answers.readline().decode().strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return headers, self.answers.read(int(headers.get("content-length", "0")))


def respond(api: RuntimeClient, request_id: str, event: dict[str, Any]) -> None:
    """Do what the path of the event asks for."""
    behaviour = (event.get("rawPath") or event.get("path") or "/json").strip("/")
    response = f"invocation/{request_id}/response"
    if event.get("type") == "REQUEST":
        answer(api, response, decision(event))
    elif behaviour == "error":
        body = b'{"errorType":"Function.Oops","errorMessage":"no"}'
        api.send("POST", f"invocation/{request_id}/error", f"Content-Length: {len(body)}\r\n", body)
        api.answer()
    elif behaviour == "json":
        answer(api, response, {"statusCode": 200, "body": json.dumps(event)})
    elif behaviour == "not-proxy":
        api.send("POST", response, "Content-Length: 5\r\nContent-Type: application/json\r\n", b'"Hi!"')
        api.answer()
    elif behaviour == "crash-first":
        sys.exit(3)
    elif behaviour == "hang-first":
        time.sleep(60)
    elif behaviour == "plain":
        api.send("POST", response, STREAMED)
        api.chunk(b"no prelude")
        api.end()
    else:
        stream(api, response, behaviour)


def answer(api: RuntimeClient, response: str, result: object) -> None:
    """Send a result."""
    body = json.dumps(result).encode()
    api.send("POST", response, f"Content-Length: {len(body)}\r\nContent-Type: application/json\r\n", body)
    api.answer()


def decision(event: dict[str, Any]) -> dict[str, Any]:
    """Allow everything, as the authorizer of a REST API; what it was asked is in the context."""
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"}
    return {
        "principalId": "stub",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"asked": json.dumps(event)},
        "usageIdentifierKey": event["headers"].get("X-Tenant"),
    }


def stream(api: RuntimeClient, response: str, behaviour: str) -> None:
    """Send a prelude and what follows."""
    api.send("POST", response, STREAMED + PROXY + TRAILERS)
    if behaviour == "bad-prelude":
        api.chunk(b"not json" + bytes(8))
        return api.end()
    if behaviour == "long-prelude":
        api.chunk(b" " * 17000 + PRELUDE + bytes(8))
        return api.end()
    if behaviour == "no-content":
        api.chunk(b'{"statusCode":204}' + bytes(8))
        return api.end()
    api.chunk(PRELUDE + bytes(8))
    if behaviour == "flood":
        for _ in range(400):
            api.chunk(b"x" * 65536)
        print("flood is over", flush=True)  # noqa: T201  the test reads the log
        return api.end()
    for number in range(3):
        api.chunk(b"%d " % number)
        time.sleep(0.1)
    if behaviour == "crash-mid":
        os._exit(7)
    if behaviour == "hang-mid":
        time.sleep(60)
    if behaviour == "error-mid":
        return api.end("Lambda-Runtime-Function-Error-Type: Function.Late\r\n")
    print("stream is over", os.getpid(), flush=True)  # noqa: T201  the test reads the log
    return api.end()


def main() -> None:
    """Serve for ever."""
    if os.environ.get("FAIL_INIT"):
        sys.exit("init failed on purpose")
    api = RuntimeClient()
    while True:
        api.send("GET", "invocation/next")
        headers, body = api.answer()
        respond(api, headers["lambda-runtime-aws-request-id"], json.loads(body))


if __name__ == "__main__":
    main()
