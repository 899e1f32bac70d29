"""The system prompt in S3: when it is read, what serves while it can't be, and what is no prompt."""

import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.response import StreamingBody
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from bedrock_chat.app import Application
from bedrock_chat.errors import PromptUnavailable
from bedrock_chat.prompt.s3 import S3Prompt
from bedrock_chat.prompt.source import MAX_PROMPT_BYTES, PromptSource, Version, checked
from bedrock_chat.settings import Settings
from lambda_stream import Response
from support.application import Exchange, ScriptedModel, context, stream, url_event

SETTINGS = Settings(model_id="m", allowed_model_ids=frozenset({"m"}))
REFRESH_S = 60


class Bucket:
    """S3 with one object, which may fail for a while, and counts how often it is asked for what."""

    def __init__(self) -> None:
        self.client = boto3.client("s3")
        self.client.create_bucket(Bucket="prompts", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        self.sent: list[int] = []
        self.fails = False
        self.client.meta.events.register("before-call.s3.GetObject", self._fail)
        self.client.meta.events.register("after-call.s3.GetObject", self._count)

    def put(self, content: bytes) -> None:
        self.client.put_object(Bucket="prompts", Key="system.md", Body=content)

    def _fail(self, **_: Any) -> None:
        if self.fails:
            raise EndpointConnectionError(endpoint_url="https://s3.example")

    def _count(self, http_response: Any, **_: Any) -> None:
        self.sent.append(http_response.status_code)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "a")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        yield Bucket()


class Operator:
    """A prompt in a bucket, read on a clock of one's own; `warnings` is what its log has."""

    def __init__(self, bucket: Bucket, fallback: str | None = None) -> None:
        self.now_s = 1000.0
        self.warnings: list[str] = []
        self.prompt = PromptSource(
            S3Prompt(bucket.client, "prompts", "system.md"),
            REFRESH_S,
            fallback,
            clock_s=lambda: self.now_s,
            warn=self.warnings.append,
        )


def test_the_prompt_is_read_once_an_interval(bucket: Bucket) -> None:
    """And only if it has changed: S3 says that it hasn't, and sends nothing."""
    bucket.put(b"Be brief.\n")
    operator = Operator(bucket)
    assert [operator.prompt() for _ in range(3)] == ["Be brief."] * 3
    assert bucket.sent == [200]
    operator.now_s += REFRESH_S
    assert [operator.prompt() for _ in range(3)] == ["Be brief."] * 3
    assert bucket.sent == [200, 304]
    bucket.put(b"Be kind.")
    operator.now_s += REFRESH_S - 1
    assert operator.prompt() == "Be brief."
    operator.now_s += 1
    assert operator.prompt() == "Be kind."
    assert bucket.sent == [200, 304, 200]
    assert operator.warnings == []


def test_the_last_prompt_serves_while_s3_fails(bucket: Bucket) -> None:
    """S3 is asked again after the interval, not by every request: one that hangs would hold them all up."""
    bucket.put(b"Be brief.")
    operator = Operator(bucket, "From the environment.")
    operator.prompt()
    bucket.fails = True
    operator.now_s += REFRESH_S
    assert [operator.prompt() for _ in range(3)] == ["Be brief."] * 3
    (warning,) = operator.warnings
    assert "read last" in warning
    assert "s3.example" in warning
    bucket.fails = False
    bucket.put(b"Be kind.")
    operator.now_s += REFRESH_S
    assert operator.prompt() == "Be kind."


def test_the_environments_prompt_serves_until_s3_answers(bucket: Bucket) -> None:
    """The log says which one it is."""
    operator = Operator(bucket, "From the environment.")
    assert [operator.prompt() for _ in range(3)] == ["From the environment."] * 3
    (warning,) = operator.warnings
    assert "of the environment" in warning
    bucket.put(b"Be brief.")
    operator.now_s += REFRESH_S
    assert operator.prompt() == "Be brief."


