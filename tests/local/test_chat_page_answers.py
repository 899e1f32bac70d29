"""The chat page before whatever may answer it: texts, streams and failures, byte by byte where that matters."""

import hashlib
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Dialog, Route, expect

from bedrock_chat.page.route import FILE
from support.browser import OpenTab, Tab, tabs
from support.chat_page import ChatPage
from support.page_server import PageServer, Reply, event, whole
from support.soak import SOAK

EXAMPLES = 200 if SOAK else 8
FRAME_S = 0.02
"""Longer than a browser takes from one picture to the next: what comes in between is drawn."""
LONG = 100_000
LIMIT_S = 10
LEFT_S = 5
"""Half as long as the answers that are left would take."""
AXE = Path(__file__).parents[1] / "node" / "node_modules" / "axe-core" / "axe.min.js"
JSON = "application/json"
LINK = 'target="_blank" rel="noopener noreferrer nofollow"'


@pytest.fixture(scope="module")
def server() -> Iterator[PageServer]:
    with PageServer() as serving:
        yield serving


@pytest.fixture
def page(server: PageServer, open_tab: OpenTab) -> ChatPage:
    """A page that has just been opened."""
    server.posted.clear()
    server.left.clear()
    server.reply = Reply(whole("Hello."))
    return ChatPage(open_tab(server.url))


@pytest.fixture(scope="module")
def shared(server: PageServer, browser: Browser) -> Iterator[ChatPage]:
    """One page for all tests that only look at how a text is shown."""
    with tabs(browser) as opener:
        yield ChatPage(opener(server.url))


def shown(page: ChatPage, server: PageServer, text: str) -> str:
    """What the page makes of a text that comes in one piece."""
    server.reply = Reply(whole(text))
    page.ask("?")
    return page.markup


# --- Markdown ---


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
        ("# A\n###### B\n#no", "<h3>A</h3><h6>B</h6><p>#no</p>"),
        ("**a** *b* ***c***", "<p><strong>a</strong> <em>b</em> <strong><em>c</em></strong></p>"),
        ("__a__ _b_ ~~c~~", "<p><strong>a</strong> <em>b</em> <del>c</del></p>"),
        ("**a *b* c** and *d **e** f*", "<p><strong>a <em>b</em> c</strong> and <em>d <strong>e</strong> f</em></p>"),
        ("2 * 3 * 4, snake_case_name, a ** b, *a", "<p>2 * 3 * 4, snake_case_name, a ** b, *a</p>"),
        ("**a *b** c", "<p><strong>a *b</strong> c</p>"),
        (r"\*a\* \` \[b](c)", "<p>*a* ` [b](c)</p>"),
        ("`a*b*` ``c`d`` `e", "<p><code>a*b*</code> <code>c`d</code> `e</p>"),
        ("- a\n- b\n  - c\n  - d\n- e", "<ul><li>a</li><li>b<ul><li>c</li><li>d</li></ul></li><li>e</li></ul>"),
        ("3. a\n4. b\n\n   c", '<ol start="3"><li>a</li><li><p>b</p><p>c</p></li></ol>'),
        ("1. a\n   - b\n\n2. c", "<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>"),
        ("text:\n- a\n\nmore", "<p>text:</p><ul><li>a</li></ul><p>more</p>"),
        ("> a\n> - b\n\nc", "<blockquote><p>a</p><ul><li>b</li></ul></blockquote><p>c</p>"),
        ("a\n\n---\n\n* * *", "<p>a</p><hr><hr>"),
        ("[a *b*](https://c.de/f_(g)?h=1)", f'<p><a href="https://c.de/f_(g)?h=1" {LINK}>a <em>b</em></a></p>'),
        ("see https://a.bc/d_e. Or", f'<p>see <a href="https://a.bc/d_e" {LINK}>https://a.bc/d_e</a>. Or</p>'),
        ("[m](mailto:a@b.cd)", f'<p><a href="mailto:a@b.cd" {LINK}>m</a></p>'),
        ("![alt](https://a.bc/d.png)", f'<p><a href="https://a.bc/d.png" {LINK}>alt</a></p>'),
        ("<https://a.bc/d.> <b", f'<p><a href="https://a.bc/d." {LINK}>https://a.bc/d.</a> &lt;b</p>'),
        ("<https://a.bc/d", f'<p>&lt;<a href="https://a.bc/d" {LINK}>https://a.bc/d</a></p>'),
        ("[<https://a.bc>](https://d.ef)", f'<p><a href="https://d.ef/" {LINK}>https://a.bc</a></p>'),
        ("- [x] *a*\n- [ ] b", '<ul><li class="task">☑ <em>a</em></li><li class="task">☐ b</li></ul>'),
        ("- [x]\n- [x](https://a.bc)", f'<ul><li>[x]</li><li><a href="https://a.bc/" {LINK}>x</a></li></ul>'),
        ("1. [X] a", "<ol><li>[X] a</li></ol>"),
        ("&amp; <b>", "<p>&amp;amp; &lt;b&gt;</p>"),
        ("a | b\nno table", "<p>a | b<br>no table</p>"),
    ],
)  # fmt: skip
def test_markdown_is_shown(shared: ChatPage, server: PageServer, text: str, markup: str) -> None:
    """What models write of it."""
    assert shown(shared, server, text) == markup.replace("<ol>", '<ol start="1">')


