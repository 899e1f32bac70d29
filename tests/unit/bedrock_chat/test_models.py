"""Bedrock through boto3: what every answer and every failure becomes, over a real socket."""

import json
from collections.abc import Callable, Iterator

import pytest

from bedrock_chat import boto3_model
from bedrock_chat.boto3_model import Boto3Model
from bedrock_chat.conversation import ChatRequest, Message
from bedrock_chat.errors import (
    ModelAccessDenied,
    ModelError,
    ModelFailed,
    ModelNotFound,
    ModelRejectedRequest,
    ModelThrottled,
    ModelTimeout,
    ModelUnavailable,
    StreamTruncated,
)
from bedrock_chat.events import BlockEnd, Event, Finish, Start, TextDelta, Usage
from support.bedrock import METADATA, START, STOP, TOKEN, Script, ScriptedBedrock, fault

REQUEST = ChatRequest("model-a", (Message.of_text("user", "Hello"),), 7, temperature=0.0, top_p=0.0)
WHOLE = [START, TOKEN, STOP, METADATA]
ANSWER = [Start("model-a"), TextDelta("Hi"), BlockEnd(), Usage(1, 1, 2), Finish("end_turn")]
Serve = Callable[..., ScriptedBedrock]


@pytest.fixture
def bedrock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Starts a scripted Bedrock and points boto3 at it."""
    servers: list[ScriptedBedrock] = []

    def start(*scripts: Script) -> ScriptedBedrock:
        servers.append(ScriptedBedrock(*scripts))
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", servers[-1].url)
        return servers[-1]

    for name, value in {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "us-east-1",
                        "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    yield start
    for server in servers:
        server.stop()


def ask(system_prompt: str | None = None) -> tuple[list[Event], ModelError | None]:
    """The events that came, and the error that ended them."""
    events: list[Event] = []
    try:
        events.extend(Boto3Model(system_prompt).ask(REQUEST))
    except ModelError as error:
        return events, error
    return events, None


def test_an_answer_becomes_events(bedrock: Serve) -> None:
    """And the request holds what was asked, zeros too, with the operator's prompt."""
    server = bedrock(Script(frames=WHOLE))
    assert ask("Be brief.") == (ANSWER, None)
    (request,) = server.requests
    assert request["messages"] == [{"role": "user", "content": [{"text": "Hello"}]}]
    assert request["inferenceConfig"] == {"maxTokens": 7, "temperature": 0.0, "topP": 0.0}
    assert request["system"] == [{"text": "Be brief."}]


def refusal(status: int, code: str, message: str = "said so") -> Script:
    return Script(status, {"x-amzn-ErrorType": code}, json.dumps({"message": message}).encode())


REFUSALS: dict[str, tuple[Script, type[ModelError]]] = {
    "throttled": (refusal(429, "ThrottlingException"), ModelThrottled),
    "quota": (refusal(400, "ServiceQuotaExceededException"), ModelThrottled),
    "denied": (refusal(403, "AccessDeniedException"), ModelAccessDenied),
    "invalid": (refusal(400, "ValidationException"), ModelRejectedRequest),
    "not found": (refusal(404, "ResourceNotFoundException"), ModelNotFound),
    "not ready": (refusal(429, "ModelNotReadyException"), ModelUnavailable),
    "unavailable": (refusal(503, "ServiceUnavailableException"), ModelUnavailable),
    "timeout": (refusal(408, "ModelTimeoutException"), ModelTimeout),
    "internal": (refusal(500, "InternalServerException"), ModelFailed),
    "an unknown code with a known status": (refusal(429, "TooManyRequestsException"), ModelThrottled),
    "a proxy's page": (Script(503, {"Content-Type": "text/html"}, b"<html>busy</html>"), ModelUnavailable),
    "a gateway's timeout": (Script(504), ModelTimeout),
    "an empty 429": (Script(429), ModelThrottled),
    "a code that is a number": (Script(500, {}, b'{"code": 42, "message": null}'), ModelFailed),
}


@pytest.mark.parametrize(("script", "kind"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_the_error_that_it_means(bedrock: Serve, script: Script, kind: type[ModelError]) -> None:
    """Before any event; by its code, or by its status where the code says nothing."""
    bedrock(script)
    events, error = ask()
    assert (events, type(error)) == ([], kind)
    assert error is not None
    assert error.message.strip(": ")


def test_a_denial_names_causes_and_no_account(bedrock: Serve) -> None:
    """AWS's own words, with the role's ARN, are the error's cause, for the log."""
    bedrock(refusal(403, "AccessDeniedException", "User: arn:aws:sts::123456789012:assumed-role/x is not authorized"))
    _, error = ask()
    assert error is not None
    assert "Marketplace" in error.message
    assert "123456789012" not in error.message
    assert "123456789012" in str(error.__cause__)


def test_a_passing_fault_is_tried_again(bedrock: Serve) -> None:
    """Once, before the stream."""
    server = bedrock(refusal(503, "ServiceUnavailableException"), Script(frames=WHOLE))
    assert ask() == (ANSWER, None)
    assert len(server.requests) == 2


BREAKS: dict[str, tuple[Script, type[ModelError]]] = {
    "fails": (Script(frames=[START, TOKEN, fault("modelStreamErrorException")]), ModelFailed),
    "throttled": (Script(frames=[START, TOKEN, fault("throttlingException")]), ModelThrottled),
    "invalid": (Script(frames=[START, TOKEN, fault("validationException")]), ModelRejectedRequest),
    "unavailable": (Script(frames=[START, TOKEN, fault("serviceUnavailableException")]), ModelUnavailable),
    "an unknown exception": (Script(frames=[START, TOKEN, fault("somethingNew", None)]), ModelFailed),
    "silent end": (Script(frames=[START, TOKEN]), StreamTruncated),
    "cut": (Script(frames=[START, TOKEN], ends=False), StreamTruncated),
    "reset": (Script(frames=[START, TOKEN], ends=False, resets=True), StreamTruncated),
    "a wrong checksum": (Script(frames=[START, TOKEN, TOKEN[:-1] + b"\0"]), ModelFailed),
    "garbage": (Script(frames=[START, TOKEN, b"\0" * 64]), ModelFailed),
}  # fmt: skip


@pytest.mark.parametrize(("script", "kind"), BREAKS.values(), ids=BREAKS)
def test_a_broken_stream_is_the_error_that_it_means(bedrock: Serve, script: Script, kind: type[ModelError]) -> None:
    """After the events that came."""
    bedrock(script)
    events, error = ask()
    assert (events, type(error)) == (ANSWER[:2], kind)
    assert error is not None
    assert error.message.strip(": ")


@pytest.mark.parametrize("script", [Script(frames=WHOLE, ends=False), Script(frames=WHOLE, ends=False, resets=True)])
def test_what_happens_after_the_end_is_no_error(bedrock: Serve, script: Script) -> None:
    """The answer is whole: its client must not hear of an error after `done`."""
    bedrock(script)
    assert ask() == (ANSWER, None)


def test_a_silent_model_is_a_timeout(bedrock: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of an answer too."""
    monkeypatch.setattr(boto3_model, "READ_TIMEOUT_S", 1)
    bedrock(Script(frames=[START, TOKEN], ends=False, holds=True))
    events, error = ask()
    assert (events, type(error)) == (ANSWER[:2], ModelTimeout)


def test_without_an_endpoint_the_model_has_failed(bedrock: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says that Bedrock could not be called."""
    bedrock(Script(frames=WHOLE))
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://127.0.0.1:1")
    events, error = ask()
    assert (events, type(error)) == ([], ModelFailed)
    assert "could not be called" in str(error)
