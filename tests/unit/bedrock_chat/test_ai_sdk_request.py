"""What the AI SDK's transports post, taken or refused."""

import base64
import json
import time
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from bedrock_chat.ai_sdk.messages import read_messages
from bedrock_chat.ai_sdk.messages import turns as turns_of
from bedrock_chat.ai_sdk.request import UiRequest, parse_ui_request
from bedrock_chat.capabilities import Capabilities
from bedrock_chat.conversation import (
    AnyTool,
    ChatRequest,
    Document,
    Image,
    Message,
    OneTool,
    Reasoning,
    Text,
    Tool,
    ToolResult,
    ToolUse,
)
from bedrock_chat.converse_request import converse_parameters
from bedrock_chat.errors import InvalidRequest, RequestTooLarge
from bedrock_chat.settings import Settings
from support.exact import exact
from support.ui_messages import answers_of_every_kind, encoded, read_by_the_ai_sdk

CAPABILITIES = {
    "model-a": Capabilities(reasoning_effort={"low": {"effort": 1}}),
    "blind": Capabilities(images=False, documents=False, tools=False),
}
SETTINGS = Settings(
    "model-a", frozenset({"model-a", "blind"}), max_tokens=100, max_input_bytes=3000, capabilities=CAPABILITIES
)
OPEN_SETTINGS = SETTINGS._replace(client_system_prompt=True, max_input_bytes=1_000_000)
SHAPE = (
    botocore.session.get_session().get_service_model("bedrock-runtime").operation_model("ConverseStream").input_shape
)
STEP = {"type": "step-start"}
WEATHER = {"name": "weather", "inputSchema": {"type": "object"}}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def user(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"id": "u", "role": "user", "parts": list(parts)}


def assistant(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"id": "a", "role": "assistant", "metadata": {"usage": {}}, "parts": [STEP, *parts]}


def system(words: str) -> dict[str, Any]:
    return {"id": "s", "role": "system", "parts": [text(words)]}


def file(media_type: str, data: bytes = b"data", **fields: Any) -> dict[str, Any]:
    url = f"data:{media_type};base64,{base64.b64encode(data).decode()}"
    return {"type": "file", "mediaType": media_type, "url": url, **fields}


def call(state: str, **fields: Any) -> dict[str, Any]:
    return {"type": "dynamic-tool", "toolName": "weather", "toolCallId": "t1", "state": state, **fields}


HELLO = user(text("Hello"))
HELLO_TURN = Message.of_text("user", "Hello")
PDF = "application/pdf"
LIMIT_S = 5


def parse(document: Any, settings: Settings = SETTINGS) -> UiRequest:
    return parse_ui_request(json.dumps(document).encode(), settings)


def turns(*messages: dict[str, Any]) -> tuple[Message, ...]:
    return parse({"messages": list(messages)}).chat.messages


def test_what_use_chat_posts_is_taken() -> None:
    """The names of the chat and of its messages are the page's own."""
    posted = {"id": "chat-1", "messages": [HELLO], "trigger": "submit-message", "messageId": "u"}
    assert exact(parse(posted)) == exact(UiRequest(ChatRequest("model-a", (HELLO_TURN,), 100), None))
    assert exact(parse({**posted, "trigger": "regenerate-message"})) == exact(parse(posted))


def test_every_option_is_taken() -> None:
    """Those of /chat, tools, and the choice among them."""
    options = {"max_tokens": 7, "temperature": 0, "top_p": 1, "stop": ["END"], "reasoning_effort": "low"}
    tools = [{**WEATHER, "description": "Tells it."}, {"name": "time", "description": None, "inputSchema": {}}]
    assert exact(parse({"messages": [HELLO], **options, "tools": tools, "toolChoice": "required"}).chat) == exact(
        ChatRequest(
            "model-a",
            (HELLO_TURN,),
            7,
            0.0,
            1.0,
            ("END",),
            tools=(Tool("weather", "Tells it.", {"type": "object"}), Tool("time", None, {})),
            tool_choice=AnyTool(),
            additional_fields={"effort": 1},
        )
    )


CHOICES: dict[str, tuple[Any, Any]] = {
    "not given": (None, None),
    "the model's": ("auto", None),
    "any": ("required", AnyTool()),
    "one": ({"type": "tool", "toolName": "weather"}, OneTool("weather")),
}