def test_tables_and_code_can_be_scrolled_by_keyboard(shared: ChatPage, server: PageServer) -> None:
    """They may be wider than a phone."""
    shown(shared, server, "| a | b | c |\n|---|:-:|--:|\n| 1 | `x\\|y` | |\n\n```py\nif a < b:\n\n    c\n```")
    assert shared.prose.locator("table").inner_html() == (
        '<thead><tr><th>a</th><th class="center">b</th><th class="right">c</th></tr></thead>'
        '<tbody><tr><td>1</td><td class="center"><code>x|y</code></td><td class="right"></td></tr></tbody>'
    )
    assert shared.prose.get_by_role("region", name="Table").get_attribute("tabindex") == "0"
    assert shared.prose.locator("pre").get_attribute("tabindex") == "0"
    assert shared.prose.locator("pre").text_content() == "if a < b:\n\n    c"
    assert shared.prose.locator(".code span").text_content() == "py"


PIECES = st.sampled_from(
    ["*", "**", "_", "~~", "`", "```", "```py\n", "\n", "\n\n", "  ", "# ", "- ", "1. ", "> ", "|", "---", "[", "](",
     "| a | b |\n|---|-:|\n", "[a](https://b.c)", "\\", "word", " word ", "1", "https://d.ef/.", "é🙂", "\t", "\r\n"]
)  # fmt: skip


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PIECES, min_size=2, max_size=12))
@example(["a\n", "#", "b"])  # a heading, until it isn't one
@example(["a\nb | c\n", "-|-", "x"])  # nor a table
def test_a_text_that_grew_looks_like_one_that_came_at_once(
    shared: ChatPage, server: PageServer, pieces: list[str]
) -> None:
    """Whatever was half open on the way."""
    server.reply = Reply(whole(*pieces), pause_s=FRAME_S)
    shared.ask("?")
    grown = shared.markup
    assert grown == shown(shared, server, "".join(pieces))


def test_half_open_markup_is_not_seen_as_such(page: ChatPage, server: PageServer) -> None:
    """A bold word is bold from its first letter on, and the address of a link never shows."""
    begun = [event("start", model="m"), event("token", content="See **the [guide](https://exam")]
    server.reply = Reply([*begun, b": keep-alive\n\n"], pause_s=1.0)
    page.begin("?")
    expect(page.prose).to_have_text("See the guide")
    assert page.markup == "<p>See <strong>the guide</strong></p>"


