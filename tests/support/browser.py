"""A real browser: tabs of a headless Chromium, and sites of other origins for them to open."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from support import chromium

# Besides what Playwright itself passes: a fresh profile, --headless, --no-sandbox, --no-first-run, and what keeps the
# browser from calling its maker (--disable-background-networking, --disable-component-update, --disable-sync).
FLAGS = ("--disable-gpu", "--disable-quic")
LIMIT_MS = 30_000


@dataclass(frozen=True)
class Preflight:
    """The answer to a request that the browser sent by itself before the page's; doubled headers hold a newline."""

    status: int
    headers: dict[str, str]


@dataclass(frozen=True)
class Tab:
    """A page with a profile of its own; all that its console has said, of that the errors, and its preflights."""

    page: Page
    console: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    preflights: list[Preflight] = field(default_factory=list)

    def run(self, function: str, *arguments: object) -> Any:
        """What a JavaScript function returns or its promise brings, within half a minute."""
        limit = f"new Promise((_, reject) => setTimeout(reject, {LIMIT_MS}, Error('no end within {LIMIT_MS} ms')))"
        return self.page.evaluate(f"(given) => Promise.race([({function})(...given), {limit}])", arguments)


OpenTab = Callable[[str], Tab]


@contextlib.contextmanager
def running_browser() -> Iterator[Browser]:
    """A browser that ends with the block; fails where none is installed."""
    path = chromium.find()
    if path is None:
        pytest.fail(chromium.MISSING)
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=path, args=FLAGS, timeout=LIMIT_MS) as browser,
    ):
        yield browser


@contextlib.contextmanager
def tabs(browser: Browser) -> Iterator[OpenTab]:
    """Opens addresses, each in a tab with a profile of its own; closes them at the end."""
    with contextlib.ExitStack() as contexts:

        def open_tab(url: str) -> Tab:
            context = contexts.enter_context(browser.new_context())
            context.set_default_timeout(LIMIT_MS)
            tab = Tab(context.new_page())
            _listen(tab)
            tab.page.goto(url)
            return tab

        yield open_tab


def _listen(tab: Tab) -> None:
    """Keeps what the browser tells; preflights are told in its own protocol only."""

    def keep_preflight(event: dict[str, Any]) -> None:
        if event["type"] == "Preflight":
            response = event["response"]
            headers = {name.lower(): value for name, value in response["headers"].items()}
            tab.preflights.append(Preflight(response["status"], headers))

    tab.page.on("console", lambda message: tab.console.append(message.text))
    tab.page.on("console", lambda message: tab.errors.append(message.text) if message.type == "error" else None)
    tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
    session = tab.page.context.new_cdp_session(tab.page)
    session.on("Network.responseReceived", keep_preflight)
    session.send("Network.enable")


class Site:
    """An origin of its own on this machine: HTML by path, and an empty page everywhere else."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        pages = self.pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = pages.get(self.path, "<!doctype html>").encode()
                self.send_response(200)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server names it
                """Nothing: a test says what it sees."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