@pytest.mark.parametrize(("choice", "expected"), CHOICES.values(), ids=CHOICES)
def test_a_tool_can_be_demanded(choice: Any, expected: Any) -> None:
    """In the AI SDK's words."""
    assert exact(parse({"messages": [HELLO], "tools": [WEATHER], "toolChoice": choice}).chat.tool_choice) == exact(
        expected
    )


def test_no_tools_are_none() -> None:
    """A page whose list is empty needs no other body."""
    chat = parse({"messages": [HELLO], "tools": [], "toolChoice": "auto"}).chat
    assert (chat.tools, chat.tool_choice) == ((), None)


def test_a_system_message_is_added_where_the_operator_lets_it() -> None:
    """Several are one."""
    posted = {"messages": [system("Rhyme."), system("Briefly."), HELLO]}
    assert parse(posted, OPEN_SETTINGS).chat.system == "Rhyme.\n\nBriefly."
    assert parse({"messages": [system(" "), HELLO]}, OPEN_SETTINGS).chat.system is None


CALL = ToolUse("t1", "weather", {"city": "Prague"})
SUNNY = call("output-available", input={"city": "Prague"}, output="sunny")
SUNNY_RESULT = ToolResult("t1", (Text("sunny"),))
SIGNED = {"type": "reasoning", "text": "hm", "providerMetadata": {"bedrock": {"signature": "c2ln"}}}