@pytest.mark.parametrize("begun", ["-", "--", "- -", "*", "__", "  -"])
@pytest.mark.parametrize("before", ["Above\n\n", "Above\n"])
def test_a_rule_is_no_bullet_first(page: ChatPage, server: PageServer, before: str, begun: str) -> None:
    """Nor text: its signs may come one by one."""
    started = [event("start", model="m"), event("token", content=before), event("token", content=begun)]
    server.reply = Reply([*started, b": keep-alive\n\n"], pause_s=0.2)
    page.begin("?")
    expect(page.last.locator(".foot span")).to_contain_text("tokens/s")  # both pieces are there
    assert page.markup == "<p>Above</p>"


def test_an_autolink_is_begun_without_its_bracket(page: ChatPage, server: PageServer) -> None:
    """Which would go away again."""
    started = [event("start", model="m"), event("token", content="See <https://exam")]
    server.reply = Reply([*started, b": keep-alive\n\n"], pause_s=1.0)
    page.begin("?")
    expect(page.prose).to_have_text("See https://exam")


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


def test_what_is_selected_stays_so_while_the_answer_grows(page: ChatPage, server: PageServer) -> None:
    """Nor does a code block lose the focus: what is the same is left alone."""
    server.reply = Reply([*whole(*(["first words "] + ["and more "] * 20))[:-2], *whole()[-2:]], pause_s=FRAME_S)
    page.begin("?")
    expect(page.prose).to_contain_text("first words")
    page.tab.run("() => getSelection().setBaseAndExtent(document.querySelector('.prose p').firstChild, 0,"
                 " document.querySelector('.prose p').firstChild, 5)")  # fmt: skip
    page.ended()
    assert page.text.endswith("and more")
    assert page.tab.run("() => getSelection().toString()") == "first"


