"""Chat completions, streamed and whole, read by the `openai` package."""

import base64
import json
from collections.abc import Generator, Iterator
from itertools import chain
from typing import Any

import httpx2
import openai
import pytest
from hypothesis import given
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from bedrock_chat.conversation import ChatRequest, JsonSchema, Message, OneTool, Tool
from bedrock_chat.errors import ModelFailed, OutOfOrder
from bedrock_chat.events import (
    BlockEnd,
    Citation,
    Event,
    Failed,
    Finish,
    ReasoningDelta,
    ReasoningSignature,
    Start,
    TextDelta,
    ToolDelta,
    ToolStart,
    Usage,
)
from bedrock_chat.openai.completion import completion
from bedrock_chat.openai.encoder import ChunkEncoder
from bedrock_chat.openai.json_by_tool import JsonByTool
from bedrock_chat.openai.one_call import OneCall
from support.answers import legal_answers, sample_of_answers
from support.application import ScriptedModel, events_of
from support.exact import exact
from support.node import run_script

END: list[Event] = [Usage(3, 2, 5), Finish("end_turn")]
# Reasoning, text and two calls, of which one takes no input: every kind of event that an answer has.
ANSWER: list[Event] = [
    Start("model-a"),
    ReasoningDelta("hm"),
    ReasoningSignature("c2ln"),
    BlockEnd(),
    TextDelta("Hé\u2028"),
    TextDelta("\n\n: x"),
    Citation("Sky", None, "blue"),
    BlockEnd(),
    ToolStart("t1", "weather"),
    ToolDelta('{"a'),
    ToolDelta('":1}'),
    BlockEnd(),
    ToolStart("t2", "clock"),
    BlockEnd(),
    Usage(3, 2, 5),
    Finish("tool_use"),
]
CHUNK = {"id": "chatcmpl-id-1", "object": "chat.completion.chunk", "created": 7, "model": "model-a"}
FAILED = Failed("throttled", "rate_limit_error", "slow down", 2)


def encoded(events: list[Event], *, include_usage: bool = False) -> bytes:
    encoder = ChunkEncoder("id-1", 7, include_usage=include_usage)
    return b"".join(map(encoder.encode, events))


def streamed(events: list[Event], *, include_usage: bool = True) -> bytes:
    """As bedrock_chat.answer writes it: a failure to encode is told in the stream."""
    encoder = ChunkEncoder("id-1", 7, include_usage=include_usage)
    written = []
    for event in events:
        try:
            written.append(encoder.encode(event))
        except ModelFailed as error:
            written.append(encoder.encode(Failed(error.code, error.type, error.message)))
    return b"".join(written)


def frames(data: bytes) -> list[Any]:
    *messages, last = data.split(b"\n\n")
    assert last == b""
    return [json.loads(message.removeprefix(b"data: ")) for message in messages if message != b"data: [DONE]"]


class Answering:
    """The `openai` client, behind a server that answers with `body`."""

    def __init__(self) -> None:
        self.body = b""
        transport = httpx2.MockTransport(self._answer)
        self._client = openai.OpenAI(
            api_key="none",
            base_url="http://127.0.0.1/v1",
            http_client=httpx2.Client(transport=transport),
            max_retries=0,
        )

    def _answer(self, _: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=self.body)

    def stream(self, body: bytes) -> Iterator[ChatCompletionChunk]:
        self.body = body
        yield from self._client.chat.completions.create(
            model="model-a", messages=[{"role": "user", "content": "Hello"}], stream=True
        )

    def gathered(self, body: bytes) -> ChatCompletion:
        """What the package itself makes of all chunks."""
        self.body = body
        with self._client.chat.completions.stream(
            model="model-a", messages=[{"role": "user", "content": "Hello"}], stream_options={"include_usage": True}
        ) as stream:
            return stream.get_final_completion()


@pytest.fixture(scope="module")
def client() -> Answering:
    return Answering()


