"""`roots/redaction`: personal data reaches neither the model nor the log, and its owner sees it all the same."""

import base64
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localaws import LocalAws
from localaws.outages import Fault
from support.client import Client
from support.role import Role
from support.terraform import Root
from support.waiting import eventually

ROOT = Path(__file__).parent / "roots" / "redaction"
ECHO, TOOL_USE, JSON_MODEL = "stand-in.echo", "stand-in.tool-use", "amazon.nova-lite-v1:0"
PNG = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="

# Of each language what only its own rules find, and what neither the emoji nor the accents may shift.
ENGLISH = "🙂 This is Paulo Santos of 123 Any Street, Seattle: mail paulo.santos@example.com or call +1 202 555 0143"
SPANISH = "Me llamo José Núñez y vivo en la Calle de Alcalá 42, Madrid; mi número es 4111-1111-1111-1111"
VALUES = (
    "Paulo Santos", "123 Any Street, Seattle", "paulo.santos@example.com", "+1 202 555 0143",
    "José Núñez", "Calle de Alcalá 42, Madrid", "4111-1111-1111-1111",
)  # fmt: skip
PLACEHOLDERS = ("[NAME_1]", "[ADDRESS_1]", "[EMAIL_1]", "[PHONE_1]", "[NAME_2]", "[ADDRESS_2]", "[CARD_1]")


@pytest.fixture(scope="module")
def outputs(make_root: Callable[..., Root]) -> dict[str, Any]:
    return make_root(ROOT).apply()


@pytest.fixture(scope="module")
def client(outputs: dict[str, Any]) -> Client:
    return Client(outputs["function_url"])


class Format:
    """A client's request with both texts, and the text that it reads in the stream."""

    def __init__(self, path: str, body: dict[str, Any], read: Callable[[bytes], str]) -> None:
        self.path = path
        self.body = body
        self.read = read


def frames(body: bytes) -> list[Any]:
    """The JSON in each data line of server-sent events."""
    data = [line.removeprefix(b"data: ") for line in body.splitlines() if line.startswith(b"data: ")]
    return [json.loads(each) for each in data if each != b"[DONE]"]


def tokens(body: bytes) -> str:
    return "".join(event["content"] for event in frames(body) if event["type"] == "token")


def lines(body: bytes) -> str:
    events = map(json.loads, body.splitlines())
    return "".join(event["content"] for event in events if event["type"] == "token")


def chunks(body: bytes) -> str:
    choices = [choice for chunk in frames(body) for choice in chunk["choices"]]
    return "".join(choice["delta"].get("content") or "" for choice in choices)


def completion(body: bytes) -> str:
    text: str = json.loads(body)["choices"][0]["message"]["content"]
    return text


def ui_deltas(body: bytes) -> str:
    return "".join(chunk["delta"] for chunk in frames(body) if chunk["type"] == "text-delta")


def turns(*texts: str) -> list[dict[str, str]]:
    roles = ("user", "assistant")
    return [{"role": roles[index % 2], "content": text} for index, text in enumerate(texts)]


CHAT = {"messages": turns(ENGLISH, "I see.", SPANISH)}
UI_MESSAGES = [
    {"id": str(index), "role": turn["role"], "parts": [{"type": "text", "text": turn["content"]}]}
    for index, turn in enumerate(CHAT["messages"])
]
COMPLETION: dict[str, Any] = {
    "messages": [
        {"role": "system", "content": ENGLISH},
        {"role": "user", "content": "Who am I?"},
        {"role": "assistant", "tool_calls": [
            {"id": "t1", "type": "function", "function": {"name": "who", "arguments": json.dumps({"é": [SPANISH]})}},
        ]},
        {"role": "tool", "tool_call_id": "t1", "content": SPANISH},
    ],
    "tools": [{"type": "function", "function": {"name": "who", "parameters": {"type": "object"}}}],
    "stop": ["Paulo Santos"],
}  # fmt: skip
FORMATS = {
    "server-sent events": Format("/chat", CHAT, tokens),
    "lines of JSON": Format("/chat?format=ndjson", CHAT, lines),
    "text": Format("/chat?format=text", CHAT, bytes.decode),
    "OpenAI's chunks": Format("/v1/chat/completions", {**COMPLETION, "stream": True}, chunks),
    "OpenAI's whole answer": Format("/v1/chat/completions", COMPLETION, completion),
    "the AI SDK's messages": Format("/api/chat", {"messages": UI_MESSAGES}, ui_deltas),
}


