"""Redaction around a model: what it is asked, and what the client sees of its answer."""

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest

from bedrock_chat.answer import streamed
from bedrock_chat.app import Application
from bedrock_chat.conversation import (
    ChatRequest,
    Document,
    Image,
    JsonSchema,
    Message,
    Reasoning,
    Text,
    Tool,
    ToolResult,
    ToolUse,
)
from bedrock_chat.errors import ChatError, InvalidRequest
from bedrock_chat.events import BlockEnd, Event, Finish, ReasoningDelta, Start, TextDelta, ToolDelta, ToolStart, Usage
from bedrock_chat.formats import SseEncoder
from bedrock_chat.openai.json_by_tool import JsonByTool
from bedrock_chat.privacy import patterns
from bedrock_chat.privacy.errors import DetectionFailed
from bedrock_chat.privacy.findings import Finding
from bedrock_chat.privacy.model import RedactingModel, RestoringModel
from bedrock_chat.privacy.placeholders import PlaceholderMap
from bedrock_chat.settings import Settings
from support.application import Exchange, ScriptedModel, context, events_of, stream, url_event

END: list[Event] = [BlockEnd(), Usage(1, 1, 2), Finish("end_turn")]
NAME = re.compile(r'Anna(?: "[^"]*" Lee)?')


def detect_all(texts: Sequence[str]) -> list[list[Finding]]:
    """Patterns, and the name Anna where it stands after "I am"."""
    return [
        [
            *patterns.detect(text),
            *(Finding(*match.span(1), "NAME") for match in re.finditer(f"I am ({NAME.pattern})", text)),
        ]
        for text in texts
    ]


def model(*answer: Event | BaseException, allow_attachments: bool = False) -> tuple[RedactingModel, ScriptedModel]:
    scripted = ScriptedModel([Start("m"), *answer, *END])
    return RedactingModel(scripted, detect_all, allow_attachments=allow_attachments), scripted


def request(*parts: Any, **fields: Any) -> ChatRequest:
    return ChatRequest("m", (Message("user", parts),), 100, **fields)


def asked(chat: ChatRequest) -> ChatRequest:
    private, scripted = model(TextDelta("Hi"))
    events_of(private.ask(chat))
    return scripted.asked[0]


def test_every_text_is_redacted() -> None:
    """Wherever a client can put one; what is found in one is replaced in all, the earlier ones too."""
    schema, private = (
        {
            "type": "object", "$id": "https://ann@example.com", "required": ["Anna"],
            "properties": {"Anna": {"type": "string", "enum": [name], "pattern": "Anna", "maxLength": 5}},
        }
        for name in ("Anna", "[NAME_1]")
    )  # fmt: skip
    tool = {"to": ["Anna", 4111111111111111, 4111111, True, None], "Anna": {"mail": "ann@example.com"}}
    seen = asked(
        ChatRequest(
            "m",
            (
                Message(
                    "user", (Text("Is Anna in?"), Document("md", "Anna 7", b"# Anna"), Document("txt", "Anna 8", b"x"))
                ),
                Message("assistant", (Reasoning("Anna?", "s"), Text("I am Anna"), ToolUse("t", "Anna", tool))),
                Message("user", (ToolResult("t", (Text("ann@example.com is Anna"),), failed=True),)),
            ),
            100,
            stop=("Anna",),
            tools=(Tool("Anna", "mails Anna", schema, strict=True), Tool("t", None, {})),
            json_schema=JsonSchema("Anna", schema, "of Anna"),
            system="Call me Anna",
            additional_fields={"a": "Anna"},
        )
    )
    told = {"to": ["[NAME_1]", "[CARD_1]", 4111111, True, None], "[NAME_1]": {"mail": "[EMAIL_1]"}}
    assert seen == ChatRequest(
        "m",
        (
            Message(
                "user",
                (
                    Text("Is [NAME_1] in?"),
                    Document("md", "document", b"# [NAME_1]"),
                    Document("txt", "document 2", b"x"),
                ),
            ),
            Message("assistant", (Reasoning("[NAME_1]?", "s"), Text("I am [NAME_1]"), ToolUse("t", "Anna", told))),
            Message("user", (ToolResult("t", (Text("[EMAIL_1] is [NAME_1]"),), failed=True),)),
        ),
        100,
        stop=("[NAME_1]",),
        tools=(Tool("Anna", "mails [NAME_1]", private, strict=True), Tool("t", None, {})),
        json_schema=JsonSchema("Anna", private, "of [NAME_1]"),
        system="Call me [NAME_1]",
        additional_fields={"a": "Anna"},
    )