@pytest.mark.parametrize(
    "unit",
    [
        "*a ",
        "**a *b __c ~~d ",
        "[a](b",
        '[a](b "c ',
        "[",
        "`a``b",
        "> ",
        "- a\n  ",
        "|a|b\n|-|-\n",
        "https://a.b/).",
        "~~~\n",
        "```" + " " * (3 * LONG) + "`",
    ],
    ids=lambda unit: repr(unit[:12]),
)
def test_no_text_keeps_the_page_busy(page: ChatPage, server: PageServer, unit: str) -> None:
    """The time that it takes grows no faster than the text."""
    server.reply = Reply(whole(unit * max(1, LONG // len(unit))))
    started = time.monotonic()
    page.ask("?")
    assert time.monotonic() - started < LIMIT_S
    expect(page.last.locator(".foot button")).to_have_text("Copy")


def test_a_long_answer_grows_as_fast_as_a_short_one(shared: ChatPage) -> None:
    """What is certain is not looked at again: else a thousand pieces would take a million steps."""
    taken_ms = shared.tab.run(
        """() => {
            const prose = new Prose(document.createElement("div")), began = performance.now();
            for (let at = 0; at < 3000; at += 1) { prose.add("one **two** three\\n\\n"); prose.draw(true); }
            return performance.now() - began;
        }"""
    )
    assert taken_ms < 1000 * LIMIT_S / 4


# --- what a model may write against the page ---


HOSTILE = """
<script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>
<iframe srcdoc="<script>alert(4)</script>"></iframe>
[a](javascript:alert(5)) [b](JaVaScRiPt:alert(6)) [c](data:text/html,<script>alert(7)</script>)
[d](vbscript:x) [e](//f.gh) [d](javascript&colon;x)
[f](\x01javascript:alert(8)) [g](java\tscript:alert(9)) [h](file:///etc/passwd) [i](blob:x)
![x](javascript:alert(10))
[j](https://k.lm" onmouseover="alert(11)) [n](https://o.pq/'onclick='alert(12)')

# <img src=x onerror=alert(13)>
> <style>*{display:none}</style>
- <a href="javascript:alert(14)">x</a>

| <b>a</b> | <img src=x onerror=alert(15)> |
|---|---|
| `<script>alert(16)</script>` | [r](javascript:alert(17)) |

```html"><script>alert(18)</script>
<script>alert(19)</script>
```
<form action=https://evil.example><input name=p><button>go</button></form><base href=https://evil.example>
<meta http-equiv=refresh content=0>
"""
INNOCENT = {"P", "BR", "H3", "BLOCKQUOTE", "UL", "LI", "A", "SPAN", "CODE", "PRE", "DIV", "BUTTON",
            "TABLE", "THEAD", "TBODY", "TR", "TH", "TD"}  # fmt: skip
ATTRIBUTES = {"class", "href", "target", "rel", "tabindex", "role", "aria-label", "type", "data-action"}


@pytest.mark.parametrize("pause_s", [0, FRAME_S], ids=["at once", "as it grows"])
def test_hostile_text_stays_text(page: ChatPage, server: PageServer, pause_s: float) -> None:
    """No element, attribute or address of it comes to be, whether it comes whole or in pieces."""
    dialogs: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.tab.page.on("dialog", dismiss)
    pieces = re.findall(r"(?s).{1,60}", HOSTILE) if pause_s else [HOSTILE]
    server.reply = Reply(whole(*pieces), pause_s=pause_s)
    page.ask("<img src=x onerror=alert(0)>")
    found = page.tab.run("""() => [...document.querySelectorAll(".prose *")].map((node) =>
        [node.tagName, node.getAttributeNames(), node.getAttribute("href"), node.dataset.action ?? null])""")
    assert {name for name, *_ in found} <= INNOCENT
    assert {attribute for _, names, *_ in found for attribute in names} <= ATTRIBUTES
    addresses = [href for *_, href, _ in found if href is not None]
    assert all(address.startswith("https://") for address in addresses), addresses
    assert {action for *_, action in found} <= {None, "copy-code"}
    assert "<script>alert(1)</script><img src=x onerror=alert(2)>" in page.text
    assert page.tab.page.locator("article.said img").count() == 0
    assert (dialogs, page.tab.errors) == ([], [])


def test_even_a_script_in_the_page_could_not_make_markup_of_a_text(page: ChatPage) -> None:
    """The headers forbid it, should the page's own code ever forget."""
    tried = page.tab.run(
        """() => { try { document.body.innerHTML = "<b>x</b>"; } catch (error) { return error.name; } }"""
    )
    assert tried == "TypeError"


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


START = event("start", model="m", request_id="id-1")
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


# --- where the page is, and what it sends ---


@pytest.mark.parametrize(("at", "posts_to"), [("", "/chat"), ("prod/", "/prod/chat"), ("prod", "/prod/chat")])
def test_it_posts_below_its_own_address(server: PageServer, open_tab: OpenTab, at: str, posts_to: str) -> None:
    """At a URL's root, at a stage of an API, and where the slash at the end is missing."""
    page = ChatPage(open_tab(server.url + at))
    server.reply = Reply(whole("Hello."))
    page.ask("?")
    assert (server.posted[-1].path, page.text) == (posts_to, "Hello.")


def test_the_body_is_hashed_for_who_signs(page: ChatPage, server: PageServer) -> None:
    """Of exactly the bytes that are sent."""
    page.ask("žluťoučký 🙂 \u2028")
    posted = server.posted[-1]
    assert posted.headers["x-amz-content-sha256"] == hashlib.sha256(posted.body).hexdigest()
    assert posted.headers["content-type"] == "application/json"
    assert json.loads(posted.body) == {"messages": [{"role": "user", "content": "žluťoučký 🙂"}]}


def test_without_https_it_works_without_a_hash(server: PageServer, open_tab: OpenTab) -> None:
    """On plain HTTP a browser computes none, and gives no clipboard."""
    page = ChatPage(open_tab(server.url))
    sent: list[dict[str, str]] = []

    def answer(route: Route) -> None:
        if route.request.method == "POST":
            sent.append(route.request.headers)
            route.fulfill(body=b"".join(whole("Plain.\n\n```\ncode\n```")), content_type="text/event-stream")
        else:
            route.fulfill(body=FILE.read_text(), content_type="text/html")

    page.tab.page.route("http://plain.example/**", answer)
    page.tab.page.goto("http://plain.example/")
    page.ask("?")
    expect(page.prose).to_contain_text("Plain.")
    assert "x-amz-content-sha256" not in sent[0]
    assert page.tab.page.get_by_role("button", name="Copy").count() == 0


# --- keyboard, screen reader, eyes ---


def test_a_turn_by_keyboard_alone(page: ChatPage, server: PageServer) -> None:
    """The focus is where one writes, from the beginning and after each thing that one does."""
    keyboard, box = page.tab.page.keyboard, page.tab.page.get_by_role("textbox", name="Message")
    expect(box).to_be_focused()
    keyboard.type("first line")
    keyboard.press("Shift+Enter")
    keyboard.type("second line")
    keyboard.press("Enter")
    page.ended()
    assert server.posted[-1].messages[0]["content"] == "first line\nsecond line"
    expect(box).to_be_focused()
    expect(box).to_have_value("")
    keyboard.press("Enter")
    assert len(server.posted) == 1, "nothing was written, yet it was sent"
    server.reply = Reply([START, *[event("token", content="word ")] * 500], pause_s=FRAME_S)
    keyboard.type("next")
    keyboard.press("Enter")
    expect(page.prose).to_contain_text("word")
    keyboard.type("kept while it answers")
    keyboard.press("Enter")
    assert len(server.posted) == 2, "a second answer was asked for before the first had ended"
    keyboard.press("Escape")
    expect(page.ended().locator(".note")).to_have_text("Stopped.")
    expect(box).to_have_value("kept while it answers")
    server.reply = Reply([START])
    keyboard.press("Enter")
    page.ended()
    server.reply = Reply(whole("Better."))
    for _ in range(20):
        keyboard.press("Shift+Tab")
        if page.tab.run("() => document.activeElement.textContent") == "Retry":
            break
    keyboard.press("Enter")
    page.ended()
    assert page.text == "Better."
    expect(box).to_be_focused()


def test_a_screen_reader_hears_the_finished_answer(page: ChatPage, server: PageServer) -> None:
    """Once, and not word by word."""
    page.tab.run("""() => {
        window.said = [];
        const status = document.querySelector("[role=status]");
        new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true });
    }""")
    server.reply = Reply(whole("one ", "**two", "** three", " four"), pause_s=FRAME_S)
    page.ask("?")
    assert page.tab.run("() => said") == ["Waiting for the answer", "Answer: one two three four "]
    assert page.last.get_attribute("aria-busy") == "false"
    assert page.tab.page.locator("[aria-live], [role=log], [role=alert]").count() == 0


EVERYTHING = """# Heading

text **bold** [link](https://a.bc/) `code`

- a
  1. b

> quote

| a | b |
|---|---|
| 1 | 2 |

```py
code
```

---
"""


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1200)])
def test_nothing_stands_in_the_way_of_anyone(server: PageServer, open_tab: OpenTab, scheme: str, width: int) -> None:
    """By axe's rules (names, roles, landmarks, contrast): empty, with all that there may be, and while it answers."""
    page = ChatPage(open_tab(server.url))
    page.tab.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.tab.page.set_viewport_size({"width": width, "height": 800})
    page.tab.page.evaluate(AXE.read_text())
    assert faults(page) == []
    extras = event("reasoning", content="Hm."), event("citation", title="T", url="https://a.bc/", quote="q")
    server.reply = Reply([START, *extras, *whole(EVERYTHING, stop_reason="max_tokens")[1:]])
    page.ask("What?").locator("summary").click()
    assert faults(page) == []
    server.reply = MESSAGES["an error in the stream"][0]
    page.ask("And?")
    assert faults(page) == []
    server.reply = Reply([START, *[event("token", content="word ")] * 500], pause_s=FRAME_S)
    page.begin("Go on")
    expect(page.prose).to_contain_text("word")
    assert faults(page) == []
    assert page.tab.run("() => document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the screen"


SMALL_TARGETS = """
() => [...document.querySelectorAll("button, summary, textarea")]
  .map((node) => [node, node.getBoundingClientRect()])
  .filter(([node, { width, height }]) => width && (height < 44 || (node.matches("button") && width < 44)))
  .map(([node, { width, height }]) => `${node.outerHTML.slice(0, 80)}: ${width} x ${height}`)
"""


def test_a_finger_hits_what_it_means(server: PageServer, browser: Browser) -> None:
    """On a phone, whatever is pressed is at least 44 pixels wide and high."""
    with browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800}) as context:
        tab = Tab(context.new_page())
        tab.page.goto(server.url)
        page = ChatPage(tab)
        server.reply = Reply([START, event("reasoning", content="Hm."), *whole(EVERYTHING)[1:]])
        page.ask("What?").locator("summary").click()
        server.reply = Reply([START, event("error", error={"message": LONG_FAULT})])
        page.ask("And?")
        assert tab.run(SMALL_TARGETS) == []
        assert tab.run("() => document.querySelectorAll('.code button, .foot button, .fault button').length") == 3


