"""`roots/openai`, as OpenAI's own packages see it, and the AI SDK's provider for endpoints like OpenAI's."""

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionMessage
from pydantic import BaseModel

from support.node import run_script
from support.terraform import Root

ROOTS = Path(__file__).parent / "roots"
MODEL = "amazon.nova-lite-v1:0"
BY_TOOL = "amazon.nova-micro-v1:0"
REFUSALS: dict[str, tuple[type[openai.APIStatusError], int, str]] = {
    "stand-in.throttled": (openai.RateLimitError, 429, "throttled"),
    "stand-in.denied": (openai.PermissionDeniedError, 403, "access_denied"),
    "stand-in.invalid": (openai.BadRequestError, 400, "model_rejected_request"),
    "stand-in.unavailable": (openai.InternalServerError, 503, "model_unavailable"),
    "stand-in.not-found": (openai.NotFoundError, 404, "model_not_found"),
    "stand-in.internal": (openai.InternalServerError, 502, "model_failed"),
    "stand-in.model-timeout": (openai.InternalServerError, 504, "model_timeout"),
    "stand-in.fails-first-frame": (openai.InternalServerError, 502, "model_failed"),
}
# After some tokens: in a stream an error without a status, else a true one.
FAILURES: dict[str, tuple[type[openai.APIStatusError], str]] = {
    "stand-in.throttled-mid-stream": (openai.RateLimitError, "throttled"),
    "stand-in.invalid-mid-stream": (openai.BadRequestError, "model_rejected_request"),
    "stand-in.truncated": (openai.InternalServerError, "stream_truncated"),
    "stand-in.ends-silently": (openai.InternalServerError, "stream_truncated"),
    "stand-in.stop-malformed-tool-use": (openai.InternalServerError, "model_failed"),
}
ANSWERS = [
    "stand-in.reasoning",
    "stand-in.tool-use",
    "stand-in.every-tool",
    "stand-in.cached",
    "stand-in.echo",
    "stand-in.stop-content-filtered",
]
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER: Any = {"type": "function", "function": {"name": "weather", "parameters": CITY}}
CLOCK: Any = {"type": "function", "function": {"name": "clock"}}
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

Ask = Callable[..., ChatCompletion]


@pytest.fixture(scope="module")
def url(make_root: Callable[..., Root]) -> str:
    root = make_root(ROOTS / "openai", allowed_model_ids=[*REFUSALS, *FAILURES, *ANSWERS])
    found: str = root.apply()["function_url"]
    return found