def choice(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    return {**CHUNK, "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]}


def call(index: int, **fields: Any) -> dict[str, Any]:
    return choice({"tool_calls": [{"index": index, **fields}]})


def test_an_answer_is_chunks() -> None:
    """The role first; tools are counted by themselves, and one without input gets an empty one."""
    data = encoded(ANSWER)
    assert data.isascii()
    assert data.endswith(b"\n\ndata: [DONE]\n\n")
    assert frames(data) == [
        choice({"role": "assistant", "content": ""}),
        choice({"reasoning_content": "hm"}),
        choice({"content": "Hé\u2028"}),
        choice({"content": "\n\n: x"}),
        call(0, id="t1", type="function", function={"name": "weather", "arguments": ""}),
        call(0, function={"arguments": '{"a'}),
        call(0, function={"arguments": '":1}'}),
        call(1, id="t2", type="function", function={"name": "clock", "arguments": ""}),
        call(1, function={"arguments": "{}"}),
        choice({}, "tool_calls"),
    ]


def test_usage_comes_last_where_it_was_asked_for() -> None:
    """In a chunk of its own; all others say that they have none."""
    *chunks, last = frames(encoded([Start("model-a"), *END], include_usage=True))
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    assert last == {**CHUNK, "choices": [], "usage": usage}
    assert [chunk["usage"] for chunk in chunks] == [None, None]


def test_what_the_prompt_cache_held_is_part_of_the_prompt() -> None:
    """Bedrock counts it beside the input."""
    document = completion([Start("m"), Usage(3, 2, 5, 9, 4), Finish("end_turn")], "id-1", 7)
    assert document["usage"] == {
        "prompt_tokens": 16,
        "completion_tokens": 2,
        "total_tokens": 18,
        "prompt_tokens_details": {"cached_tokens": 9, "cache_write_tokens": 4},
    }


@pytest.mark.parametrize(
    ("stop_reason", "expected"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_calls"),
        ("guardrail_intervened", "content_filter"),
        ("content_filtered", "content_filter"),
        ("one_of_next_year", "stop"),
    ],
)
def test_an_end_has_its_reason(stop_reason: str, expected: str) -> None:
    """In OpenAI's words."""
    events: list[Event] = [Start("model-a"), Usage(0, 0, 0), Finish(stop_reason)]
    assert frames(encoded(events))[-1]["choices"][0]["finish_reason"] == expected
    assert completion(events, "id-1", 7)["choices"][0]["finish_reason"] == expected


@pytest.mark.parametrize("stop_reason", ["malformed_model_output", "malformed_tool_use"])
def test_an_answer_that_cannot_be_used_is_an_error(stop_reason: str, client: Answering) -> None:
    """OpenAI has no finish_reason for it."""
    events: list[Event] = [Start("model-a"), Usage(0, 0, 0), Finish(stop_reason)]
    with pytest.raises(ModelFailed, match=f"Bedrock ended it with '{stop_reason}'"):
        completion(events, "id-1", 7)
    with pytest.raises(openai.APIError, match="can't be used"):
        list(client.stream(streamed(events)))


def test_a_failure_ends_the_stream(client: Answering) -> None:
    """With the error as its last frame, which the client raises; [DONE] would say that all is well."""
    data = encoded([*ANSWER[:5], FAILED])
    error = {"message": "slow down", "type": "rate_limit_error", "param": None, "code": "throttled"}
    assert frames(data)[-1] == {"error": {**error, "request_id": "id-1"}}
    assert b"[DONE]" not in data
    with pytest.raises(openai.APIError) as raised:
        list(client.stream(data))
    assert (raised.value.message, raised.value.code, raised.value.type) == (
        "slow down",
        "throttled",
        "rate_limit_error",
    )


def test_the_headers_tell_the_request() -> None:
    """Under the name that the client shows it by."""
    headers = ChunkEncoder("id-1", 7, include_usage=False).headers
    assert (headers["content-type"], headers["x-request-id"]) == ("text/event-stream; charset=utf-8", "id-1")


def test_an_event_out_of_order_is_refused() -> None:
    """And the answer can still be ended in good form."""
    encoder = ChunkEncoder("id-1", 7, include_usage=False)
    encoder.encode(Start("model-a"))
    with pytest.raises(OutOfOrder, match="ToolDelta may not come in the state 'between blocks'"):
        encoder.encode(ToolDelta("{}"))
    encoder.encode(Failed("internal_error", "api_error", "a defect"))


def test_an_answer_in_one_piece() -> None:
    """Holds what the stream would."""
    calls = [
        {"id": "t1", "type": "function", "function": {"name": "weather", "arguments": '{"a":1}'}},
        {"id": "t2", "type": "function", "function": {"name": "clock", "arguments": "{}"}},
    ]
    message = {
        "role": "assistant",
        "content": "Hé\u2028\n\n: x",
        "refusal": None,
        "reasoning_content": "hm",
        "tool_calls": calls,
    }
    assert completion(ANSWER, "id-1", 7) == {
        "id": "chatcmpl-id-1",
        "object": "chat.completion",
        "created": 7,
        "model": "model-a",
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "tool_calls"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    }


@pytest.mark.parametrize(
    ("events", "content"),
    [([ToolStart("t1", "weather"), BlockEnd()], None), ([TextDelta("Hi"), BlockEnd()], "Hi"), ([], "")],
    ids=["a call alone", "text alone", "nothing"],
)
def test_content_is_null_where_there_are_only_calls(events: list[Event], content: str | None) -> None:
    """As OpenAI has it."""
    message = completion([Start("m"), *events, *END], "id-1", 7)["choices"][0]["message"]
    assert message["content"] == content
    assert "reasoning_content" not in message


@given(events=legal_answers())
def test_every_answer_is_read_to_its_end_or_raised(client: Answering, events: list[Event]) -> None:
    """Whatever order its events come in, and wherever it fails."""
    read: list[ChatCompletionChunk] = []
    failure = None
    try:
        read.extend(client.stream(streamed(events)))
    except openai.APIError as error:
        failure = error.message
    texts = [event.text for event in events if isinstance(event, TextDelta)]
    deltas = [chunk.choices[0].delta for chunk in read if chunk.choices]
    assert "".join(delta.content or "" for delta in deltas) == "".join(texts)
    match events[-1]:
        case Failed(message=message):
            assert failure == message
        case Finish(stop_reason) if stop_reason.startswith("malformed_"):
            assert failure is not None
            assert stop_reason in failure
        case _:
            assert failure is None
            assert read[-1].usage is not None


def test_packages_of_npm_read_every_answer_too() -> None:
    """Of `openai` and of the AI SDK: a failure is an error to both, and only a failure is."""
    answers = sample_of_answers()
    bodies = [base64.b64encode(streamed(events)).decode() for events in answers]
    for events, seen in zip(answers, run_script("read_completions.mjs", {"bodies": bodies}, limit_s=600), strict=True):
        text = "".join(event.text for event in events if isinstance(event, TextDelta))
        for reader in seen:
            assert (reader["text"], len(reader["errors"])) == (text, 1 if fails(events) else 0), events


def fails(events: list[Event]) -> bool:
    last = events[-1]
    return isinstance(last, Failed) or (isinstance(last, Finish) and last.stop_reason.startswith("malformed_"))


@given(events=legal_answers().filter(lambda events: isinstance(events[-1], Finish)))
def test_the_stream_and_the_whole_say_the_same(client: Answering, events: list[Event]) -> None:
    """What the package gathers from the chunks is what the other form has; of one cut short it gathers nothing."""
    events = [*events[:-1], Finish("tool_use")]
    gathered = client.gathered(streamed(events)).to_dict()
    expected = completion(events, "id-1", 7)
    assert gathered["usage"] == expected["usage"]
    assert essence(gathered) == essence(expected)


def essence(document: dict[str, Any]) -> dict[str, Any]:
    """A completion's message without what the package adds to it."""
    message = document["choices"][0]["message"]
    functions = [(call["id"], call["function"]) for call in message.get("tool_calls") or []]
    calls = [(call_id, function["name"], function["arguments"]) for call_id, function in functions]
    return {"content": message["content"] or "", "reasoning": message.get("reasoning_content"), "calls": calls}


SCHEMA = JsonSchema("city", {"type": "object"})
ASKED = ChatRequest("model-a", (Message.of_text("user", "Hello"),), 100, json_schema=SCHEMA)


def by_tool(events: list[Event]) -> list[Event]:
    return events_of(JsonByTool(ScriptedModel([*events])).ask(ASKED))


def test_json_by_a_tool_is_text() -> None:
    """What the model says beside it is no part of the JSON, so it is shown as reasoning."""
    events: list[Event] = [Start("m"), TextDelta("So:"), Citation("a", None, None), BlockEnd(), *ANSWER[8:12]]
    json_text: list[Event] = [TextDelta('{"a'), TextDelta('":1}'), BlockEnd()]
    expected = [Start("m"), ReasoningDelta("So:"), BlockEnd(), *json_text, *END]
    assert exact(by_tool([*events, Usage(3, 2, 5), Finish("tool_use")])) == exact(expected)


def test_json_by_a_tool_may_be_an_object_of_nothing() -> None:
    """For which Bedrock sends no input at all; a block of only a citation leaves nothing."""
    events: list[Event] = [Start("m"), Citation("a", None, None), BlockEnd(), ToolStart("t", "city"), BlockEnd()]
    assert exact(by_tool([*events, *END])) == exact([Start("m"), TextDelta("{}"), BlockEnd(), *END])


@pytest.mark.parametrize(
    ("description", "expected"),
    [("A city", "A city"), (None, "Gives the answer. Call it once, with the whole answer as its input.")],
)
def test_json_by_a_tool_makes_the_model_call_it(description: str | None, expected: str) -> None:
    """With the schema as its input."""
    model = ScriptedModel([Start("m"), ToolStart("t", "city"), BlockEnd(), *END])
    events_of(JsonByTool(model).ask(ASKED._replace(json_schema=SCHEMA._replace(description=description))))
    (asked,) = model.asked
    assert exact(asked) == exact(
        ASKED._replace(
            tools=(Tool("city", expected, {"type": "object"}),), tool_choice=OneTool("city"), json_schema=None
        )
    )


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ([TextDelta("Prague"), BlockEnd(), *END], "did not answer in the JSON"),
        ([*ANSWER[8:12], *ANSWER[8:12], *END], "more than one answer"),
    ],
)
def test_no_json_by_a_tool_is_a_failure(events: list[Event], message: str) -> None:
    """Nobody takes it for the answer, and nobody pays for the rest of it."""
    model = ScriptedModel([Start("m"), *events])
    with pytest.raises(ModelFailed, match=message) as raised:
        events_of(JsonByTool(model).ask(ASKED))
    assert model.hung_up, raised.value


