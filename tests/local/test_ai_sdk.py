"""The AI SDK on an open URL: its transports, and the chat that useChat wraps."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from support.node import run_script
from support.terraform import Root

MODELS = {
    name: f"stand-in.{name}"
    for name in ("reasoning", "tool-use", "every-tool", "citations", "echo", "fails-mid-stream", "throttled")
}
DEMONSTRATION = "A streamed answer does not wait to be finished."
WEATHER = {
    "name": "weather",
    "description": "Tells the weather of a city.",
    "inputSchema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
PNG = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="
MARKDOWN = "data:text/markdown;base64,IyBSZXBvcnQ="


@pytest.fixture(scope="module")
def api(make_root: Callable[..., Root]) -> str:
    """Where the AI SDK posts to."""
    root = make_root("function-url", name="ai-sdk", authorization_type="NONE", allowed_model_ids=list(MODELS.values()))
    return f"{root.apply()['function_url']}api/chat"


def said(*texts: str) -> list[list[dict[str, Any]]]:
    """A user's turns of words alone."""
    return [[{"type": "text", "text": text}] for text in texts]


def asked(api: str, turns: list[list[dict[str, Any]]], model: str | None = None, **given: Any) -> list[dict[str, Any]]:
    """What became of each turn."""
    body = {**({"model": MODELS[model]} if model else {}), **given.pop("body", {})}
    outcome = run_script("ask_ai_sdk.mjs", {"api": api, "turns": turns, "body": body, **given})
    assert outcome["resumed"] is None  # the server answers that question too, with 204
    answers: list[dict[str, Any]] = outcome["answers"]
    return answers


def whole(answer: dict[str, Any]) -> dict[str, Any]:
    """The message of an answer without any error."""
    assert (answer["errors"], answer["thrown"]) == ([], None)
    message: dict[str, Any] = answer["message"]
    return message