def faults(page: ChatPage) -> list[str]:
    """What axe finds, in short."""
    found = page.tab.run("() => axe.run()")
    return [f"{fault['id']}: {node['html'][:200]}" for fault in found["violations"] for node in fault["nodes"]]


def test_the_theme_is_the_systems_until_it_is_chosen(page: ChatPage) -> None:
    """A choice lasts."""
    dark = "() => getComputedStyle(document.body).backgroundColor === 'rgb(21, 23, 22)'"
    page.tab.page.emulate_media(color_scheme="dark")
    assert page.tab.run(dark)
    page.press("Switch to the light theme")
    assert not page.tab.run(dark)
    page.tab.page.reload()
    assert not page.tab.run(dark)
    page.tab.page.emulate_media(color_scheme="light")
    page.press("Switch to the dark theme")
    assert page.tab.run(dark)


def test_nothing_moves_for_who_wants_it_still(page: ChatPage, server: PageServer) -> None:
    """Neither the dots before the first word nor anything else."""
    server.reply = Reply([b": keep-alive\n\n"] * 500, pause_s=FRAME_S)
    moving = "() => document.getAnimations().length"
    page.begin("?")
    page.tab.page.locator(".waiting").wait_for()
    assert page.tab.run(moving) == 3
    page.tab.page.emulate_media(reduced_motion="reduce")
    assert page.tab.run(moving) == 0


