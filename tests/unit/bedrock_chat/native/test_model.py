"""Our own client of Bedrock, from the environment to the events; test_models.py compares it with boto3's."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bedrock_chat import native
from bedrock_chat.conversation import ChatRequest, Message
from bedrock_chat.errors import (
    ModelAccessDenied,
    ModelError,
    ModelFailed,
    ModelThrottled,
    ModelTimeout,
    StreamTruncated,
)
from bedrock_chat.events import BlockEnd, Event, Finish, Start, TextDelta, Usage
from bedrock_chat.native import model as native_model
from bedrock_chat.native.errors import WrongEnvironment
from bedrock_chat.native.model import NativeModel
from localaws.bedrock.event_stream import event, exception, frame
from localaws.sigv4 import Credentials, ReceivedRequest, Scope, verify
from support.application import events_of
from support.bedrock import METADATA, START, STOP, TOKEN
from support.scripted_peer import CLOSE, HOLD, ScriptedPeer, Turn

ARN = "arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/a1b2"
REQUEST = ChatRequest(ARN, (Message.of_text("user", "Hello"),), 7)
ANSWER: list[Event] = [Start(ARN), TextDelta("Hi"), BlockEnd(), Usage(1, 1, 2), Finish("end_turn")]
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.amazon.eventstream\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"
Connect = Callable[..., tuple[ScriptedPeer, NativeModel]]


def chunk(*frames: bytes) -> bytes:
    data = b"".join(frames)
    return b"%x\r\n%b\r\n" % (len(data), data)


def refusal(status: int, body: bytes, *headers: bytes) -> bytes:
    lines = [b"HTTP/1.1 %d X" % status, *headers, b"Content-Length: %d" % len(body), b"", body]
    return b"\r\n".join(lines)


WHOLE = STREAM + chunk(START, TOKEN, STOP, METADATA) + END


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A function's, with nothing of this machine's."""
    for name in ("AWS_REGION", "AWS_PROFILE", "AWS_CA_BUNDLE", "_X_AMZN_TRACE_ID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "session",
                        "AWS_DEFAULT_REGION": "eu-central-1"}.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture
def connect(environment: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Starts a scripted Bedrock, and a model that asks it; `slept_s` gets the waits between attempts."""
    peers: list[ScriptedPeer] = []
    models: list[NativeModel] = []

    def start(
        *connections: list[Turn], path: str = "", slept_s: list[float] | None = None
    ) -> tuple[ScriptedPeer, NativeModel]:
        peers.append(ScriptedPeer(*connections))
        environment.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", f"http://127.0.0.1:{peers[-1].port}{path}")
        models.append(NativeModel(sleep=([] if slept_s is None else slept_s).append))
        return peers[-1], models[-1]

    yield start
    for model in models:
        model.close()
    for peer in peers:
        peer.stop()


def received(request: bytes) -> ReceivedRequest:
    head, _, body = request.partition(b"\r\n\r\n")
    line, *lines = head.decode().split("\r\n")
    headers = [(name.lower(), value) for name, _, value in (each.partition(": ") for each in lines)]
    method, target, _ = line.split(" ")
    return ReceivedRequest(method, target, headers, body)


@pytest.mark.parametrize("path", ["", "/a/proxys%20path/"])
def test_a_request_is_signed_for_bedrock(connect: Connect, path: str) -> None:
    """For an ARN as the model's id too, and below a path; the local AWS verifies it."""
    peer, model = connect([Turn([WHOLE])], path=path)
    assert events_of(model.ask(REQUEST)) == ANSWER
    request = received(peer.requests[0][1])
    known = Credentials("AKID", "secret", "session", "arn", "id")
    assert verify(request, Scope("eu-central-1", "bedrock"), {"AKID": known}.get, datetime.now(UTC)) is known
    encoded = ARN.replace(":", "%3A").replace("/", "%2F")
    assert request.target == f"{path.rstrip('/')}/model/{encoded}/converse-stream"
    assert request.header("host") == f"127.0.0.1:{peer.port}"
    assert request.header("content-type") == "application/json"
    assert request.header("accept-encoding") == "identity"


def test_one_connection_serves_many_questions(connect: Connect) -> None:
    """It is read to its end, past the Finish."""
    peer, model = connect([Turn([STREAM + chunk(START, TOKEN, STOP, METADATA), END]), Turn([WHOLE])])
    assert [events_of(model.ask(REQUEST)) for _ in range(2)] == [ANSWER, ANSWER]
    assert peer.accepted == 1


def test_events_that_arrive_together_come_together(connect: Connect) -> None:
    """However the frames lie in chunks; so that they can leave together too."""
    _, model = connect(
        [Turn([STREAM + chunk(START) + chunk(TOKEN, TOKEN) + chunk(STOP[:5]) + chunk(STOP[5:], METADATA) + END])]
    )
    assert list(model.ask(REQUEST)) == [[ANSWER[0], ANSWER[1], ANSWER[1], *ANSWER[2:]]]


def test_events_come_as_soon_as_they_are_there(connect: Connect) -> None:
    """And no list of them is empty."""
    _, model = connect([Turn([STREAM + chunk(START, TOKEN[:20])], HOLD)])
    batches = model.ask(REQUEST)
    assert next(batches) == ANSWER[:1]
    batches.close()


def test_a_read_without_an_event_is_no_batch(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """Part of a frame, or an event of a kind that this version doesn't know."""
    monkeypatch.setattr(native_model, "READ_TIMEOUT_S", 0.2)
    _, model = connect([Turn([STREAM + chunk(event("somethingNew", {}), START[:20])], HOLD)])
    with pytest.raises(ModelTimeout, match="did not answer in time"):
        next(model.ask(REQUEST))


def test_a_client_that_hangs_up_reaches_bedrock(connect: Connect) -> None:
    """The model need not write on for nobody."""
    peer, model = connect([Turn([STREAM + chunk(START, TOKEN)])])
    events = model.ask(REQUEST)
    next(events)
    events.close()
    assert peer.hung_up.acquire(timeout=5)


def oddity(payload: bytes) -> bytes:
    return frame({":message-type": "event", ":event-type": "metadata"}, payload)


FAULTS: dict[str, tuple[bytes, type[ModelError], str]] = {
    "an exception": (exception("throttlingException", {"message": "no"}), ModelThrottled, "^throttlingException: no$"),
    "an error": (
        frame({":message-type": "error", ":error-code": "A", ":error-message": "b"}, b""), ModelFailed, "^A: b$",
    ),
    "an exception that is no JSON": (
        frame({":message-type": "exception", ":exception-type": "new"}, b"words"), ModelFailed, "^new: words$",
    ),
    "no JSON": (oddity(b"{"), ModelFailed, "can't be read: JSONDecodeError"),
    "not UTF-8": (oddity(b'"\xff"'), ModelFailed, "can't be read: UnicodeDecodeError"),
    "two values": (oddity(b"{}{}"), ModelFailed, "Extra data"),
    "a member is missing": (event("messageStop", {}), ModelFailed, "can't be read: KeyError: 'stopReason'"),
    "a wrong checksum": (TOKEN[:-1] + b"\0", ModelFailed, "can't be read: ChecksumMismatch: a frame"),
}  # fmt: skip


@pytest.mark.parametrize(("fault", "kind", "said"), FAULTS.values(), ids=FAULTS)
def test_what_came_before_a_fault_in_the_same_read_is_not_lost(
    connect: Connect, fault: bytes, kind: type[ModelError], said: str
) -> None:
    """It is written to the client before the failure is told."""
    _, model = connect([Turn([STREAM + chunk(START, TOKEN, fault, TOKEN) + END])])
    batches = model.ask(REQUEST)
    assert next(batches) == ANSWER[:2]
    with pytest.raises(kind, match=said):
        next(batches)


@pytest.mark.parametrize("after", [exception("throttlingException", {}), b"\0" * 32, event("messageStop", {})])
def test_faults_after_the_end_are_none(connect: Connect, after: bytes) -> None:
    """The answer is whole."""
    _, model = connect([Turn([STREAM + chunk(START, TOKEN, STOP, METADATA, after) + END])])
    assert events_of(model.ask(REQUEST)) == ANSWER


@pytest.mark.parametrize(
    ("tail", "said"),
    [
        (b"", "in the middle of the response"),
        (END, "no messageStop and metadata"),
        (chunk(TOKEN[:9]) + END, "after 9 bytes of a frame"),
        (b"zz\r\n", "not a chunk size"),
    ],
)
def test_a_stream_without_its_end_is_truncated(connect: Connect, tail: bytes, said: str) -> None:
    """Wherever it is cut: between frames, in a frame, in a chunk; by a wrong chunk too."""
    _, model = connect([Turn([STREAM + chunk(START, TOKEN) + tail], CLOSE)])
    events = model.ask(REQUEST)
    assert next(events) == ANSWER[:2]
    with pytest.raises(StreamTruncated, match=said):
        next(events)


def test_an_answer_of_a_stranger_is_no_stream(connect: Connect) -> None:
    """A proxy may serve its sign-in page with a 200."""
    _, model = connect([Turn([refusal(200, b"<html>", b"Content-Type: text/html")])])
    with pytest.raises(ModelFailed, match="what answers is not Bedrock: it sends the type 'text/html'"):
        next(model.ask(REQUEST))


SPACED = STREAM + chunk(
    START, frame({":message-type": "event", ":event-type": "messageStop"}, b' {"stopReason": "x"} ')
)


def test_json_with_spaces_around_it_is_json(connect: Connect) -> None:
    """Bedrock writes none, and may."""
    _, model = connect([Turn([SPACED + chunk(METADATA) + END])])
    assert events_of(model.ask(REQUEST)) == [Start(ARN), Usage(1, 1, 2), Finish("x")]


REFUSED: dict[str, tuple[bytes, type[ModelError], str]] = {
    "in the header": (
        refusal(400, b'{"message": "no"}', b"x-amzn-ErrorType: aws.bedrock#ThrottlingException:http://internal.amazon.com/"),
        ModelThrottled, "^ThrottlingException: no$",
    ),
    "in the body": (refusal(429, b'{"__type": "a.b#TooMany", "Message": "no"}'), ModelThrottled, "^TooMany: no$"),
    "a page": (refusal(501, b"<html>" + b"x" * 100_000), ModelFailed, "^<html>x{494}$"),
    "no object": (refusal(429, b"[1]"), ModelThrottled, r"without saying why \(HTTP status 429\)"),
    "not UTF-8": (refusal(501, b"\xff"), ModelFailed, "^\ufffd$"),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "kind", "said"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_is_found_wherever_it_is_written(
    connect: Connect, answer: bytes, kind: type[ModelError], said: str
) -> None:
    """In a header or in the body, in each form that AWS uses."""
    _, model = connect([Turn([answer], CLOSE)])
    with pytest.raises(kind, match=said):
        next(model.ask(REQUEST))


def test_a_refusal_that_is_too_long_is_not_read_to_its_end(connect: Connect) -> None:
    """Nor is its connection kept."""
    peer, model = connect([Turn([refusal(501, b"x" * 10_000_000)[:-1]])])
    with pytest.raises(ModelFailed) as caught:
        next(model.ask(REQUEST))
    assert peer.hung_up.acquire(timeout=5)
    assert caught.value.message == "x" * 500


def test_a_passing_refusal_is_tried_again_on_the_same_connection(connect: Connect) -> None:
    """Once, with a new signature, after as long as Bedrock says."""
    slept_s: list[float] = []
    busy = refusal(503, b"{}", b"x-amz-retry-after: 3000")
    peer, model = connect([Turn([busy]), Turn([WHOLE])], slept_s=slept_s)
    assert events_of(model.ask(REQUEST)) == ANSWER
    assert [number for number, _ in peer.requests] == [0, 0]
    assert slept_s == [pytest.approx(3, abs=0.06)]


def test_two_refusals_are_a_refusal(connect: Connect) -> None:
    """The second one is told."""
    slept_s: list[float] = []
    first, second = (refusal(503, b'{"message": "%b"}' % word) for word in (b"first", b"second"))
    peer, model = connect([Turn([first]), Turn([second]), Turn([WHOLE])], slept_s=slept_s)
    with pytest.raises(ModelError, match="second"):
        next(model.ask(REQUEST))
    assert (len(peer.requests), len(slept_s)) == (2, 1)


def test_a_lasting_refusal_is_told_at_once(connect: Connect) -> None:
    """With AWS's own words as its cause, for the log."""
    denied = refusal(
        403, b'{"message": "arn:aws:sts::123456789012:assumed-role/x"}', b"x-amzn-errortype: AccessDeniedException"
    )
    peer, model = connect([Turn([denied])])
    with pytest.raises(ModelAccessDenied, match="Marketplace") as caught:
        next(model.ask(REQUEST))
    assert "123456789012" in str(caught.value.__cause__)
    assert len(peer.requests) == 1


def test_a_connection_that_fails_is_tried_again(connect: Connect) -> None:
    """On a new one."""
    peer, model = connect([Turn([], CLOSE)], [Turn([WHOLE])])
    assert events_of(model.ask(REQUEST)) == ANSWER
    assert peer.accepted == 2


def test_nothing_is_tried_again_once_the_answer_has_begun(connect: Connect) -> None:
    """It would cost twice, and the client would read its beginning twice."""
    peer, model = connect([Turn([STREAM], CLOSE)])
    with pytest.raises(StreamTruncated):
        next(model.ask(REQUEST))
    assert len(peer.requests) == 1


def test_the_containers_credentials_sign(connect: Connect, environment: pytest.MonkeyPatch) -> None:
    """As under SnapStart; they are fetched once."""
    members = {"AccessKeyId": "OTHER", "SecretAccessKey": "s", "Token": "t", "Expiration": "2100-01-01T00:00:00Z"}
    container = ScriptedPeer([Turn([refusal(200, json.dumps(members).encode())])])
    peer, model = connect([Turn([WHOLE]), Turn([WHOLE])])
    environment.delenv("AWS_ACCESS_KEY_ID")
    environment.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://127.0.0.1:{container.port}")
    environment.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "let me in")
    assert [events_of(model.ask(REQUEST)) for _ in range(2)] == [ANSWER, ANSWER]
    (asked,) = [received(request) for _, request in container.requests]
    assert (asked.method, asked.target, asked.header("authorization")) == ("GET", "/", "let me in")
    known = Credentials("OTHER", "s", "t", "arn", "id")
    for _, request in peer.requests:
        verify(received(request), Scope("eu-central-1", "bedrock"), {"OTHER": known}.get, datetime.now(UTC))
    container.stop()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("AWS_ACCESS_KEY_ID", "", "there are no AWS credentials"),
        ("AWS_SECRET_ACCESS_KEY", "", "AWS_SECRET_ACCESS_KEY is not"),
        ("AWS_SESSION_TOKEN", "a\r\nb: c", "the credentials can't be used"),
    ],
)
def test_without_usable_credentials_bedrock_is_not_called(
    connect: Connect, environment: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    """The message says what is wrong."""
    peer, model = connect([Turn([WHOLE])])
    environment.setenv(name, value)
    with pytest.raises(ModelFailed, match=f"could not be called: .*{said}"):
        next(model.ask(REQUEST))
    assert not peer.requests


def test_the_trace_goes_on(connect: Connect, environment: pytest.MonkeyPatch) -> None:
    """As with boto3: it is not part of the signature, as proxies may add to it."""
    peer, model = connect([Turn([WHOLE])])
    environment.setenv("_X_AMZN_TRACE_ID", "Root=1-2;Parent=3;Sampled=1")
    assert events_of(model.ask(REQUEST)) == ANSWER
    request = received(peer.requests[0][1])
    assert request.header("x-amzn-trace-id") == "Root=1-2;Parent=3;Sampled=1"
    assert "trace" not in (request.header("authorization") or "")


@pytest.mark.parametrize(
    ("name", "value"),
    [("AWS_DEFAULT_REGION", ""), ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "nowhere"), ("AWS_CA_BUNDLE", "/nowhere")],
)
def test_a_wrong_environment_is_said_at_the_start(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Not when the first client waits; the message names the variable."""
    environment.setenv(name, value)
    with pytest.raises(WrongEnvironment, match=name):
        NativeModel()


def test_asking_over_plain_http_imports_nothing_dear(connect: Connect) -> None:
    """Neither boto3 nor what it stands on, and none of the standard library's large modules."""
    peer, _ = connect([Turn([WHOLE])])
    code = f"""
import sys
sys.path.insert(0, {str(Path(native.__file__).parents[2])!r})
from bedrock_chat.native.model import NativeModel
from bedrock_chat.conversation import ChatRequest, Message
list(NativeModel().ask(ChatRequest("m", (Message.of_text("user", "Hello"),), 7)))
dear = {{"ssl", "http.client", "email", "urllib", "urllib.request", "datetime", "logging", "dataclasses", "ipaddress",
         "hashlib", "hmac", "random", "base64", "encodings.idna", "boto3", "asyncio"}}
print(sorted(dear & set(sys.modules)))
"""
    command = [sys.executable, "-S", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == ("[]\n", "")
    assert len(peer.requests) == 1