def parts(message: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [part for part in message["parts"] if part["type"] == kind]


def text_of(message: dict[str, Any]) -> str:
    return "".join(part["text"] for part in parts(message, "text"))


def test_an_answer_grows_token_by_token(api: str) -> None:
    """As one message, which holds what it cost."""
    (answer,) = asked(api, said("[pace_ms=1]"))
    message = whole(answer)
    assert text_of(message).startswith(DEMONSTRATION)
    assert text_of(message).endswith("🙂")
    assert answer["growths"] > 100
    assert message["metadata"]["usage"]["outputTokens"] > 100
    assert len(message["id"]) == 36  # the request's, which is in the log


def test_a_conversation_goes_on(api: str) -> None:
    """The page sends back all that it has, thoughts and their signature included."""
    turns = said("[pace_ms=0]", "[tokens=5 pace_ms=0]")
    first, second = asked(api, turns, "reasoning")
    assert [part["type"] for part in whole(first)["parts"]] == ["step-start", "reasoning", "text"]
    (thoughts,) = parts(whole(first), "reasoning")
    assert thoughts["text"] == "The question is about streaming, so I explain tokens."
    assert text_of(whole(second)) == DEMONSTRATION[: len(text_of(whole(second)))]
    assert whole(second)["id"] != whole(first)["id"]


def test_what_reaches_the_model_is_what_the_page_sent(api: str) -> None:
    """Words, a picture and a file."""
    picture = {"type": "file", "mediaType": "image/png", "url": PNG}
    report = {"type": "file", "mediaType": "text/markdown", "filename": "report.md", "url": MARKDOWN}
    options = {"body": {"max_tokens": 9, "temperature": 0.5, "tools": [WEATHER], "toolChoice": "auto"}}
    (answer,) = asked(api, [[*said("Look [pace_ms=0]")[0], picture, report]], "echo", **options)
    reached = json.loads(text_of(whole(answer)))
    words, image, document = reached["messages"][0]["content"]
    assert words == {"text": "Look [pace_ms=0]"}
    assert (image["image"]["format"], image["image"]["source"]["bytes"]) == ("png", 16)
    assert (document["document"]["name"], document["document"]["source"]["bytes"]) == ("report", 8)
    assert reached["inferenceConfig"] == {"maxTokens": 9, "temperature": 0.5}
    assert reached["toolConfig"]["tools"][0]["toolSpec"]["name"] == "weather"


def test_sources_are_parts_of_the_message(api: str) -> None:
    """A document by its title, a web page by its URL."""
    (answer,) = asked(api, said("[pace_ms=0]"), "citations")
    (document,), (page,) = (parts(whole(answer), kind) for kind in ("source-document", "source-url"))
    assert document["title"] == "Streaming"
    assert page["url"].startswith("https://")
    assert text_of(whole(answer)).startswith(DEMONSTRATION)


def test_a_failure_in_the_stream_is_told(api: str) -> None:
    """Once, after the text that came, and nothing is left open; the conversation can go on."""
    failed, again = asked(api, said("[pace_ms=1]", "Again"), "fails-mid-stream")
    for answer in (failed, again):
        assert answer["errors"] == ["modelStreamErrorException: The model failed while it generated the answer."]
        assert parts(answer["message"], "text")[0]["state"] == "done"


def test_a_refusal_is_thrown_with_its_json(api: str) -> None:
    """Before anything streams; the page can read the code and the request's id."""
    (refused,) = asked(api, said("Hello"), "throttled")
    error = json.loads(refused["thrown"])["error"]
    assert (error["code"], error["type"], len(error["request_id"])) == ("throttled", "rate_limit_error", 36)
    assert refused["message"] is None


def test_a_page_can_stop_an_answer(api: str) -> None:
    """What came stays, and is sent back with the next question."""
    stopped, _ = asked(api, said("[tokens=500 pace_ms=20]", "[tokens=500 pace_ms=20]"), stopAfter=10)
    assert 10 <= stopped["growths"] < 100
    assert ["abort" in error for error in stopped["errors"]] == [True]
    assert DEMONSTRATION.startswith(text_of(stopped["message"])[:20])


def test_the_text_transport_reads_the_text(api: str) -> None:
    """At the same path, with `?format=text`."""
    (answer,) = asked(f"{api}?format=text", said("[pace_ms=1]"), text=True)
    assert text_of(whole(answer)).startswith(DEMONSTRATION)
    assert text_of(whole(answer)).endswith("🙂")


def test_text_that_breaks_off_looks_whole(api: str) -> None:
    """Plain text has no place for an error: docs/clients.md says so."""
    (answer,) = asked(f"{api}?format=text", said("[pace_ms=1]"), "fails-mid-stream", text=True)
    assert text_of(whole(answer)) == DEMONSTRATION


def chatted(api: str, *texts: str, model: str, runs_tools: bool) -> list[list[dict[str, Any]]]:
    """The messages after each text, and after the last answer was asked for again."""
    body = {"model": MODELS[model], "tools": [WEATHER]}
    outcome = run_script("use_chat.mjs", {"api": api, "body": body, "texts": texts, "runsTools": runs_tools})
    assert (outcome["errors"], outcome["status"]) == ([], "ready")
    seen: list[list[dict[str, Any]]] = outcome["seen"]
    return seen


def test_a_page_runs_the_models_tools(api: str) -> None:
    """Their outputs are sent by themselves, and the answer goes on in the same message; asked again, they run again."""
    for messages in chatted(api, "Weather? [pace_ms=0]", model="tool-use", runs_tools=True):
        question, answer = messages
        assert (question["role"], answer["role"]) == ("user", "assistant")
        assert [part["type"] for part in answer["parts"]] == ["step-start", "dynamic-tool", "step-start", "text"]
        (call,) = parts(answer, "dynamic-tool")
        assert (call["toolName"], call["state"], list(call["input"])) == ("weather", "output-available", ["city"])
        assert json.dumps(call["output"], separators=(",", ":")) in text_of(answer).replace(": ", ":").replace(
            ", ", ","
        )


def test_a_user_may_pass_over_a_tool(api: str) -> None:
    """The model is told that nobody ran it, and the conversation goes on."""
    *_, messages = chatted(api, "Weather? [pace_ms=0]", "Never mind. [pace_ms=0]", model="tool-use", runs_tools=False)
    assert [message["role"] for message in messages] == ["user", "assistant"] * 2
    assert "The tool was not run: the user went on without it." in text_of(messages[-1])