def test_the_page_follows_the_answer_until_one_scrolls_up(page: ChatPage, server: PageServer) -> None:
    """Then it stays where one reads, and a button leads back."""
    below = "() => document.documentElement.scrollHeight - innerHeight - scrollY"
    server.reply = Reply([START, *[event("token", content="line\n\n")] * 400], pause_s=FRAME_S)
    page.begin("?")
    page.tab.page.locator(".prose p").nth(60).wait_for()
    assert page.tab.run(below) < 60
    page.tab.page.mouse.move(400, 300)
    page.tab.page.mouse.wheel(0, -300)
    expect(page.tab.page.get_by_role("button", name="Scroll to the latest text")).to_be_visible()
    read = page.tab.run("() => scrollY")
    page.tab.page.locator(".prose p").nth(100).wait_for()
    assert page.tab.run("() => scrollY") == read
    page.press("Scroll to the latest text")
    assert page.tab.run(below) < 60


def test_code_and_answers_are_copied(page: ChatPage, server: PageServer) -> None:
    """As the model wrote them."""
    page.tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    text = "Run:\n\n```sh\necho **hi**\n```\n"
    shown(page, server, text)
    copied = "() => navigator.clipboard.readText()"
    page.prose.get_by_role("button", name="Copy").click()
    expect(page.prose.get_by_role("button", name="Copied")).to_be_visible()
    assert page.tab.run(copied) == "echo **hi**"
    page.last.locator(".foot").get_by_role("button", name="Copy").click()
    expect(page.last.locator(".foot").get_by_role("button", name="Copied")).to_be_visible()
    assert page.tab.run(copied) == text
