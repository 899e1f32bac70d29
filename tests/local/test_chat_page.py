"""`examples/chat-page` on the local AWS, in a real browser: what a user has of the deployed page."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from playwright.sync_api import Request, Route, expect

from localaws.bedrock.answer import TEXT
from support.browser import OpenTab
from support.chat_page import ChatPage
from support.terraform import Root

FAILS, THROTTLED, REASONING = "stand-in.fails-mid-stream", "stand-in.throttled", "stand-in.reasoning"
TIMEOUT_S = 30
WATCH = """
() => {
  window.lengths = new Set();
  new MutationObserver(() => lengths.add(document.querySelector("main").textContent.length))
    .observe(document.querySelector("main"), { subtree: true, childList: true, characterData: true });
}
"""


@pytest.fixture(scope="module")
def root(make_root: Callable[..., Root]) -> Root:
    return make_root("chat-page", allowed_model_ids=[FAILS, THROTTLED, REASONING])


@pytest.fixture(scope="module")
def url(root: Root) -> str:
    address: str = root.apply()["function_url"]
    return address


@pytest.fixture
def page(url: str, open_tab: OpenTab) -> ChatPage:
    return ChatPage(open_tab(url))


def asks(page: ChatPage, model: str) -> None:
    """Has the page's next requests name a model: it names none by itself."""

    def name_it(route: Route) -> None:
        route.continue_(post_data=json.dumps(json.loads(route.request.post_data or "") | {"model": model}))

    page.tab.page.unroute_all()
    page.tab.page.route("**/chat", name_it)


def test_the_answer_grows_on_the_page(page: ChatPage) -> None:
    """Step by step and to its end; under it, how fast; above, which model. Nothing is wrong in the console."""
    posted: list[Request] = []
    page.tab.page.on("request", lambda request: posted.append(request) if request.method == "POST" else None)
    page.tab.run(WATCH)
    answer = page.ask("Hello")
    assert page.text == TEXT
    assert len(page.tab.run("() => [...lengths]")) > 20
    expect(answer.locator(".foot")).to_contain_text(" s to first token · ")
    expect(answer.locator(".foot")).to_contain_text(" tokens/s")
    expect(page.tab.page.get_by_role("banner")).to_contain_text("amazon.nova-lite-v1:0")
    [request] = posted
    body = request.post_data_buffer or b""
    assert json.loads(body) == {"messages": [{"role": "user", "content": "Hello"}]}
    assert request.headers["x-amz-content-sha256"] == hashlib.sha256(body).hexdigest()
    assert page.tab.console == []


def test_stop_and_go_on(page: ChatPage) -> None:
    """The application takes the conversation with the half answer in it."""
    page.begin("[tokens=200 pace_ms=40]")
    expect(page.prose).to_contain_text("streamed")
    page.press("Stop")
    expect(page.ended().locator(".note")).to_have_text("Stopped.")
    assert page.text
    assert TEXT.startswith(page.text)
    page.ask("[tokens=5 pace_ms=0]")
    assert page.text
    expect(page.tab.page.locator(".fault")).to_have_count(0)
    assert page.tab.console == []


def test_an_error_in_the_stream_and_retry(page: ChatPage) -> None:
    """What came before it stays; the next attempt is whole."""
    asks(page, FAILS)
    failed = page.ask("Hello")
    expect(failed.locator(".fault strong")).to_contain_text("The model failed while it generated the answer.")
    assert page.text
    assert TEXT.startswith(page.text)
    page.tab.page.unroute_all()
    page.press("Retry")
    page.ended()
    assert page.text == TEXT
    page.ask("[tokens=3 pace_ms=0]")
    expect(page.tab.page.locator(".fault")).to_have_count(1)


def test_a_refusal_is_told(page: ChatPage) -> None:
    """With its code and the id that an operator finds in the log."""
    asks(page, THROTTLED)
    fault = page.ask("Hello").locator(".fault")
    expect(fault.locator("small")).to_contain_text("throttled · request ")


def test_reasoning_is_folded_away(page: ChatPage) -> None:
    """And the answer is there without it."""
    asks(page, REASONING)
    answer = page.ask("[tokens=5 pace_ms=10]")
    answer.locator("summary").click()
    expect(answer.locator("details div")).to_have_text("The question is about streaming, so I explain tokens.")
    assert TEXT.startswith(page.text)


def test_the_page_is_served_as_a_file_is(url: str) -> None:
    """Its headers reach the browser; who has it already gets it not again; other clients are as before."""
    response = requests.get(url, timeout=TIMEOUT_S)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-security-policy"].startswith("default-src 'none'; script-src 'sha256-")
    again = requests.get(url, headers={"if-none-match": response.headers["etag"]}, timeout=TIMEOUT_S)
    assert (again.status_code, again.content) == (304, b"")
    head = requests.head(url, timeout=TIMEOUT_S)
    assert (head.status_code, head.headers["etag"], head.content) == (200, response.headers["etag"], b"")
    refused: Any = requests.put(url, timeout=TIMEOUT_S)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, POST")
