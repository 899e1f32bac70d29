"""A page in a browser, and the server that answers it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from support.browser import OpenTab, tabs
from support.chat_page import ChatPage
from support.page_server import PageServer, Reply, whole


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
