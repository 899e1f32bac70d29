"""Bedrock through boto3 and through our own client: what every answer and every failure becomes, over a real socket."""

import json
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from types import FrameType
from typing import TYPE_CHECKING, Any

import pytest

from bedrock_chat import boto3_model
from bedrock_chat.bedrock_calls import no_prompt
from bedrock_chat.boto3_model import Boto3Model
from bedrock_chat.conversation import (
    AnyTool,
    ChatRequest,
    Document,
    Image,
    JsonSchema,
    Message,
    Part,
    Reasoning,
    Text,
    Tool,
    ToolResult,
    ToolUse,
)
from bedrock_chat.converse_request import NO_PARAMETERS
from bedrock_chat.errors import (
    ModelAccessDenied,
    ModelError,
    ModelFailed,
    ModelNotFound,
    ModelRejectedRequest,
    ModelThrottled,
    ModelTimeout,
    ModelUnavailable,
    PromptUnavailable,
    StreamTruncated,
)
from bedrock_chat.events import BlockEnd, Event, Finish, Start, TextDelta, Usage
from bedrock_chat.model import Model
from bedrock_chat.native import model as native_model
from bedrock_chat.native.model import NativeModel
from lambda_stream import DeadlineExceeded
from support.bedrock import METADATA, START, STOP, TOKEN, Script, ScriptedBedrock, fault
from support.exact import exact

if TYPE_CHECKING:
    from bedrock_chat.model import Prompt

REQUEST = ChatRequest("model-a", (Message.of_text("user", "Hello"),), 7, temperature=0.0, top_p=0.0)
WHOLE = [START, TOKEN, STOP, METADATA]
ANSWER = [Start("model-a"), TextDelta("Hi"), BlockEnd(), Usage(1, 1, 2), Finish("end_turn")]
Serve = Callable[..., ScriptedBedrock]
Ask = Callable[..., tuple[list[Event], BaseException | None]]
MODELS = {"boto3": Boto3Model, "native": NativeModel}


@pytest.fixture
def bedrock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Starts a scripted Bedrock and points the models at it."""
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


def answered(
    kind: type[Boto3Model] | type[NativeModel],
    request: ChatRequest = REQUEST,
    prompt: "Prompt" = no_prompt,
    call_parameters: Mapping[str, Any] = NO_PARAMETERS,
) -> tuple[list[Event], BaseException | None]:
    """The events that came, and the error that ended them."""
    events: list[Event] = []
    with ExitStack() as stack:
        model: Model = Boto3Model(prompt, call_parameters)
        if kind is NativeModel:
            model = stack.enter_context(closing(NativeModel(prompt, call_parameters, sleep=lambda _: None)))
        try:
            for batch in model.ask(request):
                events.extend(batch)
        except (ModelError, DeadlineExceeded) as error:
            return events, error
    return events, None


@pytest.fixture(params=MODELS)
def ask(request: pytest.FixtureRequest) -> Ask:
    """Asks through each of the two."""
    return lambda **arguments: answered(MODELS[request.param], **arguments)


def test_an_answer_becomes_events(bedrock: Serve, ask: Ask) -> None:
    """And the request holds what was asked, zeros too, with the operator's prompt."""
    server = bedrock(Script(frames=WHOLE))
    assert exact(ask(prompt=lambda: "Be brief.")) == exact((ANSWER, None))
    (request,) = server.requests
    assert request["messages"] == [{"role": "user", "content": [{"text": "Hello"}]}]
    assert request["inferenceConfig"] == {"maxTokens": 7, "temperature": 0.0, "topP": 0.0}
    assert request["system"] == [{"text": "Be brief."}]


@pytest.mark.parametrize("kind", MODELS.values(), ids=MODELS)
def test_each_request_has_the_prompt_of_its_moment(bedrock: Serve, kind: type[Boto3Model] | type[NativeModel]) -> None:
    """The same client asks with another one as soon as there is another."""
    server, prompts = bedrock(Script(frames=WHOLE), Script(frames=WHOLE)), iter(["one", "two"])
    model = kind(lambda: next(prompts))
    for _ in range(2):
        list(model.ask(REQUEST))
    assert [request["system"] for request in server.requests] == [[{"text": "one"}], [{"text": "two"}]]


