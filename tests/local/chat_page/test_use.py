"""The chat page as it is used: from any address, by keyboard, by ear, by finger, and in any light."""

import hashlib
import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from bedrock_chat.page.route import FILE
from support.browser import OpenTab, Tab
from support.chat_page import ChatPage
from support.page_server import FRAME_S, START, PageServer, Reply, event, shown, whole

FAULT = event("error", error={"message": "The model failed. " + "It says why. " * 20, "code": "model_failed"})
"""Too long for a headline: the rest can be unfolded."""
AXE = Path(__file__).parents[2] / "node" / "node_modules" / "axe-core" / "axe.min.js"


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
    server.reply = Reply([START, event("token", content="Half"), FAULT])
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
        server.reply = Reply([START, FAULT])
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