def test_a_request_without_personal_data_stays_what_it_is() -> None:
    """All of it, down to white space and numbers."""
    chat = request(
        Text(" 5 [EMAIL_1] \n"),
        Document("csv", "prices (2026)", b"a;b\r\n"),
        ToolResult("t", (Text("12.50"),)),
        stop=("\n",),
        tools=(Tool("t", "Finds", {"type": "object", "minimum": 1234567.5}),),
        user="user-7",
        metadata={"team": "support"},
    )
    assert asked(chat) == chat


def test_the_client_sees_its_own_values() -> None:
    """Split anywhere, in each kind of block; a tool's input stays JSON."""
    private, _ = model(
        ReasoningDelta("[NAM"), ReasoningDelta("E_1]?"), BlockEnd(),
        TextDelta("Dear [NAME_"), TextDelta("1], "), TextDelta("[NAME_2]"), BlockEnd(),
        ToolStart("t", "mail"), ToolDelta('{"to":"[NA'), ToolDelta('ME_1]"}'),
    )  # fmt: skip
    batches = list(private.ask(request(Text('I am Anna "The Boss" Lee'))))
    assert all(batches)
    events = events_of(batches)
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    reasoning = "".join(event.text for event in events if isinstance(event, ReasoningDelta))
    tool_input = "".join(event.input_json for event in events if isinstance(event, ToolDelta))
    assert (text, reasoning) == ('Dear Anna "The Boss" Lee, [NAME_2]', 'Anna "The Boss" Lee?')
    assert json.loads(tool_input) == {"to": 'Anna "The Boss" Lee'}


def test_json_stays_json() -> None:
    """Whether the model writes it as text or, where it has no such mode, as a tool's input."""
    chat = request(Text('I am Anna "The Boss" Lee'), json_schema=JsonSchema("a", {"type": "object"}))
    native, _ = model(TextDelta('{"to":"[NAME_1]"}'))
    by_tool, scripted = model(ToolStart("t", "a"), ToolDelta('{"to":"[NAME_1]"}'))
    for answering in (native, JsonByTool(by_tool)):
        events = events_of(answering.ask(chat))
        text = "".join(event.text for event in events if isinstance(event, TextDelta))
        assert json.loads(text) == {"to": 'Anna "The Boss" Lee'}
    assert scripted.asked[0].messages[0].parts == (Text("I am [NAME_1]"),)


def test_a_conversations_placeholders_can_be_kept() -> None:
    """Those that it has stay, and new ones come to them."""
    private, scripted = model(TextDelta("[NAME_1], [EMAIL_1]"))
    placeholders = PlaceholderMap(lambda: "x", {"[NAME_1]": "Anna"})
    redacted = private.redacted(request(Text("Anna: ann@example.com")), placeholders)
    assert redacted.messages[0].parts == (Text("[NAME_1]: [EMAIL_1]"),)
    assert scripted.asked == []
    events = events_of(RestoringModel(private.model, placeholders).ask(redacted))
    assert scripted.asked == [redacted]
    assert TextDelta("Anna, ann@example.com") in events
    assert placeholders.values == {"[NAME_1]": "Anna", "[EMAIL_1]": "ann@example.com"}


def test_a_users_own_placeholder_is_told_from_ours() -> None:
    """By a nonce."""
    private, scripted = model(TextDelta("[EMAIL_1]"))
    assert TextDelta("[EMAIL_1]") in events_of(private.ask(request(Text("[EMAIL_1] or ann@example.com"))))
    (part,) = scripted.asked[0].messages[0].parts
    assert isinstance(part, Text)
    assert re.fullmatch(r"\[EMAIL_1\] or \[EMAIL_1_[0-9a-f]{4}\]", part.text)


