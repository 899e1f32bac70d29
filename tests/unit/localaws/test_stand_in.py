"""The Bedrock stand-in, scenario by scenario, as boto3 sees it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.eventstream import ChecksumMismatch
from botocore.exceptions import ClientError, EventStreamError, ResponseStreamingError
from urllib3.exceptions import ProtocolError

from localaws import LocalAws
from localaws.bedrock.answer import TEXT
from localaws.bedrock.scenarios import SCENARIOS
from support.clients import aws_client
from support.stand_in import ask, text_of

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "local-aws.md"


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    with LocalAws() as aws:
        yield aws.environment()


@pytest.fixture(scope="module")
def client(environment: dict[str, str]) -> Any:
    return aws_client(environment, "bedrock-runtime")


def test_an_answer(client: Any) -> None:
    """Start, pieces, stop, usage: in this order and complete."""
    events = list(ask(client, text="hi [pace_ms=0]"))
    assert [next(iter(event)) for event in events[:1] + events[-3:]] == [
        "messageStart",
        "contentBlockStop",
        "messageStop",
        "metadata",
    ]
    assert text_of(events) == TEXT
    usage = events[-1]["metadata"]["usage"]
    assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"]
    assert events[-2]["messageStop"]["stopReason"] == "end_turn"


def test_the_limit_is_kept(client: Any) -> None:
    """With fewer tokens than the answer has, the stop reason says so."""
    events = list(ask(client, inferenceConfig={"maxTokens": 3}))
    assert events[-2]["messageStop"]["stopReason"] == "max_tokens"
    assert events[-1]["metadata"]["usage"]["outputTokens"] == 3


@pytest.mark.parametrize(
    ("sequences", "limit", "text", "stop_reason"),
    [
        ([" wait"], 100, "A streamed answer does not", "stop_sequence"),
        (["finished", "ot wai"], 100, "A streamed answer does n", "stop_sequence"),  # spans two tokens
        (["A stream"], 100, "", "stop_sequence"),
        (["ot"], 5, "A streamed answer does n", "stop_sequence"),  # in the last token
        (["no such text"], 4, "A streamed answer does", "max_tokens"),
        ([" wait"], 5, "A streamed answer does not", "max_tokens"),  # it would have come next
        ([], 2, "A streamed", "max_tokens"),
    ],
)
def test_stop_sequences(client: Any, sequences: list[str], limit: int, text: str, stop_reason: str) -> None:
    """The answer ends before the first one in it, wherever the tokens are cut."""
    config = {"stopSequences": sequences, "maxTokens": limit}
    events = list(ask(client, text="[tokens=20 pace_ms=0]", inferenceConfig=config))
    assert (text_of(events), events[-2]["messageStop"]["stopReason"]) == (text, stop_reason)
    assert events[-1]["metadata"]["usage"]["outputTokens"] == sum("contentBlockDelta" in event for event in events)


def test_stamps_are_not_cut(client: Any) -> None:
    """They are measurements, not text."""
    events = list(ask(client, text="[tokens=3 pace_ms=0 stamp=1]", inferenceConfig={"stopSequences": [" ", "A"]}))
    assert len(text_of(events).split()) == 3


def test_the_pace_is_kept(client: Any) -> None:
    """After the first token's delay, one token at a time."""
    started = time.perf_counter()
    arrivals = [time.perf_counter() - started for event in ask(client, text="[tokens=5 pace_ms=30]") if event]
    assert arrivals[1] > 0.09
    assert 0.21 < arrivals[5] < 1.5  # each has its time from the request on: a late first one delays no other


def test_stamps_are_the_time_of_sending(client: Any) -> None:
    """In nanoseconds, for benchmarks."""
    before = time.time_ns()
    stamps = [int(stamp) for stamp in text_of(list(ask(client, text="[tokens=3 pace_ms=1 stamp=1]"))).split()]
    assert len(stamps) == 3
    assert before < stamps[0] < stamps[-1] < time.time_ns()


@pytest.mark.parametrize(
    ("model", "code", "status"),
    [
        ("stand-in.throttled", "ThrottlingException", 429),
        ("stand-in.denied", "AccessDeniedException", 403),
        ("stand-in.invalid", "ValidationException", 400),
        ("stand-in.unavailable", "ServiceUnavailableException", 503),
        ("stand-in.not-found", "ResourceNotFoundException", 404),
        ("stand-in.internal", "InternalServerException", 500),
        ("stand-in.model-timeout", "ModelTimeoutException", 408),
        ("stand-in.model-error", "ModelErrorException", 424),
        ("stand-in.not-ready", "ModelNotReadyException", 429),
        ("arn:aws:bedrock:us-east-1::foundation-model/stand-in.throttled", "ThrottlingException", 429),
    ],
)
def test_refusals(client: Any, model: str, code: str, status: int) -> None:
    """Real status codes, by id or by ARN."""
    with pytest.raises(ClientError) as caught:
        list(ask(client, model))
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


