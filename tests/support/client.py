"""An HTTP client of the deployed endpoint: requests, signed by botocore, each event with its time of arrival."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

TIMEOUT_S = 60


@dataclass(frozen=True)
class Arrival:
    """One event, and when it came: seconds since the request was sent."""

    seconds: float
    event: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """A streamed answer."""

    headers: Mapping[str, str]
    arrivals: list[Arrival]
    total_s: float

    @property
    def types(self) -> list[str]:
        return [arrival.event["type"] for arrival in self.arrivals]

    @property
    def tokens(self) -> list[Arrival]:
        return [arrival for arrival in self.arrivals if arrival.event["type"] == "token"]

    @property
    def text(self) -> str:
        return "".join(arrival.event["content"] for arrival in self.tokens)

    @property
    def last(self) -> dict[str, Any]:
        return self.arrivals[-1].event


class Client:
    """Signs for `service` with the credentials of `environment`, or not at all when it has none."""

    def __init__(self, url: str, environment: Mapping[str, str] | None = None, *, service: str = "lambda") -> None:
        self._url = url
        self._environment = environment
        self._service = service

    def send(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> requests.Response:
        """The response; its body is not read yet."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        request = AWSRequest(method, self._url + path.lstrip("/"), data=data, headers=dict(headers or {}))
        if self._environment is not None:
            credentials = Credentials(
                self._environment["AWS_ACCESS_KEY_ID"], self._environment["AWS_SECRET_ACCESS_KEY"]
            )
            SigV4Auth(credentials, self._service, self._environment["AWS_REGION"]).add_auth(request)
        return requests.request(
            method, request.url, data=data, headers=dict(request.headers), stream=True, timeout=TIMEOUT_S
        )

    def ask(self, body: object) -> Answer:
        """The answer to a chat request, which must be a stream."""
        started = time.monotonic()
        with self.send("POST", "/chat", body) as response:
            assert response.status_code == requests.codes.ok, response.text
            arrivals = [
                Arrival(time.monotonic() - started, json.loads(line.removeprefix(b"data: ")))
                for line in response.iter_lines()
                if line
            ]
        return Answer(response.headers, arrivals, time.monotonic() - started)