def test_without_its_prompt_the_model_is_not_asked(bedrock: Serve, ask: Ask) -> None:
    """What the prompt's store raises is no failure of the model."""
    server = bedrock(Script(frames=WHOLE))

    def unavailable() -> str | None:
        raise PromptUnavailable("the server can't read its system prompt")

    with pytest.raises(PromptUnavailable):
        ask(prompt=unavailable)
    assert server.requests == []


def test_the_operators_parameters_reach_bedrock(bedrock: Serve, ask: Ask) -> None:
    """And the points at which it caches the prompt."""
    server = bedrock(Script(frames=WHOLE))
    guardrail = {"guardrailIdentifier": "abc123", "guardrailVersion": "1", "trace": "disabled"}
    request = REQUEST._replace(cache_points=("system", "messages"), cache_ttl="1h")
    operators = {"guardrailConfig": guardrail, "serviceTier": {"type": "flex"}}
    assert exact(ask(request=request, prompt=lambda: "Be brief.", call_parameters=operators)) == exact((ANSWER, None))
    (received,) = server.requests
    point = {"cachePoint": {"type": "default", "ttl": "1h"}}
    assert received["guardrailConfig"] == guardrail
    assert received["serviceTier"] == {"type": "flex"}
    assert received["system"] == [{"text": "Be brief."}, point]
    assert received["messages"] == [{"role": "user", "content": [{"text": "Hello"}, point]}]


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
def test_a_refusal_is_the_error_that_it_means(bedrock: Serve, ask: Ask, script: Script, kind: type[ModelError]) -> None:
    """Before any event; by its code, or by its status where the code says nothing."""
    bedrock(script)
    events, error = ask()
    assert (events, type(error)) == ([], kind)
    assert isinstance(error, ModelError)
    assert error.message.strip(": ")


def test_a_denial_names_causes_and_no_account(bedrock: Serve, ask: Ask) -> None:
    """AWS's own words, with the role's ARN, are the error's cause, for the log."""
    bedrock(refusal(403, "AccessDeniedException", "User: arn:aws:sts::123456789012:assumed-role/x is not authorized"))
    _, error = ask()
    assert isinstance(error, ModelError)
    assert "Marketplace" in error.message
    assert "123456789012" not in error.message
    assert "123456789012" in str(error.__cause__)


def test_a_passing_fault_is_tried_again(bedrock: Serve, ask: Ask) -> None:
    """Once, before the stream."""
    server = bedrock(refusal(503, "ServiceUnavailableException"), Script(frames=WHOLE))
    assert exact(ask()) == exact((ANSWER, None))
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
def test_a_broken_stream_is_the_error_that_it_means(
    bedrock: Serve, ask: Ask, script: Script, kind: type[ModelError]
) -> None:
    """After the events that came."""
    bedrock(script)
    events, error = ask()
    assert exact((events, type(error))) == exact((ANSWER[:2], kind))
    assert isinstance(error, ModelError)
    assert error.message.strip(": ")


@pytest.mark.parametrize("script", [Script(frames=WHOLE, ends=False), Script(frames=WHOLE, ends=False, resets=True)])
def test_what_happens_after_the_end_is_no_error(bedrock: Serve, ask: Ask, script: Script) -> None:
    """The answer is whole: its client must not hear of an error after `done`."""
    bedrock(script)
    assert exact(ask()) == exact((ANSWER, None))