@pytest.mark.parametrize("each", FORMATS.values(), ids=FORMATS)
def test_the_model_sees_none_of_it_and_the_client_all(client: Client, aws: LocalAws, each: Format) -> None:
    """The echo is of what the model saw; in it the client reads what it wrote, to the letter."""
    with client.send("POST", each.path, each.body) as response:
        assert response.status_code == 200, response.text
        shown = each.read(response.content)
    seen = aws.model_requests[-1].decode()
    told = json.dumps(json.loads(seen), ensure_ascii=False)
    for value, placeholder in zip(VALUES, PLACEHOLDERS, strict=True):
        assert value not in told
        assert placeholder in told
        assert value in shown
        assert placeholder not in shown


def test_a_tools_arguments_are_restored(client: Client, aws: LocalAws) -> None:
    """They are JSON, and whole in each client's protocol."""
    person = {"type": "string", "enum": ["Anna O'Neil"]}
    mail = {"type": "string", "enum": ["paulo.santos@example.com"]}
    parameters = {"type": "object", "properties": {"to": mail, "by": person}, "required": ["to", "by"]}
    body = {
        "model": TOOL_USE,
        "messages": turns("Write to Paulo Santos"),
        "tools": [{"type": "function", "function": {"name": "send", "parameters": parameters}}],
    }
    with client.send("POST", "/v1/chat/completions", body) as response:
        (call,) = response.json()["choices"][0]["message"]["tool_calls"]
    whole = call["function"]["arguments"]
    with client.send("POST", "/v1/chat/completions", {**body, "stream": True}) as response:
        choices = [choice for chunk in frames(response.content) for choice in chunk["choices"]]
    deltas = [call for choice in choices for call in choice["delta"].get("tool_calls", ())]
    streamed = "".join(delta["function"].get("arguments", "") for delta in deltas)
    for arguments in (whole, streamed):
        assert json.loads(arguments) == {"to": "paulo.santos@example.com", "by": "Anna O'Neil"}
    assert all(value not in aws.model_requests[-1].decode() for value in ("paulo.santos", "Anna", "Paulo"))


def test_an_answer_in_json_is_restored(client: Client) -> None:
    """Where the model is held to a schema."""
    schema = {
        "type": "object", "properties": {"to": {"type": "string", "enum": ["paulo.santos@example.com"]}},
        "required": ["to"], "additionalProperties": False,
    }  # fmt: skip
    response_format = {"type": "json_schema", "json_schema": {"name": "to", "schema": schema}}
    body = {"model": JSON_MODEL, "messages": turns("Whom? [pace_ms=0]"), "response_format": response_format}
    with client.send("POST", "/v1/chat/completions", body) as response:
        assert json.loads(completion(response.content)) == {"to": "paulo.santos@example.com"}


def test_what_can_not_be_redacted_is_refused(client: Client, aws: LocalAws) -> None:
    """A text file is redacted; an image is none."""
    text = "data:text/markdown;base64," + base64.b64encode(ENGLISH.encode()).decode()
    parts: list[dict[str, Any]] = [{"type": "text", "text": "Read this"}]
    file = {"type": "file", "file": {"file_data": text, "filename": "notes.md"}}
    with client.send(
        "POST", "/v1/chat/completions", {"messages": [{"role": "user", "content": [*parts, file]}]}
    ) as response:
        assert response.status_code == 200
    document = json.loads(aws.model_requests[-1])["messages"][0]["content"][1]["document"]
    seen = base64.b64decode(document["source"]["bytes"]).decode()
    assert seen == "🙂 This is [NAME_1] of [ADDRESS_1]: mail [EMAIL_1] or call [PHONE_1]"
    before = aws.model_requests
    image = {"type": "image_url", "image_url": {"url": PNG}}
    with client.send(
        "POST", "/v1/chat/completions", {"messages": [{"role": "user", "content": [*parts, image]}]}
    ) as response:
        assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_request")
        assert "chat.redaction.allow_attachments" in response.json()["error"]["message"]
    assert aws.model_requests == before