@pytest.mark.parametrize("stop_reason", ["max_tokens", "guardrail_intervened"])
def test_json_by_a_tool_may_be_cut_off(stop_reason: str) -> None:
    """The reason is told, as without a tool."""
    assert exact(by_tool([Start("m"), Usage(0, 0, 0), Finish(stop_reason)])[-1]) == exact(Finish(stop_reason))


def test_a_request_for_no_json_is_passed_on() -> None:
    """Its tools are the client's."""
    model = ScriptedModel([*ANSWER])
    assert exact(events_of(JsonByTool(model).ask(ASKED._replace(json_schema=None)))) == exact(ANSWER)


def test_giving_up_on_json_by_a_tool_hangs_up() -> None:
    """Nobody reads the rest, so nobody should pay for it."""
    model = ScriptedModel([*ANSWER])
    answer = JsonByTool(model).ask(ASKED)
    next(answer)
    answer.close()
    assert model.hung_up


@given(events=legal_answers())
def test_any_answer_by_a_tool_is_in_order(events: list[Event]) -> None:
    """Or a failure of the model's; its encoder never sees what it can't write."""
    model = JsonByTool(ScriptedModel([event for event in events if not isinstance(event, Failed)]))
    encoder = ChunkEncoder("id-1", 7, include_usage=False)
    try:
        for event in chain.from_iterable(model.ask(ASKED)):
            encoder.encode(event)
    except ModelFailed as error:
        encoder.encode(Failed(error.code, error.type, error.message))


