"""What a browser makes of a stream, whoever wrote the handler: comments, an end without `done`, headers of CORS."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Error as PlaywrightError

from support.browser import OpenTab, Site
from support.client import Client
from support.functions import create_function, delete_function

HANDLER = """
import time
from lambda_stream import Request, Response

def handler(event, context):
    request = Request(event)
    headers = {"content-type": "text/event-stream; charset=utf-8"}
    if request.path == "/doubled":
        headers["access-control-allow-origin"] = request.headers["origin"]
    return Response(events(request.headers.get("last-event-id")), headers=headers)

def events(last):
    if last is None:
        yield "retry: 100\\n\\nid: 1\\ndata: before the silence\\n\\n"
        time.sleep(1)
        yield "id: 2\\ndata: after the silence\\n\\n"
    else:
        yield f"data: again after {last}\\n\\nevent: done\\ndata:\\n\\n"
"""
HEARTBEAT_S = "0.2"

READ_UNTIL_DONE = """
(url) => new Promise((resolve) => {
  const seen = [];
  const source = new EventSource(url);
  source.onopen = () => seen.push("open");
  source.onmessage = (event) => seen.push(event.data);
  source.onerror = () => seen.push(source.readyState === EventSource.CONNECTING ? "connects again" : "gives up");
  source.addEventListener("done", () => { source.close(); resolve(seen); });
})
"""


@pytest.fixture(scope="module")
def url(api: Callable[[str], Any], site: Site) -> Iterator[str]:
    clients = {service: api(service) for service in ("lambda", "iam", "logs")}
    variables = {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/bootstrap", "LAMBDA_STREAM_HEARTBEAT_SECONDS": HEARTBEAT_S}
    created = create_function(clients, "listened", HANDLER, Timeout=20, Environment={"Variables": variables})
    clients["lambda"].update_function_url_config(FunctionName="listened", Cors={"AllowOrigins": [site.origin]})
    yield created
    delete_function(clients, "listened")


def test_heartbeats_are_on_the_wire(url: str) -> None:
    """As comments, while the handler is silent: what the next test's browser must not show."""
    with Client(url).send("GET", "/") as response:
        assert response.text.count(": keep-alive\n\n") >= 2


def test_a_page_sees_no_heartbeat_and_goes_on_after_an_end(url: str, site: Site, open_tab: OpenTab) -> None:
    """An EventSource whose stream ends without its closing connects again, and says which event was the last."""
    tab = open_tab(site.origin)
    assert tab.run(READ_UNTIL_DONE, url) == [
        *("open", "before the silence", "after the silence"),
        *("connects again", "open", "again after 2"),
    ]
    assert tab.errors == []


def test_headers_of_cors_from_the_handler_too_are_refused(url: str, site: Site, open_tab: OpenTab) -> None:
    """The URL adds its own, and a browser takes only one: docs/troubleshooting.md says so."""
    tab = open_tab(site.origin)
    with pytest.raises(PlaywrightError, match="Failed to fetch"):
        tab.run("(url) => fetch(url)", f"{url}doubled")
    assert "contains multiple values" in tab.errors[0]