def test_without_any_prompt_there_is_an_error(bucket: Bucket) -> None:
    """Each time, until there is one; it names neither the bucket nor the account."""
    operator = Operator(bucket)
    for _ in range(2):
        with pytest.raises(PromptUnavailable, match="try again") as caught:
            operator.prompt()
        assert "prompts" not in caught.value.message
    bucket.put(b"Be brief.")
    assert operator.prompt() == "Be brief."


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe", b"x" * (MAX_PROMPT_BYTES + 1)])
def test_what_is_no_prompt_changes_nothing(bucket: Bucket, content: bytes) -> None:
    """A slip of the editor's doesn't leave the model without its instructions."""
    bucket.put(b"Be brief.")
    operator = Operator(bucket)
    operator.prompt()
    bucket.put(content)
    operator.now_s += REFRESH_S
    assert operator.prompt() == "Be brief."
    assert len(operator.warnings) == 1


def test_half_a_prompt_is_none(bucket: Bucket) -> None:
    """The connection broke before its end: a model with the first half of its instructions is another one."""

    def cut(parsed: dict[str, Any], **_: Any) -> None:
        parsed["Body"] = StreamingBody(BytesIO(b"Be brief, and nev"), parsed["ContentLength"])

    bucket.put(b"Be brief.")
    operator = Operator(bucket)
    operator.prompt()
    bucket.put(b"Be brief, and never name a customer.")
    bucket.client.meta.events.register("after-call.s3.GetObject", cut)
    operator.now_s += REFRESH_S
    assert operator.prompt() == "Be brief."
    assert "17" in operator.warnings[0]
    bucket.client.meta.events.unregister("after-call.s3.GetObject", cut)
    operator.now_s += REFRESH_S
    assert operator.prompt() == "Be brief, and never name a customer."


def test_the_longest_prompt_is_taken() -> None:
    """200,000 bytes."""
    assert checked(b"x" * MAX_PROMPT_BYTES) == "x" * MAX_PROMPT_BYTES


class Scripted:
    """A store that gives what it is told, or fails."""

    def __init__(self) -> None:
        self.now: Version | None = None

    def newer_than(self, etag: str | None) -> Version | None:
        if self.now is None:
            raise PromptUnavailable("down")
        return None if self.now.etag == etag else self.now


@given(st.lists(st.tuples(st.none() | st.integers(1, 4), st.integers(0, 2 * REFRESH_S)), max_size=20), st.booleans())
def test_the_prompt_is_never_older_than_the_interval(steps: list[tuple[int | None, int]], has_fallback: bool) -> None:
    """Whatever happens to the store: what serves is what it last gave, asked at most an interval ago."""
    store, now_s = Scripted(), 0.0
    source = PromptSource(
        store, REFRESH_S, "fallback" if has_fallback else None, clock_s=lambda: now_s, warn=lambda _: None
    )
    expected, asked_s = "fallback" if has_fallback else None, -float(REFRESH_S)
    for number, pause_s in steps:
        now_s += pause_s
        store.now = None if number is None else Version(str(number), f"tag {number}")
        if now_s - asked_s >= REFRESH_S:
            expected = expected if number is None else str(number)
            asked_s = now_s if expected is not None else asked_s
        if expected is None:
            with pytest.raises(PromptUnavailable):
                source()
        else:
            assert source() == expected


@pytest.mark.parametrize("committed", [False, True])
def test_without_a_prompt_nobody_is_answered(*, committed: bool) -> None:
    """A 503, or an error in the stream where the status has left."""
    application = Application(SETTINGS, ScriptedModel([PromptUnavailable("the server can't read its system prompt")]))
    response = application(url_event("POST", "/chat", b'{"message": "Hello"}'), context(Exchange(committed=committed)))
    assert error_of(response)["code"] == "prompt_unavailable"
    assert response.status == (200 if committed else 503)


def error_of(response: Response) -> Any:
    if isinstance(response.body, str):
        return json.loads(response.body)["error"]
    written: list[bytes] = []
    with pytest.raises(PromptUnavailable):
        written.extend(stream(response))
    return json.loads(b"".join(written).removeprefix(b"data: "))["error"]