def test_a_silent_model_is_a_timeout(bedrock: Serve, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of an answer too."""
    monkeypatch.setattr(boto3_model, "READ_TIMEOUT_S", 1)
    monkeypatch.setattr(native_model, "READ_TIMEOUT_S", 1)
    bedrock(Script(frames=[START, TOKEN], ends=False, holds=True))
    events, error = ask()
    assert exact((events, type(error))) == exact((ANSWER[:2], ModelTimeout))


def test_without_an_endpoint_the_model_has_failed(bedrock: Serve, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says that Bedrock could not be called."""
    bedrock(Script(frames=WHOLE))
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://127.0.0.1:1")
    events, error = ask()
    assert (events, type(error)) == ([], ModelFailed)
    assert "could not be called" in str(error)


CONVERSATION: list[tuple[str, tuple[Part, ...]]] = [
    ("user", (Text("Grüße 🙂"), Image("png", bytes(range(256))), Document("pdf", "name", b"%PDF"))),
    ("assistant", (Reasoning("hm", "sig"), Reasoning("hm", None), ToolUse("t1", "look", {"at": [1, 2.5, None, "ü"]}))),
    ("user", (ToolResult("t1", (Text("found"), Image("gif", b"")), failed=True),)),
]


def test_both_ask_the_same(bedrock: Serve) -> None:
    """Every kind of content, tools, formats, and what a model takes besides."""
    request = ChatRequest(
        "arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/a b",
        tuple(Message(role, parts) for role, parts in CONVERSATION),
        100,
        stop=("end",),
        tools=(Tool("look", "looks", {"type": "object"}, strict=True), Tool("plain", None, {})),
        tool_choice=AnyTool(),
        json_schema=JsonSchema("form", {"type": "object"}, "a form"),
        additional_fields={"top_k": 7, "deep": {"list": [True]}},
        system="Be kind.",
        user="someone",
    )
    server = bedrock(Script(frames=WHOLE))
    answers = [answered(kind, request, lambda: "Be brief.") for kind in MODELS.values()]
    assert answers[0][1] is None
    assert answers[0] == answers[1]
    assert server.requests[0] == server.requests[1]


SAME_WORDS = [*(REFUSALS[name][0] for name in ("throttled", "quota", "denied", "invalid", "internal")),
              *(BREAKS[name][0] for name in ("fails", "throttled", "invalid", "silent end"))]  # fmt: skip


@pytest.mark.parametrize("script", SAME_WORDS)
def test_both_say_the_same_of_a_failure(bedrock: Serve, script: Script) -> None:
    """Where it is Bedrock that says it."""
    bedrock(script)
    (_, first), (_, second) = (answered(kind) for kind in MODELS.values())
    assert str(first) == str(second)


def taken(batches: Iterator[list[Event]], count: int) -> list[Event]:
    """As many events as are wanted, in however many batches they come."""
    events: list[Event] = []
    while len(events) < count:
        events += next(batches)
    return events


def end_the_handler(_number: int, _frame: FrameType | None) -> None:
    raise DeadlineExceeded("the time is up")


@pytest.fixture
def alarm() -> Iterator[Callable[[], object]]:
    """Raises DeadlineExceeded wherever the test is a moment after the call, as the runtime does."""
    previous = signal.signal(signal.SIGALRM, end_the_handler)
    yield lambda: signal.setitimer(signal.ITIMER_REAL, 0.1)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, previous)


@pytest.mark.parametrize("kind", MODELS.values(), ids=MODELS)
def test_the_end_of_the_time_is_no_fault_of_the_model(
    bedrock: Serve, kind: type[Boto3Model] | type[NativeModel], alarm: Callable[[], object]
) -> None:
    """It is raised as it is."""
    bedrock(Script(frames=WHOLE[:2], ends=False, holds=True))
    batches = kind().ask(REQUEST)
    assert taken(batches, 2) == ANSWER[:2]
    alarm()
    with pytest.raises(DeadlineExceeded):
        next(batches)


@pytest.mark.parametrize("kind", MODELS.values(), ids=MODELS)
def test_a_whole_answer_needs_no_more_time(
    bedrock: Serve, kind: type[Boto3Model] | type[NativeModel], alarm: Callable[[], object]
) -> None:
    """Though the connection has not ended yet."""
    bedrock(Script(frames=WHOLE, ends=False, holds=True))
    batches = kind().ask(REQUEST)
    assert taken(batches, len(ANSWER)) == ANSWER
    alarm()
    assert list(batches) == []