def test_a_text_in_a_language_that_nobody_knows_is_refused(client: Client, aws: LocalAws) -> None:
    """Rather than passed on unseen."""
    before = aws.model_requests
    with client.send("POST", "/chat", {"message": "Ich bin Paulo Santos, und das ist mein Haus"}) as response:
        assert (response.status_code, response.json()["error"]["code"]) == (400, "unsupported_language")
    assert aws.model_requests == before


@pytest.mark.parametrize("fault", Fault)
def test_without_comprehend_nothing_reaches_the_model(client: Client, aws: LocalAws, fault: Fault) -> None:
    """A 503 within seconds, and an answer as soon as it works again."""
    asked = {"message": f"My name is Paulo Santos, and this is {fault.value}"}
    before, started = aws.model_requests, time.monotonic()
    with aws.outages.during("comprehend", fault), client.send("POST", "/chat", asked) as response:
        error = response.json()["error"]
        assert (response.status_code, error["code"]) == (503, "redaction_failed")
        assert "Paulo" not in response.text
        assert time.monotonic() - started < 15
    assert aws.model_requests == before
    with client.send("POST", "/chat", asked) as response:
        assert "Paulo Santos" in tokens(response.content)


def test_a_conversation_that_goes_on_costs_its_new_texts_only(client: Client, aws: LocalAws) -> None:
    """Texts of one language are looked through together, and not again while the environment lives."""

    def calls(*texts: str) -> list[str]:
        before = len(aws.outages.calls("comprehend"))
        with client.send("POST", "/chat", {"messages": turns(*texts)}) as response:
            assert response.status_code == 200
        return aws.outages.calls("comprehend")[before:]

    history = [f"This is the sentence with the number {index} of it" for index in range(3)]
    assert calls(*history) == [*["DetectDominantLanguage"] * 3, "DetectPiiEntities"]
    eventually(lambda: calls(*history) == [])  # another execution environment may have to learn them first


def test_every_statement_is_needed(client: Client, outputs: dict[str, Any], api: Callable[[str], Any]) -> None:
    """Without either of Comprehend's permissions there is no answer, and none without the model's."""
    role = Role(api("iam"), outputs["role_arn"])
    refused = {}
    for sid, part, policy, statements in role.weakened():
        if policy != "run" and not part:
            role.put(policy, statements)
            try:
                with client.send(
                    "POST", "/chat", {"message": f"This is the text without the statement {sid}"}
                ) as response:
                    refused[sid] = response.json()["error"]["code"]
            finally:
                role.restore(policy)
    assert refused == {
        "FindPersonalData": "redaction_failed",
        "FindLanguage": "redaction_failed",
        "StreamModels": "access_denied",
    }


def test_the_log_holds_none_of_it(outputs: dict[str, Any], api: Callable[[str], Any]) -> None:
    """With all that was refused and failed above, at the level DEBUG, at which boto3 would log its requests."""
    events = api("logs").get_paginator("filter_log_events")

    def log() -> str:
        pages = events.paginate(logGroupName=outputs["log_group_name"])
        return "\n".join(event["message"] for page in pages for event in page["events"])

    eventually(lambda: "without the statement" not in log() and log().count("redaction_failed") >= 5)
    text = log()
    assert "Comprehend failed (ClientError ThrottlingException)" in text
    assert "Comprehend failed (ReadTimeoutError)" in text
    assert "DEBUG" in text
    # Four digits alone are also in ids and ports.
    parts = {part for value in VALUES for part in re.findall(r"[^\W\d_]{4,}|\d{3,}[- ]\d{4,}", value)}
    assert not [part for part in parts - {"Street", "Calle"} if part in text]