@pytest.fixture(scope="module")
def client(url: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{url}v1", api_key="none", max_retries=0, timeout=60)


def whole(client: openai.OpenAI, **fields: Any) -> ChatCompletion:
    answer: ChatCompletion = client.chat.completions.create(**{"model": MODEL, "messages": said("Hello"), **fields})
    return answer


def gathered(client: openai.OpenAI, **fields: Any) -> ChatCompletion:
    """The same, put together by the package from what streamed."""
    options = {"stream_options": {"include_usage": True}, "model": MODEL, "messages": said("Hello"), **fields}
    with client.chat.completions.stream(**options) as stream:
        return stream.get_final_completion()


FORMS = [whole, gathered]


def said(text: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": f"{text} [pace_ms=2]"}]


def message_of(completion: ChatCompletion) -> ChatCompletionMessage:
    return completion.choices[0].message


def test_text_streams_token_by_token(client: openai.OpenAI) -> None:
    """The role first, the reason of the end last but one, the usage last."""
    options: Any = {"model": MODEL, "messages": said("Hello"), "stream_options": {"include_usage": True}}
    first, *tokens, end, usage = client.chat.completions.create(**options, stream=True)
    assert first.choices[0].delta.role == "assistant"
    assert len(tokens) >= 20
    assert "".join(chunk.choices[0].delta.content or "" for chunk in tokens).endswith("🙂")
    assert (end.choices[0].finish_reason, end.usage) == ("stop", None)
    assert (usage.choices, usage.usage and usage.usage.completion_tokens) == ([], len(tokens))
    assert {chunk.model for chunk in [first, *tokens, end, usage]} == {MODEL}


@pytest.mark.parametrize("ask", FORMS)
def test_an_answer_is_whole(ask: Ask, client: openai.OpenAI) -> None:
    """With its cost."""
    answer = ask(client)
    assert (answer.object, answer.choices[0].finish_reason) == ("chat.completion", "stop")
    assert (message_of(answer).content or "").endswith("🙂")
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.usage.prompt_tokens_details is None


@pytest.mark.parametrize("ask", FORMS)
def test_what_the_prompt_cache_held_is_told(ask: Ask, client: openai.OpenAI) -> None:
    """As a part of the prompt."""
    usage = ask(client, model="stand-in.cached").usage
    assert usage is not None
    assert usage.prompt_tokens_details is not None
    details = usage.prompt_tokens_details
    assert (details.cached_tokens, details.cache_write_tokens) == (1024, 256)
    assert usage.prompt_tokens > 1024 + 256


@pytest.mark.parametrize(
    ("model", "fields", "reason"),
    [(MODEL, {"max_completion_tokens": 7}, "length"), ("stand-in.stop-content-filtered", {}, "content_filter")],
)
def test_an_answer_that_is_cut_says_why(model: str, fields: dict[str, Any], reason: str, client: openai.OpenAI) -> None:
    """In OpenAI's words."""
    assert whole(client, model=model, **fields).choices[0].finish_reason == reason


def test_a_stop_sequence_ends_an_answer(client: openai.OpenAI) -> None:
    """Which doesn't hold it."""
    assert message_of(whole(client, stop="does not")).content == "A streamed answer "


@pytest.mark.parametrize("ask", FORMS)
@pytest.mark.parametrize(
    ("model", "names"), [("stand-in.tool-use", ["weather"]), ("stand-in.every-tool", ["weather", "clock"])]
)
def test_tools_are_called_and_answered(model: str, names: list[str], ask: Ask, client: openai.OpenAI) -> None:
    """The message goes back as the package gives it, with what each tool said."""
    tools, messages = [WEATHER, CLOCK], said("What is it like?")
    first = ask(client, model=model, messages=messages, tools=tools)
    message = message_of(first)
    calls = [call for call in message.tool_calls or [] if call.type == "function"]
    assert first.choices[0].finish_reason == "tool_calls"
    assert [call.function.name for call in calls] == names
    assert list(json.loads(calls[0].function.arguments)) == ["city"]
    results = [{"role": "tool", "tool_call_id": call.id, "content": f"It is {call.function.name} 21"} for call in calls]
    second = ask(client, model=model, messages=[*messages, message, *results], tools=tools)
    assert second.choices[0].finish_reason == "stop"
    assert "It is weather 21" in (message_of(second).content or "")


@pytest.mark.parametrize("ask", FORMS)
def test_reasoning_is_shown_and_may_come_back(ask: Ask, client: openai.OpenAI) -> None:
    """Beside the text, under the name that most clients know."""
    message = message_of(ask(client, model="stand-in.reasoning"))
    assert message.model_extra is not None
    assert message.model_extra["reasoning_content"] == "The question is about streaming, so I explain tokens."
    again = whole(client, model="stand-in.echo", messages=[*said("Hello"), message, *said("And?")])
    assert json.loads(message_of(again).content or "")["messages"][1] == {
        "role": "assistant",
        "content": [{"text": message.content}],
    }


def test_what_is_asked_is_what_bedrock_gets(client: openai.OpenAI) -> None:
    """In Converse's words, and nothing is lost."""
    content = [
        {"type": "text", "text": "Look [pace_ms=0]"},
        {"type": "image_url", "image_url": {"url": data_url("image/png", PNG)}},
        {"type": "file", "file": {"filename": "notes v1.md", "file_data": data_url("text/markdown", b"# Notes")}},
    ]
    answer = whole(
        client,
        model="stand-in.echo",
        messages=[{"role": "user", "content": content}, *said("Well?")],
        temperature=0.5,
        top_p=0.9,
        max_tokens=2000,
        stop=["§"],
        tools=[WEATHER],
        tool_choice="auto",
        user="jane",
        metadata={"team": "a"},
        reasoning_effort="low",
    )
    seen = json.loads(message_of(answer).content or "")
    (turn,) = seen["messages"]
    text, image, document, further = turn["content"]
    assert (text, further) == ({"text": "Look [pace_ms=0]"}, {"text": "Well? [pace_ms=2]"})
    assert image == {"image": {"format": "png", "source": digest(PNG)}}
    assert document == {"document": {"format": "md", "name": "notes v1", "source": digest(b"# Notes")}}
    assert seen["inferenceConfig"] == {"maxTokens": 2000, "temperature": 0.5, "topP": 0.9, "stopSequences": ["§"]}
    assert seen["toolConfig"] == {"tools": [{"toolSpec": {"name": "weather", "inputSchema": {"json": CITY}}}]}
    assert seen["additionalModelRequestFields"] == {"thinking": "a little"}
    assert seen["requestMetadata"] == {"user": "jane", "team": "a"}


class Place(BaseModel):
    """What an answer shall say."""

    city: str
    people: int


@pytest.mark.parametrize("model", [MODEL, BY_TOOL], ids=["native", "by a tool"])
def test_json_of_a_schema_is_read(model: str, client: openai.OpenAI) -> None:
    """By the package, into the class that it made the schema of: whole, and streamed."""
    options: Any = {"model": model, "messages": said("Where?"), "response_format": Place}
    answer = client.chat.completions.parse(**options).choices[0]
    assert (answer.message.parsed, answer.message.tool_calls, answer.finish_reason) == (
        Place(city="text", people=1), None, "stop",
    )  # fmt: skip
    with client.chat.completions.stream(**options) as stream:
        assert stream.get_final_completion().choices[0].message.parsed == answer.message.parsed


def test_json_that_the_operator_does_not_offer_is_refused(client: openai.OpenAI) -> None:
    """By the name of the field."""
    options: Any = {"model": "stand-in.echo", "messages": said("Where?"), "response_format": Place}
    with pytest.raises(openai.BadRequestError, match="not set up here to take a JSON schema") as raised:
        client.chat.completions.parse(**options)
    assert raised.value.param == "response_format"


def data_url(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def digest(data: bytes) -> dict[str, object]:
    """What the stand-in tells of data."""
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


@pytest.mark.parametrize("ask", FORMS)
@pytest.mark.parametrize(("model", "expected"), REFUSALS.items(), ids=REFUSALS)
def test_a_model_that_refuses_raises(
    model: str, expected: tuple[type[openai.APIStatusError], int, str], ask: Ask, client: openai.OpenAI
) -> None:
    """The package's own exception for the status, with the code and the id of the request."""
    kind, status, code = expected
    with pytest.raises(kind) as raised:
        ask(client, model=model)
    error = raised.value
    assert (error.status_code, error.code, error.param) == (status, code, None)
    assert isinstance(error.body, dict)
    assert error.request_id == error.body["request_id"]


@pytest.mark.parametrize(("model", "expected"), FAILURES.items(), ids=FAILURES)
def test_a_model_that_fails_later_raises(
    model: str, expected: tuple[type[openai.APIStatusError], str], client: openai.OpenAI
) -> None:
    """In a stream after what came; in one piece with a true status."""
    kind, code = expected
    tokens: list[str | None] = []
    options: Any = {"model": model, "messages": said("Hello")}
    stream = client.chat.completions.create(**options, stream=True)
    with pytest.raises(openai.APIError) as raised:
        tokens.extend(chunk.choices[0].delta.content for chunk in stream)
    assert (raised.value.code, len(list(filter(None, tokens)))) == (code, 10)
    with pytest.raises(kind):
        whole(client, model=model)


def test_a_wrong_request_raises(client: openai.OpenAI) -> None:
    """With the way to the field."""
    with pytest.raises(openai.BadRequestError, match="Bedrock's range is 0 to 1") as raised:
        whole(client, temperature=1.5)
    assert (raised.value.code, raised.value.param, raised.value.type) == (
        "invalid_request", "temperature", "invalid_request_error",
    )  # fmt: skip
    with pytest.raises(openai.NotFoundError, match="there is nothing at /v1/embeddings"):
        client.embeddings.create(model=MODEL, input="Hello")


def test_a_wrong_method_is_told_the_right_one(url: str) -> None:
    """With an error of the same form."""
    response = httpx2.get(f"{url}v1/chat/completions")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert response.json()["error"].items() >= {"code": "method_not_allowed", "param": None}.items()


def test_models_are_listed(client: openai.OpenAI) -> None:
    """Those that a request may name."""
    models = {model.id: model.owned_by for model in client.models.list()}
    assert models.keys() == {MODEL, BY_TOOL, *REFUSALS, *FAILURES, *ANSWERS}
    assert models[MODEL] == "amazon"


def test_npm_openai_reads_every_answer(url: str) -> None:
    """Text, reasoning, a call of a tool, a refusal, and a failure after some tokens."""
    models = [MODEL, "stand-in.reasoning", "stand-in.tool-use", "stand-in.throttled", "stand-in.throttled-mid-stream"]
    requests = [{"model": model, "messages": said("Hello")} for model in models]
    requests[2]["tools"] = [WEATHER]
    text, reasoning, call, refused, failed = run_script("ask_openai.mjs", {"url": f"{url}v1", "requests": requests})
    assert text["message"]["content"] == text["text"] == reasoning["text"]
    assert (text["finish"], text["usage"]["total_tokens"] > 100) == ("stop", True)
    assert reasoning["reasoning"] == "The question is about streaming, so I explain tokens."
    (function,) = [each["function"] for each in call["message"]["tool_calls"]]
    assert (call["finish"], function["name"], list(json.loads(function["arguments"]))) == (
        "tool_calls", "weather", ["city"],
    )  # fmt: skip
    assert refused["error"].items() >= {"kind": "RateLimitError", "status": 429, "code": "throttled"}.items()
    assert failed["error"].items() >= {"kind": "APIError", "code": "throttled"}.items()
    assert failed["text"]


def test_the_ai_sdk_reads_every_answer(url: str) -> None:
    """Through its provider for endpoints like OpenAI's: it runs the tool and asks again with the result."""
    models = [MODEL, "stand-in.reasoning", "stand-in.tool-use", "stand-in.throttled", "stand-in.throttled-mid-stream"]
    requests = [{"model": model, "prompt": "Hello [pace_ms=2]", "tools": "tool" in model} for model in models]
    text, reasoning, call, refused, failed = run_script(
        "ask_openai_compatible.mjs", {"url": f"{url}v1", "requests": requests}
    )
    assert text["text"].endswith("🙂")
    assert (text["finish"], text["errors"], text["usage"]["totalTokens"] > 100) == ("stop", [], True)
    assert (reasoning["reasoning"], reasoning["text"]) == (
        "The question is about streaming, so I explain tokens.", text["text"],
    )  # fmt: skip
    assert (call["calls"], call["finish"], call["errors"]) == (["weather"], "stop", [])
    assert "It is 21 in string" in call["text"]
    assert len(refused["errors"]) == 1
    assert len(failed["errors"]) == 1
    assert failed["text"]