@pytest.mark.parametrize(
    ("model", "code", "events_before"),
    [
        ("stand-in.fails-mid-stream", "modelStreamErrorException", 11),
        ("stand-in.throttled-mid-stream", "throttlingException", 11),
        ("stand-in.internal-mid-stream", "internalServerException", 11),
        ("stand-in.invalid-mid-stream", "validationException", 11),
        ("stand-in.unavailable-mid-stream", "serviceUnavailableException", 11),
        ("stand-in.fails-first-frame", "modelStreamErrorException", 0),
    ],
)
def test_errors_in_the_stream(client: Any, model: str, code: str, events_before: int) -> None:
    """The HTTP status is 200; the error is a frame."""
    events: list[dict[str, Any]] = []
    with pytest.raises(EventStreamError) as caught:
        events.extend(ask(client, model))  # list.extend keeps what came before the error
    assert caught.value.response["Error"]["Code"] == code
    assert len(events) == events_before


def test_a_truncated_stream(client: Any) -> None:
    """The connection breaks inside the body."""
    with pytest.raises((ProtocolError, ResponseStreamingError)):
        list(ask(client, "stand-in.truncated"))


def test_a_silent_end(client: Any) -> None:
    """A proper end of the body, and no messageStop."""
    events = list(ask(client, "stand-in.ends-silently"))
    assert not any("messageStop" in event or "metadata" in event for event in events)


def timed(events: Iterator[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[float]]:
    """Returns events and when each came, in seconds after the first."""
    seen = [(event, time.perf_counter()) for event in events]
    return [event for event, _ in seen], [at - seen[0][1] for _, at in seen]


def test_a_slow_first_token(client: Any) -> None:
    """Then all goes on as ever; no directive makes it quick."""
    events, times = timed(ask(client, "stand-in.slow-first-token", "[tokens=30 pace_ms=0]"))
    assert 2.3 < times[1] < 3.5
    assert times[-1] - times[1] < 1
    assert len(events) == 34
    assert events[-2]["messageStop"]["stopReason"] == "end_turn"


def test_an_idle_gap(client: Any) -> None:
    """Between two times five tokens."""
    events, times = timed(ask(client, "stand-in.idle-gap"))
    assert times[5] < 1
    assert 2.4 < times[6] - times[5] < 3.5
    assert text_of(events) == "A streamed answer does not wait to be finished."
    assert events[-1]["metadata"]["usage"]["outputTokens"] == 10


def test_a_malformed_frame(client: Any) -> None:
    """After five tokens."""
    events: list[dict[str, Any]] = []
    with pytest.raises(ChecksumMismatch):
        events.extend(ask(client, "stand-in.malformed"))
    assert text_of(events) == "A streamed answer does not"


def test_a_reset(client: Any) -> None:
    """After five tokens; it is not a mere end of the connection."""
    events: list[dict[str, Any]] = []
    with pytest.raises((ProtocolError, ResponseStreamingError), match=r"ConnectionResetError|reset by peer"):
        events.extend(ask(client, "stand-in.reset"))
    assert text_of(events) == "A streamed answer does not"


def test_signatures_count(environment: dict[str, str]) -> None:
    """A wrong secret is refused as AWS refuses it."""
    client = aws_client({**environment, "AWS_SECRET_ACCESS_KEY": "wrong"}, "bedrock-runtime")
    with pytest.raises(ClientError) as caught:
        list(ask(client))
    assert caught.value.response["Error"]["Code"] == "InvalidSignatureException"


def test_validation(client: Any) -> None:
    """A bad conversation is a ValidationException."""
    with pytest.raises(ClientError, match="start with a user message"):
        client.converse_stream(modelId="any", messages=[{"role": "assistant", "content": [{"text": "x"}]}])


def test_other_operations_are_unknown(client: Any) -> None:
    """Converse itself is not there."""
    with pytest.raises(ClientError, match="ConverseStream only"):
        client.converse(modelId="any", messages=[{"role": "user", "content": [{"text": "x"}]}])


def test_the_documentation_lists_every_scenario() -> None:
    """And no other."""
    documented = re.findall(r"^\| `(stand-in\.[\w-]+)` \|", DOCUMENTATION.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(documented) == sorted(SCENARIOS)