def test_only_the_first_call_is_passed_on() -> None:
    """Where one at a time was asked for; what stands around the others stays."""
    more: list[Event] = [TextDelta("so"), BlockEnd(), ToolStart("t3", "clock"), ToolDelta("{}"), BlockEnd()]
    events = [*ANSWER[:-2], *more, *ANSWER[-2:]]
    expected = [*ANSWER[:12], TextDelta("so"), BlockEnd(), *ANSWER[-2:]]
    assert exact(events_of(OneCall(ScriptedModel([*events])).ask(ASKED))) == exact(expected)


class KeptModel(ScriptedModel):
    """Keeps its answer, so that nothing but a close ends it."""

    def ask(self, request: ChatRequest) -> Generator[list[Event], None, None]:
        self.answer = super().ask(request)
        return self.answer


def test_giving_up_on_one_call_hangs_up() -> None:
    """Nobody reads the rest, so nobody should pay for it."""
    model = KeptModel([*ANSWER])
    answer = OneCall(model).ask(ASKED)
    next(answer)
    answer.close()
    assert model.hung_up


@given(events=legal_answers())
def test_any_answer_of_one_call_is_in_order(events: list[Event]) -> None:
    """With all that isn't of a call, and the first call as it was, also where the answer breaks off."""
    passed = events_of(OneCall(ScriptedModel([*events])).ask(ASKED))
    streamed(passed)
    calls = [event for event in events if isinstance(event, ToolStart)]
    assert [event for event in passed if isinstance(event, ToolStart)] == calls[:1]
    of_calls = (ToolStart, ToolDelta, BlockEnd)
    others = [event for event in events if not isinstance(event, of_calls)]
    assert exact([event for event in passed if not isinstance(event, of_calls)]) == exact(others)