ATTACHMENTS = {
    "an image": (Image("png", b"x"), "an image"),
    "a tool's image": (ToolResult("t", (Text("a"), Image("png", b"x"))), "an image"),
    "a file": (Document("pdf", "a", b"x"), "a file of the format pdf"),
    "a text in another encoding": (Document("txt", "a", b"\xe9"), "a file,"),
}


@pytest.mark.parametrize(("part", "what"), ATTACHMENTS.values(), ids=ATTACHMENTS)
def test_what_can_not_be_redacted_is_refused(part: Any, what: str) -> None:
    """Before anybody is asked, unless the operator allows it."""
    private, scripted = model()
    with pytest.raises(InvalidRequest, match=f"messages hold {what}.*allow_attachments") as raised:
        next(private.ask(request(Text("a"), part)))
    assert (raised.value.status, raised.value.param, scripted.asked) == (400, "messages", [])
    allowing, scripted = model(TextDelta("a"), allow_attachments=True)
    next(allowing.ask(request(Text("a"), part)))
    assert scripted.asked == [request(Text("a"), part)]


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"user": "ann@example.com"}, "user"),
        ({"metadata": {"a": "ann@example.com"}}, "metadata"),
        ({"metadata": {"ann@example.com": "a"}}, "metadata"),
        ({"user": "Anna77", "metadata": {"by": "Lee: Anna"}}, "metadata"),
    ],
)
def test_metadata_holds_no_personal_data(fields: dict[str, Any], param: str) -> None:
    """Neither what patterns find nor what the conversation knows; it goes into Bedrock's log, not to the model."""
    private, scripted = model()
    with pytest.raises(InvalidRequest, match=f"^{param} holds personal data") as raised:
        private.redacted(request(Text("Hi"), **fields), PlaceholderMap(lambda: "x", {"[NAME_1]": "Anna"}))
    assert (raised.value.param, scripted.asked) == (param, [])
    assert "example" not in str(raised.value)


def failing(_texts: Sequence[str]) -> list[list[Finding]]:
    raise DetectionFailed("personal data could not be looked for")


def test_a_detector_that_fails_is_a_503(caplog: pytest.LogCaptureFixture) -> None:
    """In any protocol, before the model is asked; the log says so."""
    scripted = ScriptedModel([Start("m"), *END])
    private = RedactingModel(scripted, failing, allow_attachments=False)
    application = Application(Settings("m", frozenset({"m"})), private)
    chat = json.dumps({"message": "ann@example.com"}).encode()
    completion = json.dumps({"messages": [{"role": "user", "content": "ann@example.com"}]}).encode()
    for path, body in (("/chat", chat), ("/v1/chat/completions", completion)):
        caplog.clear()
        response = application(url_event("POST", path, body), context())
        assert isinstance(response.body, str)
        assert (response.status, json.loads(response.body)["error"]["code"]) == (503, "redaction_failed")
        assert "redaction_failed: personal data could not be looked for" in caplog.messages[-1]
        assert "ann@" not in caplog.text
    assert scripted.asked == []


def test_a_detector_that_fails_late_is_told_in_the_stream() -> None:
    """Where a status had to leave, because nothing came for long."""
    private = RedactingModel(ScriptedModel([]), failing, allow_attachments=False)
    response = streamed(private, request(Text("a")), SseEncoder("id-1"), context(Exchange(committed=True)))
    body = stream(response)
    assert b'"code":"redaction_failed"' in next(body)
    with pytest.raises(ChatError):
        next(body)


def test_hanging_up_reaches_the_model() -> None:
    """As without redaction."""
    private, scripted = model(TextDelta("a"))
    answer = private.ask(request(Text("a")))
    next(answer)
    answer.close()
    assert scripted.hung_up


def test_a_snapshot_is_the_clients_matter() -> None:
    """Whose connections and credentials it can't carry."""
    private, scripted = model()
    application = Application(Settings("m", frozenset({"m"})), private)
    application.before_snapshot()
    application.after_restore()
    assert scripted.crossed == ["before_snapshot", "after_restore"]
