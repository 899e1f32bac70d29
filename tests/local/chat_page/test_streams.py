"""The chat page before whatever may answer it: streams cut anywhere, failures, and a user who stops."""

import re

import pytest
from playwright.sync_api import expect

from support.chat_page import ChatPage
from support.page_server import FRAME_S, START, PageServer, Reply, event, whole
from support.soak import SOAK

LEFT_S = 5
"""Half as long as the answers that are left would take."""
JSON = "application/json"


# --- the stream ---


SPLIT = (
    "\ufeff: a comment\r\n\r\n"
    'event: ignored\rid: 1\rdata: {"type":"start","model":"m"}\r\r'
    'data: {"type":"token",\r\ndata: "content":"žluťoučký "}\r\n\r\n'
    ": keep-alive\n\n"
    'data:{"type":"token","content":"日本 🙂"}\n\n'
    'data: {"type":"later-invention"}\n\n'
    'data: {"type":"usage","input_tokens":1,"output_tokens":2,"total_tokens":3}\n\n'
    'data: {"type":"done","stop_reason":"end_turn"}\n\n'
).encode()


def test_a_stream_may_be_cut_anywhere(page: ChatPage, server: PageServer) -> None:
    """Inside a character, and between the two characters that end a line: each byte comes by itself."""
    server.reply = Reply([SPLIT[at : at + 1] for at in range(len(SPLIT))], pause_s=0.002)
    page.ask("?")
    assert page.text == "žluťoučký 日本 🙂"
    assert page.tab.errors == []


def test_a_cut_may_be_the_only_one(page: ChatPage, server: PageServer) -> None:
    """The same stream in two pieces, at each place of its first half where a byte may be special."""
    places = [at for at in range(1, len(SPLIT)) if SPLIT[at] > 127 or SPLIT[at] in b"\r\n" or SPLIT[at - 1] in b"\r\n"]
    for at in places if SOAK else places[::4]:
        server.reply = Reply([SPLIT[:at], SPLIT[at:]], pause_s=FRAME_S)
        page.ask("?")
        assert page.text == "žluťoučký 日本 🙂", at


def test_what_follows_the_end_is_no_part_of_the_answer(page: ChatPage, server: PageServer) -> None:
    """Even in the same chunk."""
    late = [event("token", content=" Late."), event("error", error={"message": "late"})]
    server.reply = Reply([b"".join([*whole("Hello."), *late])])
    answer = page.ask("?")
    assert page.text == "Hello."
    expect(answer.locator(".fault")).to_have_count(0)


def test_a_stream_that_fails_is_left(page: ChatPage, server: PageServer) -> None:
    """Whatever else would come is paid for."""
    server.reply = Reply([b"data: {\n\n", *[event("token", content="on ")] * 500], pause_s=FRAME_S)
    expect(page.ask("?").locator(".fault")).to_be_visible()
    assert server.left.wait(5)


def test_a_new_chat_leaves_the_answer_of_the_old(page: ChatPage, server: PageServer) -> None:
    """Nobody would see the rest."""
    server.reply = Reply([START, *[event("token", content="on ")] * 500], pause_s=FRAME_S)
    page.begin("?")
    expect(page.prose).to_contain_text("on")
    page.press("New chat")
    assert server.left.wait(5)
    assert page.announced == "New chat"


