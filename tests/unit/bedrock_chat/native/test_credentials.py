"""Whose credentials sign, and when new ones are fetched."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bedrock_chat.native.credentials import CredentialSource, container_request, parse_credentials, static_credentials
from bedrock_chat.native.endpoint import Endpoint
from bedrock_chat.native.errors import (
    ConnectionFailed,
    ConnectionTimeout,
    CredentialsUnavailable,
    MalformedResponse,
    WrongEnvironment,
)
from bedrock_chat.native.sigv4 import Credentials

FULL_URI, RELATIVE_URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
TOKEN, TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
LOCAL = {FULL_URI: "http://127.0.0.1:9001/credentials?x=1", TOKEN: "the token"}


def answer(key_id: str, expiration: str | None = "1970-01-01T01:00:00Z") -> tuple[int, bytes]:
    """What the endpoint says; the time is an hour after the epoch, where the clocks here begin."""
    members = {"AccessKeyId": key_id, "SecretAccessKey": "secret", "Token": "token", "Expiration": expiration}
    return 200, json.dumps({name: value for name, value in members.items() if value is not None}).encode()


class Container:
    """A credential endpoint and a clock; each answer is one of a script, the last again and again."""

    def __init__(self, *answers: tuple[int, bytes] | Exception) -> None:
        self._answers = list(answers)
        self.requests: list[tuple[Endpoint, Mapping[str, str]]] = []
        self.now_s = 0.0
        self.slept_s: list[float] = []

    def fetch(self, endpoint: Endpoint, headers: Mapping[str, str]) -> tuple[int, bytes]:
        self.requests.append((endpoint, headers))
        found = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(found, Exception):
            raise found
        return found

    def source(self, environment: Mapping[str, str]) -> CredentialSource:
        return CredentialSource(environment, self.fetch, clock=lambda: self.now_s, sleep=self.slept_s.append)


def facts(credentials: Credentials) -> tuple[str, str, str | None, float | None]:
    return (
        credentials.access_key_id, credentials.secret_access_key, credentials.session_token, credentials.expires_s
    )  # fmt: skip


def test_the_environments_key_pair_is_used() -> None:
    """Without asking anybody; what the environment holds now counts, not what it held once."""
    environment = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": "c", **LOCAL}
    container = Container(answer("never"))
    source = container.source(environment)
    assert facts(source.credentials()) == ("a", "b", "c", None)
    environment["AWS_ACCESS_KEY_ID"] = "d"
    del environment["AWS_SESSION_TOKEN"]
    assert facts(source.credentials()) == ("d", "b", None, None)
    assert not container.requests


def test_half_a_key_pair_is_refused() -> None:
    """The message names the missing variable."""
    with pytest.raises(WrongEnvironment, match="AWS_SECRET_ACCESS_KEY is not"):
        static_credentials({"AWS_ACCESS_KEY_ID": "a"})


def test_the_containers_endpoint_is_asked_once() -> None:
    """With its token; and its path keeps its query."""
    container = Container(answer("a"))
    source = container.source(LOCAL)
    assert facts(source.credentials()) == ("a", "secret", "token", 3600.0)
    assert source.credentials() is source.credentials()
    ((endpoint, headers),) = container.requests
    assert (endpoint.host, endpoint.port, endpoint.path) == ("127.0.0.1", 9001, "/credentials?x=1")
    assert headers == {"host": "127.0.0.1:9001", "accept": "application/json", "authorization": "the token"}


def test_new_credentials_are_fetched_before_the_old_ones_expire() -> None:
    """A quarter of an hour before."""
    container = Container(answer("old"), answer("new", "1970-01-01T02:00:00Z"))
    source = container.source(LOCAL)
    source.credentials()
    container.now_s = 2699
    assert source.credentials().access_key_id == "old"
    container.now_s = 2700
    assert source.credentials().access_key_id == "new"
    assert len(container.requests) == 2


def test_old_credentials_serve_while_the_endpoint_fails() -> None:
    """It is tried again after a minute, once at a time; at last they expire, and the failure is told."""
    container = Container(answer("old"), ConnectionFailed("no"))
    source = container.source(LOCAL)
    source.credentials()
    asked = []
    for container.now_s in (2700, 2701, 2759, 2760, 3599):
        assert source.credentials().access_key_id == "old"
        asked.append(len(container.requests))
    assert asked == [2, 2, 2, 3, 4]
    assert not container.slept_s
    container.now_s = 3600
    with pytest.raises(CredentialsUnavailable, match=r"no credentials from 127\.0\.0\.1:9001: no"):
        source.credentials()


def test_credentials_without_an_end_are_kept() -> None:
    """The endpoint may not say when they expire."""
    container = Container(answer("a", None))
    source = container.source(LOCAL)
    for container.now_s in (0, 1e9):
        assert source.credentials().expires_s is None
    assert len(container.requests) == 1


@pytest.mark.parametrize(
    "failure",
    [ConnectionTimeout("no"), MalformedResponse("no"), (500, b"no"), (200, b"no"), CredentialsUnavailable("no")],
)
def test_a_failing_endpoint_is_tried_three_times(failure: tuple[int, bytes] | Exception) -> None:
    """With a pause between."""
    container = Container(failure, failure, answer("a"))
    assert container.source(LOCAL).credentials().access_key_id == "a"
    assert container.slept_s == [1.0, 1.0]
    container = Container(failure)
    with pytest.raises(CredentialsUnavailable, match="no"):
        container.source(LOCAL).credentials()
    assert (len(container.requests), container.slept_s) == (3, [1.0, 1.0])


def test_a_relative_uri_is_the_containers() -> None:
    """It counts before a full one."""
    endpoint, headers = container_request({RELATIVE_URI: "/v2/credentials/id/", **LOCAL})
    assert (endpoint.authority, endpoint.path, endpoint.secure) == ("169.254.170.2", "/v2/credentials/id/", False)
    assert headers["host"] == "169.254.170.2"


TRUSTED = [
    "http://127.0.0.1", "http://127.9.255.0:1", "http://localhost", "http://LOCALHOST:2", "http://[::1]:1",
    "http://169.254.170.2", "http://169.254.170.23", "http://[fd00:ec2::23]", "https://credentials.example",
]  # fmt: skip
UNTRUSTED = [
    "http://credentials.example", "http://128.0.0.1", "http://127.0.0.1.example", "http://127.0.0", "http://10.0.0.1",
    "http://127.0.0.256", "http://127.0.0.01", "http://127.0.0.1.1", "http://127", "http://169.254.169.254",
    "http://127.0.0.x", "http://localhost.example", "http://127.0.0.99999999999999",
]  # fmt: skip


@pytest.mark.parametrize("url", TRUSTED)
def test_a_host_of_this_machine_or_https_may_be_asked(url: str) -> None:
    """Nobody else sees the token there."""
    assert container_request({FULL_URI: url, TOKEN: "t"})[1]["authorization"] == "t"


@pytest.mark.parametrize("url", UNTRUSTED)
def test_a_stranger_is_not_asked(url: str) -> None:
    """Nor shown the token: as in botocore."""
    with pytest.raises(WrongEnvironment, match="must be https, or a host of this machine"):
        container_request({FULL_URI: url})


def test_there_may_be_nobody_to_ask() -> None:
    """The message says which variables are missing."""
    with pytest.raises(WrongEnvironment, match=f"AWS_ACCESS_KEY_ID is not set, nor is {FULL_URI}"):
        container_request({})


def test_the_tokens_file_counts_first(tmp_path: Path) -> None:
    """It is read anew each time, for it is replaced before it expires; a line end after the token is not part of it."""
    file = tmp_path / "token"
    environment = {**LOCAL, TOKEN_FILE: str(file)}
    for token in ("first", "second"):
        file.write_text(token + "\n")
        assert container_request(environment)[1]["authorization"] == token


def test_a_tokens_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """With the variable that names it."""
    with pytest.raises(WrongEnvironment, match=f"{TOKEN_FILE} names a file that can't be read"):
        container_request({**LOCAL, TOKEN_FILE: str(tmp_path / "none")})


@pytest.mark.parametrize("token", ["a\r\nb: c", "a\nb", "ä", "a\0"])
def test_a_token_can_not_add_headers(token: str, tmp_path: Path) -> None:
    """From the variable or from the file."""
    with pytest.raises(WrongEnvironment, match=f"token of {TOKEN} can't be a header"):
        container_request({**LOCAL, TOKEN: token})
    (tmp_path / "token").write_bytes(token.encode())
    with pytest.raises(WrongEnvironment, match=f"token of {TOKEN_FILE} can't be a header"):
        container_request({**LOCAL, TOKEN_FILE: str(tmp_path / "token")})


def test_no_token_is_no_header() -> None:
    """Not an empty one."""
    assert "authorization" not in container_request({FULL_URI: LOCAL[FULL_URI]})[1]


MOMENTS: Mapping[str, datetime] = {
    "2026-11-20T13:05:29Z": datetime(2026, 11, 20, 13, 5, 29, tzinfo=UTC),
    "2026-11-20T13:05:29.5+00:00": datetime(2026, 11, 20, 13, 5, 29, 500_000, tzinfo=UTC),
    "2026-11-20T15:05:29+02:00": datetime(2026, 11, 20, 13, 5, 29, tzinfo=UTC),
    "2026-11-20T13:05:29": datetime(2026, 11, 20, 13, 5, 29, tzinfo=UTC),
}


@pytest.mark.parametrize(("text", "moment"), MOMENTS.items())
def test_the_end_is_read_in_every_form(text: str, moment: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """With and without an offset; none is UTC, wherever the machine is."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        credentials = parse_credentials(*answer("a", text))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert credentials.expires_s == moment.timestamp()


BAD_ANSWERS: dict[str, Callable[[], tuple[int, bytes]]] = {
    "refused": lambda: (403, b'{"message": "no"}'),
    "no JSON": lambda: (200, b"<html>"),
    "no object": lambda: (200, b"[]"),
    "null": lambda: (200, b"null"),
    "no secret": lambda: (200, b'{"AccessKeyId": "TOPSECRET", "Token": "TOPSECRET"}'),
    "an empty key": lambda: (200, b'{"AccessKeyId": "", "SecretAccessKey": "TOPSECRET"}'),
    "a key that is no text": lambda: (200, b'{"AccessKeyId": 1, "SecretAccessKey": "TOPSECRET"}'),
    "no time": lambda: answer("a", "soon"),
    "not UTF-8": lambda: (200, b"\xff"),
}


@pytest.mark.parametrize("bad", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_an_answer_without_credentials_is_refused(bad: Callable[[], tuple[int, bytes]]) -> None:
    """And nothing of a secret reaches the message."""
    with pytest.raises(CredentialsUnavailable) as caught:
        parse_credentials(*bad())
    assert "TOPSECRET" not in str(caught.value)