CONVERSATIONS: dict[str, tuple[list[dict[str, Any]], list[Message]]] = {
    "in turn": (
        [HELLO, assistant(text("Hi.")), HELLO],
        [HELLO_TURN, Message.of_text("assistant", "Hi."), HELLO_TURN],
    ),
    "what is for the page alone": (
        [
            user(text("Hello"), {"type": "data-mood", "data": 1}),
            assistant(
                {"type": "source-url", "sourceId": "1", "url": "https://example.com/"},
                {"type": "source-document", "sourceId": "2", "mediaType": "text/plain", "title": "a"},
                {"type": "data-chart", "data": {}},
                text("Hi."),
            ),
            HELLO,
        ],
        [HELLO_TURN, Message.of_text("assistant", "Hi."), HELLO_TURN],
    ),
    "after an answer that failed at once": (
        [HELLO, assistant(), user(text("Again"))],
        [Message("user", (Text("Hello"), Text("Again")))],
    ),
    "after a request that was refused": (
        [HELLO, user(text("Again"))],
        [Message("user", (Text("Hello"), Text("Again")))],
    ),
    "blank text beside a file": (
        [user(text("Look"), file("image/png"), text(""))],
        [Message("user", (Text("Look"), Image("png", b"data")))],
    ),
    "a blank message long ago": ([user(text(" ")), HELLO], [HELLO_TURN]),
    "reasoning with its signature": (
        [HELLO, assistant(SIGNED, text("Hi.")), HELLO],
        [HELLO_TURN, Message("assistant", (Reasoning("hm", "c2ln"), Text("Hi."))), HELLO_TURN],
    ),
    "reasoning without one": (
        [
            HELLO,
            assistant(
                {"type": "reasoning", "text": "a"},
                {"type": "reasoning", "text": "b", "providerMetadata": {"bedrock": {"signature": ""}}},
                {"type": "reasoning", "text": "c", "providerMetadata": {"bedrock": {"signature": 1}}},
                {"type": "reasoning", "text": "d", "providerMetadata": {"other": {"signature": "c2ln"}}},
                {"type": "reasoning", "text": "e", "providerMetadata": "c2ln"},
                text("Hi."),
            ),
            HELLO,
        ],
        [HELLO_TURN, Message.of_text("assistant", "Hi."), HELLO_TURN],
    ),
    "a tool's output": (
        [HELLO, assistant(text("Let me see."), SUNNY)],
        [HELLO_TURN, Message("assistant", (Text("Let me see."), CALL)), Message("user", (SUNNY_RESULT,))],
    ),
    "several steps, and a question": (
        [HELLO, assistant(SIGNED, SUNNY, STEP, text("It is sunny.")), HELLO],
        [
            HELLO_TURN,
            Message("assistant", (Reasoning("hm", "c2ln"), CALL)),
            Message("user", (SUNNY_RESULT,)),
            Message.of_text("assistant", "It is sunny."),
            HELLO_TURN,
        ],
    ),
    "a tool's output and a question": (
        [HELLO, assistant(SUNNY), user(text("And?"))],
        [HELLO_TURN, Message("assistant", (CALL,)), Message("user", (SUNNY_RESULT, Text("And?")))],
    ),
    "a tool that the page knows by its type": (
        [HELLO, assistant({**SUNNY, "type": "tool-get-it"})],
        [
            HELLO_TURN,
            Message("assistant", (ToolUse("t1", "get-it", {"city": "Prague"}),)),
            Message("user", (SUNNY_RESULT,)),
        ],
    ),
    "an answer that ended before its reasoning led to anything": (
        [HELLO, assistant(SUNNY, STEP, SIGNED, SIGNED), HELLO],
        [HELLO_TURN, Message("assistant", (CALL,)), Message("user", (SUNNY_RESULT, Text("Hello")))],
    ),
    "a call that was never whole": (
        [HELLO, assistant(text("Let me see."), call("input-streaming", input={"ci": ""})), HELLO],
        [HELLO_TURN, Message.of_text("assistant", "Let me see."), HELLO_TURN],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("messages", "expected"), CONVERSATIONS.values(), ids=CONVERSATIONS)
def test_messages_become_turns(messages: list[dict[str, Any]], expected: list[Message]) -> None:
    """Those of the two sides alternate, and the outputs of tools are the user's."""
    assert exact(list(turns(*messages))) == exact(expected)


def test_many_messages_take_no_longer_each_than_a_few() -> None:
    """A body of the size that Lambda takes has tens of thousands, and must not keep the function busy."""
    messages = read_messages([HELLO] * 100_000)
    started = time.process_time()
    (turn,) = turns_of(messages)
    assert time.process_time() - started < LIMIT_S
    assert len(turn.parts) == len(messages)


OUTCOMES: dict[str, tuple[dict[str, Any], dict[str, Any], str, bool]] = {
    "text": ({"state": "output-available", "input": {}, "output": "sunny"}, {}, "sunny", False),
    "blank text": ({"state": "output-available", "input": {}, "output": ""}, {}, '""', False),
    "an object": ({"state": "output-available", "input": {"a": 1}, "output": {"á": 1}}, {"a": 1}, '{"á": 1}', False),
    "nothing": ({"state": "output-available", "input": None}, {}, "null", False),
    "an error": ({"state": "output-error", "input": {"a": 1}, "errorText": "no network"}, {"a": 1}, "no network", True),
    "an error without a word": ({"state": "output-error", "errorText": ""}, {}, "The tool failed.", True),
    "an input that is none": ({"state": "output-error", "input": "{a", "errorText": "not JSON"}, {}, "not JSON", True),
    "denied": ({"state": "output-denied", "input": {}}, {}, "The user did not allow the call.", True),
    "denied with a reason": (
        {"state": "output-denied", "input": {}, "approval": {"id": "1", "approved": False, "reason": "too dear"}},
        {},
        "too dear",
        True,
    ),
    **{
        state: ({"state": state, "input": {}}, {}, "The tool was not run: the user went on without it.", True)
        for state in ("input-available", "approval-requested", "approval-responded")
    },
}  # fmt: skip


@pytest.mark.parametrize(("fields", "tool_input", "said", "failed"), OUTCOMES.values(), ids=OUTCOMES)
def test_the_model_is_told_what_became_of_its_call(
    fields: dict[str, Any], tool_input: dict[str, Any], said: str, failed: bool
) -> None:
    """Also of one that the user passed over: without a result Bedrock would refuse the conversation for ever."""
    _, called, told = turns(HELLO, assistant(call(**fields)), HELLO)
    assert exact(called.parts) == exact((ToolUse("t1", "weather", tool_input),))
    assert exact(told.parts) == exact((ToolResult("t1", (Text(said),), failed), Text("Hello")))


def test_an_answer_to_a_tools_output_goes_on_with_its_message() -> None:
    """Whose id the answer then has; without one it is an answer like any other."""
    messages = [HELLO, assistant(SUNNY)]
    assert parse({"messages": messages}).continued_id == "a"
    del messages[1]["id"]
    assert parse({"messages": messages}).continued_id is None


def test_images_and_documents_are_taken() -> None:
    """Each under the type that its URL gives, whatever else the page says of it."""
    parts = (
        file("image/png"),
        file(PDF, filename="report.pdf"),
        {"type": "file", "url": "DATA:IMAGE/GIF;BASE64,ZGF0YQ=="},
    )
    assert exact(turns(user(*parts, file("text/markdown"), text("Look")))[0].parts) == exact(
        (
            Image("png", b"data"),
            Document("pdf", "report", b"data"),
            Image("gif", b"data"),
            Document("md", "document", b"data"),
            Text("Look"),
        )
    )


def test_no_two_documents_have_one_name() -> None:
    """In the whole conversation: Bedrock would refuse it."""
    again = user(text("Read"), file(PDF, filename="a.pdf"))
    read, _, read_again = turns(again, assistant(text("Done.")), again)
    assert exact((read.parts[1], read_again.parts[1])) == exact(
        (Document("pdf", "a", b"data"), Document("pdf", "a 2", b"data"))
    )


def of(*messages: Any, **fields: Any) -> dict[str, Any]:
    return {"messages": list(messages), **fields}


def linked(url: Any) -> dict[str, Any]:
    return of(user(text("Look"), {**file("image/png"), "url": url}))


REFUSED: dict[str, tuple[Any, str]] = {
    "not an object": ([1], "must be a JSON object"),
    "an unknown field": (of(HELLO, maxTokens=5), "unknown field 'maxTokens'; known are id, max_tokens, "),
    "an unknown trigger": (of(HELLO, trigger="resume"), "trigger must be one of 'submit-message', "),
    "no messages": ({}, "messages must be a list"),
    "a message of a wrong type": (of("Hello"), r"messages\[0\] must be an object"),
    "no role": (of({"parts": []}), r"messages\[0\].role must be one of"),
    "an older AI SDK's message": (of({"role": "user", "content": "a"}), r"messages\[0\].parts must be a list"),
    "a part of a wrong type": (of(user("a")), r"messages\[0\].parts\[0\] must be an object with a type"),  # type: ignore[arg-type]
    "a part without a type": (of(user({})), r"messages\[0\].parts\[0\] must be an object with a type"),
    "a part that is not the user's": (of(user(STEP)), r"parts\[0\].type must be one of 'text', 'file', not 'step-"),
    "a part that is not the assistant's": (
        of(HELLO, assistant(file("image/png"))), r"messages\[1\].parts\[1\].type must be one of text, .* not 'file'"),
    "text of a wrong type": (of(user({"type": "text"})), r"parts\[0\].text must be text, not None"),
    "half a character": (of(user(text("\ud800"))), "half of a surrogate pair"),
    "nothing said": (of(HELLO, user(text(" "))), r"messages\[1\] says nothing"),
    "nothing to go on with": (of(HELLO, assistant()), r"messages\[1\] says nothing"),
    "the assistant first": (of(assistant(text("Hi!")), HELLO), "first message must be the user's: leave out a "),
    "the assistant last": (of(HELLO, assistant(text("Hi."))), "last message must be the user's, or end with "),
    "the system's message": (of(system("obey"), HELLO), "can allow more with chat.client_system_prompt = true"),
    "an http URL": (linked("https://example.com/a.png"), r"parts\[1\].url must be a data URL .*nothing is fetched"),
    "no URL": (linked(None), r"parts\[1\].url must be a data URL"),
    "a drawing": (of(user(file("image/svg+xml"))), "must be of image/png, .*, not 'image/svg.xml'"),
    "a film": (of(user(file("video/mp4"))), "must be of application/pdf, .*, not 'video/mp4'"),
    "a document alone": (of(user(file(PDF))), "a file must come with text"),
    "a call that waits": (of(HELLO, assistant(call("input-available"))), "tool 'weather' without its output: add it"),
    "a call in no state": (of(HELLO, assistant(call("done"))), r"parts\[1\].state must be one of"),
    "a call without its id": (of(HELLO, assistant({**SUNNY, "toolCallId": ""})), r"parts\[1\].toolCallId must be text"),
    "a call of no tool": (of(HELLO, assistant({**SUNNY, "toolName": None})), r"parts\[1\].toolName must be text"),
    "a call of a type of no tool": (of(HELLO, assistant({**SUNNY, "type": "tool-"})), r"parts\[1\].type must be text"),
    "a call with a wrong input": (of(HELLO, assistant({**SUNNY, "input": []})), r"parts\[1\].input must be an object"),
    "an error of a wrong type": (of(HELLO, assistant(call("output-error", errorText=5))), "errorText must be text"),
    "half an output": (of(HELLO, assistant({**SUNNY, "output": ["\ud800"]})), r"parts\[1\].output holds half"),
    "tools of a wrong type": (of(HELLO, tools={"weather": {}}), "tools must be a list .*, not {'weather': {}}"),
    "a tool of a wrong type": (of(HELLO, tools=["weather"]), r"tools\[0\] must be an object"),
    "a tool without a name": (of(HELLO, tools=[{"inputSchema": {}}]), r"tools\[0\].name must be text"),
    "a tool without a schema": (of(HELLO, tools=[{"name": "a"}]), r"tools\[0\].inputSchema must be an object"),
    "a tool with a blank description": (of(HELLO, tools=[{**WEATHER, "description": ""}]), "description must be text"),
    "a tool with more": (
        of(HELLO, tools=[{**WEATHER, "execute": "x"}]),
        r"tools\[0\] may not have the field 'execute'",
    ),
    "a name that Bedrock doesn't take": (of(HELLO, tools=[{**WEATHER, "name": "a b"}]), "must be text of the form"),
    "no tool shall be called": (of(HELLO, tools=[WEATHER], toolChoice="none"), "to have none called, send no tools"),
    "a choice of a wrong form": (of(HELLO, tools=[WEATHER], toolChoice={"type": "tool"}), "toolChoice must be 'auto'"),
    "a choice of another type": (
        of(HELLO, tools=[WEATHER], toolChoice={"type": "function", "toolName": "weather"}), "toolChoice must be"),
    "a choice without tools": (of(HELLO, toolChoice="required"), "toolChoice needs tools"),
    "a choice of no tool": (
        of(HELLO, tools=[WEATHER], toolChoice={"type": "tool", "toolName": "time"}), "must be one of 'weather'"),
    "another model": (of(HELLO, model="model-b"), "'model-b' is not offered"),
    "too many tokens": (of(HELLO, max_tokens=101), "from 1 to 100"),
    "an image for a model without eyes": (of(user(file("image/png")), model="blind"), "not set up here to take images"),
    "a file for a model that takes none": (of(user(text("a"), file(PDF)), model="blind"), "to take files"),
    "tools for a model that takes none": (of(HELLO, tools=[WEATHER], model="blind"), "to take tools"),
}  # fmt: skip


@pytest.mark.parametrize(("document", "message"), REFUSED.values(), ids=REFUSED)
def test_a_request_that_breaks_a_rule_is_refused(document: Any, message: str) -> None:
    """With a message that says which rule and where."""
    with pytest.raises(InvalidRequest, match=message):
        parse(document)


REFUSED_SYSTEM: dict[str, tuple[Any, str]] = {
    "only the system's": (of(system("obey")), "messages must hold one of the user's"),
    "the system's later": (of(HELLO, system("obey")), r"messages\[1\] gives instructions: they must come before"),
    "a file": (of({**system(""), "parts": [file(PDF)]}, HELLO), r"messages\[0\].parts\[0\].type must be one of 'text'"),
}  # fmt: skip


@pytest.mark.parametrize(("document", "message"), REFUSED_SYSTEM.values(), ids=REFUSED_SYSTEM)
def test_a_system_message_has_its_place(document: Any, message: str) -> None:
    """Also where the operator lets clients add one."""
    with pytest.raises(InvalidRequest, match=message):
        parse(document, OPEN_SETTINGS)


def test_a_body_over_the_cap_is_too_large() -> None:
    """The operator's cap counts for files too."""
    with pytest.raises(RequestTooLarge, match="at most 3000"):
        parse(of(user(text("Read"), file(PDF, b"x" * 3000))))


def test_after_any_answer_the_conversation_can_go_on() -> None:
    """What the AI SDK made of an answer, whole or not, is sent back with the next question, and Bedrock can take it."""
    answers = answers_of_every_kind()
    for events, seen in zip(answers, read_by_the_ai_sdk(*map(encoded, answers)), strict=True):
        messages = [HELLO, *filter(None, [seen["message"]]), HELLO]
        chat = parse({"messages": messages}, OPEN_SETTINGS).chat
        assert not ParamValidator().validate(converse_parameters(chat, None), SHAPE).has_errors(), events
        assert [turn.role for turn in chat.messages] == ["user", "assistant", "user"][: len(chat.messages)], events
        *_, last = chat.messages
        called = [part.tool_call_id for turn in chat.messages for part in turn.parts if isinstance(part, ToolUse)]
        assert [part.tool_call_id for part in last.parts if isinstance(part, ToolResult)] == called, events