PART = event("token", content="Half an **ans")
MESSAGES: dict[str, tuple[Reply, str, str]] = {
    "an error in the stream": (
        Reply([START, PART, event("usage", partial=True, output_pieces=1),
               event("error", error={"message": "The model failed.", "code": "model_failed", "request_id": "id-1"})]),
        "The model failed.", "model_failed · request id-1"),
    "an end without done": (Reply([START, PART]), "The answer broke off before it was whole.", ""),
    "a connection that is cut": (
        Reply([START, PART], ends=False), "The answer broke off before it was whole.", "connection lost"),
    "an event that is no JSON": (Reply([START, PART, b"data: {\n\n"]), "The answer can't be read:", ""),
    "a piece that is no text": (
        Reply([START, PART, event("token", content=None)]), "The server sent a piece of text that is none.", ""),
    "a refusal": (
        Reply([b'{"error": {"message": "Too many.", "code": "throttled", "request_id": "id-2"}}'], 429, JSON),
        "Too many.", "throttled · request id-2"),
    "a refusal of Lambda's": (Reply([b'{"Message": "Forbidden"}'], 403, JSON), "Forbidden", "status 403"),
    "a refusal in HTML": (
        Reply([b"<h1>Bad gateway</h1>"], 502, "text/html"), "The server refused with status 502.", "status 502"),
    "another format": (
        Reply([b"<p>Log in"], content_type="text/html"),
        "The server answered with text/html where a stream was expected.", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", MESSAGES)
def test_a_failure_is_told_and_retried(page: ChatPage, server: PageServer, case: str) -> None:
    """What came stays and is marked; neither it nor its question is sent again, but by Retry."""
    reply, message, detail = MESSAGES[case]
    page.ask("first")
    server.reply = reply
    failed = page.ask("second")
    fault = failed.locator(".fault")
    expect(fault.locator("strong")).to_contain_text(message)
    expect(fault.locator("small")).to_contain_text(detail)
    expect(fault.locator("small")).to_contain_text("isn't part of the conversation")
    assert page.announced.startswith(f"Error: {message}")
    assert page.text in ("Half an ans", "")
    server.reply = Reply(whole("Better."))
    page.press("Retry")
    page.ended()
    assert page.text == "Better."
    assert page.tab.page.get_by_role("button", name="Retry").count() == 0
    page.ask("third")
    expect(page.tab.page.locator(".fault")).to_have_count(1)
    assert [message["content"] for message in server.posted[-2].messages] == ["first", "Hello.", "second"]
    assert [message["content"] for message in server.posted[-1].messages] == [
        *("first", "Hello.", "second", "Better.", "third")
    ]
    assert not [error for error in page.tab.errors if not error.startswith("Failed to load resource")]


def test_a_question_that_failed_may_be_left_behind(page: ChatPage, server: PageServer) -> None:
    """The roles alternate all the same."""
    server.reply = Reply([START, PART])
    page.ask("lost")
    server.reply = Reply(whole("Yes."))
    page.ask("another")
    assert server.posted[-1].messages == [{"role": "user", "content": "another"}]


def test_a_connection_that_is_gone_is_told(page: ChatPage) -> None:
    """In words that a user knows; once it is back, Retry goes on."""
    page.tab.page.context.set_offline(True)
    expect(page.ask("?").locator(".fault strong")).to_have_text("The server can't be reached.")
    page.tab.page.context.set_offline(False)
    page.press("Retry")
    page.ended()
    assert page.text == "Hello."


# --- stopping, and starting anew ---


def test_stop_keeps_what_has_come(page: ChatPage, server: PageServer) -> None:
    """It is marked, and part of what is sent next."""
    server.reply = Reply([START, *[event("token", content="word ")] * 500], pause_s=FRAME_S)
    page.begin("count")
    expect(page.prose).to_contain_text("word word word")
    page.press("Stop")
    answer = page.ended()
    assert server.left.wait(LEFT_S), "the model would have gone on, unread and paid for"
    kept = page.text
    expect(answer.locator(".note")).to_have_text("Stopped.")
    expect(page.tab.page.get_by_role("textbox")).to_be_focused()
    server.reply = Reply(whole("Fine."))
    page.ask("on")
    sent = server.posted[-1].messages
    assert [message["role"] for message in sent] == ["user", "assistant", "user"]
    assert sent[1]["content"].strip() == kept.strip()
    assert page.tab.errors == []


def test_stop_before_the_first_word(page: ChatPage, server: PageServer) -> None:
    """Nothing came, so nothing of it is sent: no message may be empty, and the roles alternate."""
    server.reply = Reply([b": keep-alive\n\n"] * 500, pause_s=FRAME_S)
    page.begin("slow")
    page.tab.page.get_by_role("button", name="Stop").wait_for()
    page.tab.page.keyboard.press("Escape")
    expect(page.ended().locator(".note")).to_contain_text("Stopped before the answer began.")
    server.reply = Reply(whole("Fine."))
    page.ask("again")
    assert server.posted[-1].messages == [{"role": "user", "content": "again"}]


def test_a_new_chat_forgets_the_old_one(page: ChatPage, server: PageServer) -> None:
    """Also while an answer comes in, which must not turn up in the new one."""
    page.ask("old")
    server.reply = Reply([START, *[event("token", content="late ")] * 500], pause_s=FRAME_S)
    page.begin("older")
    expect(page.prose).to_contain_text("late")
    page.press("New chat")
    expect(page.tab.page.get_by_role("main")).to_have_text(re.compile("What would you like to know"))
    assert server.left.wait(LEFT_S), "the model would have gone on, unread and paid for"
    server.reply = Reply(whole("Fresh."))
    page.ask("new")
    assert server.posted[-1].messages == [{"role": "user", "content": "new"}]
    assert page.tab.page.locator("article").count() == 2
    assert page.tab.errors == []


# --- what else comes with an answer ---


def test_reasoning_sources_and_a_cut_are_shown(page: ChatPage, server: PageServer) -> None:
    """Reasoning is folded away, and never sent back; a source whose address is no web page's is no link."""
    cite = [event("citation", title="Guide", url="https://a.bc/", quote="So."),
            event("citation", title="Guide", url="https://a.bc/", quote="Again."),
            event("citation", title="Trap", url="javascript:alert(1)", quote=None)]  # fmt: skip
    server.reply = Reply(
        [START, event("reasoning", content="Let me "), event("reasoning", content="<b>think</b>"),
         event("token", content="Well"), *cite, *whole(stop_reason="max_tokens")[-2:]]
    )  # fmt: skip
    answer = page.ask("?")
    thoughts = answer.locator("details")
    expect(thoughts.locator("summary")).to_have_text(re.compile(r"Thought for [\d.]+ s"))
    expect(thoughts.locator("div")).to_be_hidden()
    thoughts.locator("summary").click()
    expect(thoughts.locator("div")).to_have_text("Let me <b>think</b>")
    expect(answer.locator(".sources li")).to_have_text(["Guide", "Trap"])
    assert answer.locator(".sources a").evaluate_all("(links) => links.map((link) => link.href)") == ["https://a.bc/"]
    expect(answer.locator(".note")).to_contain_text("Cut at the longest length")
    page.ask("on")
    assert server.posted[-1].messages[1] == {"role": "assistant", "content": "Well"}


def test_an_answer_without_text_is_said_to_be_empty(page: ChatPage, server: PageServer) -> None:
    """And is not sent: Bedrock takes no blank text."""
    server.reply = Reply(whole())
    expect(page.ask("?").locator(".note")).to_have_text("The answer is empty.")
    page.ask("again")
    assert len(server.posted[-1].messages) == 1


@pytest.mark.parametrize(
    ("stop_reason", "note"),
    [
        ("malformed_model_output", "Part of it can't be read."),
        ("malformed_tool_use", "The call of a tool can't be read."),
        ("tool_use", "The model asked for a tool, and this page has none."),
        ("constructor", "The answer is empty."),
        ("one_of_next_year", "The answer is empty."),
    ],
)
def test_why_an_answer_ended_is_said(page: ChatPage, server: PageServer, stop_reason: str, note: str) -> None:
    """Where it is not the usual reason."""
    server.reply = Reply(whole(stop_reason=stop_reason))
    expect(page.ask("?").locator(".note")).to_have_text(note)


def test_a_defect_of_the_page_does_not_end_it(page: ChatPage) -> None:
    """It is told as any failure, and another question can be asked."""
    page.tab.run("() => { const { draw } = Prose.prototype; window.mend = () => { Prose.prototype.draw = draw; };"
                 " Prose.prototype.draw = () => { throw Error('defect'); }; }")  # fmt: skip
    expect(page.ask("?").locator(".fault")).to_contain_text("The answer can't be read: defect")
    page.tab.run("() => mend()")
    page.ask("again")
    assert page.text == "Hello."


def test_times_are_those_of_the_tokens(page: ChatPage, server: PageServer) -> None:
    """Of the usage that the model tells, not of the pieces: four tokens in each."""
    pieces = [event("token", content="a b c d ") for _ in range(11)]
    usage = event("usage", input_tokens=1, output_tokens=44, total_tokens=45)
    server.reply = Reply([START, *pieces, usage, event("done", stop_reason="end_turn")], pause_s=0.1)
    foot = page.ask("?").locator(".foot span")
    first, rate = re.fullmatch(r"([\d.]+) s to first token · ([\d.]+) tokens/s", foot.text_content() or "").groups()  # type: ignore[union-attr]
    assert 0.1 <= float(first) < 1
    assert 20 < float(rate) < 44


def test_the_first_token_is_when_the_pace_begins(shared: ChatPage) -> None:
    """Of eleven tokens in a second ten came within it."""
    said = shared.tab.run(
        "() => Object.assign(new Answer(), { tokens: 11, asked: 0, first: 1500, last: 2500 }).measured()"
    )
    assert said == "1.5 s to first token · 10 tokens/s"


def test_enter_that_ends_a_composition_sends_nothing(page: ChatPage, server: PageServer) -> None:
    """Who writes Japanese chooses characters with it; Safari says so by a code alone."""
    page.tab.page.get_by_role("textbox", name="Message").fill("日本")
    page.tab.run("""() => {
        const enter = { key: "Enter", bubbles: true }, box = document.getElementById("message");
        box.dispatchEvent(new KeyboardEvent("keydown", { ...enter, isComposing: true }));
        box.dispatchEvent(new KeyboardEvent("keydown", { ...enter, keyCode: 229 }));
    }""")
    expect(page.tab.page.get_by_role("textbox", name="Message")).to_have_value("日本")
    page.tab.page.keyboard.press("Enter")
    page.ended()
    assert len(server.posted) == 1


LONG_FAULT = "Bedrock denied the function access to the model. Likely causes: " + "the role lacks it; " * 20


@pytest.mark.parametrize(
    ("message", "headline", "folded"),
    [
        ("ThrottlingException: Too many tokens: wait.", "Too many tokens: wait.", None),
        (LONG_FAULT, "Bedrock denied the function access to the model.", LONG_FAULT[49:].strip()),
        ("word " * 60, f"{'word ' * 31}…", ("word " * 29).strip()),
    ],
    ids=["an exception's name", "sentences", "one sentence"],
)
def test_a_fault_has_a_short_headline(
    page: ChatPage, server: PageServer, message: str, headline: str, folded: str | None
) -> None:
    """The name of an exception says nothing that its code doesn't; the rest can be unfolded."""
    server.reply = Reply([START, event("error", error={"message": message, "code": "throttled"})])
    fault = page.ask("?").locator(".fault")
    expect(fault.locator("strong")).to_have_text(headline)
    expect(fault.locator("details")).to_have_count(0 if folded is None else 1)
    if folded is not None:
        expect(fault.locator("details > div")).to_be_hidden()
        fault.locator("summary").click()
        expect(fault.locator("details > div")).to_have_text(folded)
