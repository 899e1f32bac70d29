"""The clients of examples/clients against `examples/function-url`, open, on the local AWS."""

import base64
import functools
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.browser import OpenTab
from support.client_commands import EXAMPLES, command_of, run_client
from support.terraform import Root

InPage = Callable[..., Any]
COMMANDS = ["python", "openai-python", "ai-sdk", "curl"]

READ = """
async (module, url, body) => {
  const { ask } = await import(module);
  const steps = [];
  let text = "";
  try {
    for await (const event of ask(url, body)) {
      if (event.type === "token") steps.push((text += event.content).length);
    }
  } catch (error) {
    return { text, steps: steps.length, error: { name: error.name, ...error, message: error.message } };
  }
  return { text, steps: steps.length };
}
"""
HASHED = """
async (module, url) => {
  const { fetchWithBodyHash } = await import(module);
  let sent;
  const real = window.fetch;
  window.fetch = (request) => { sent = request.headers.get("x-amz-content-sha256"); return real(request); };
  const response = await fetchWithBodyHash(url, { method: "POST", body: JSON.stringify({ message: "[tokens=2] é" }) });
  return { sent, status: response.status, text: await response.text() };
}
"""


@pytest.fixture(scope="module")
def url(make_root: Callable[..., Root]) -> str:
    models = ["stand-in.truncated", "stand-in.throttled-mid-stream"]
    root = make_root("function-url", name="clients", authorization_type="NONE", allowed_model_ids=models)
    found: str = root.apply()["function_url"]
    return found


@pytest.fixture
def in_page(url: str, open_tab: OpenTab) -> InPage:
    """Runs a function in a page of the endpoint's origin, with the browser's client as a module that it can import."""
    source = (EXAMPLES / "browser" / "chat-stream.js").read_bytes()
    module = f"data:text/javascript;base64,{base64.b64encode(source).decode()}"
    return functools.partial(_in_page, open_tab, url, module)


def _in_page(open_tab: OpenTab, url: str, module: str, function: str, *arguments: object) -> Any:
    return open_tab(f"{url}health").run(function, module, f"{url}chat", *arguments)


@pytest.mark.parametrize("client", COMMANDS)
def test_a_command_prints_the_answer_as_it_streams(client: str, url: str, tmp_path: Path) -> None:
    """Whole, and over the time that the model takes."""
    run = run_client(command_of(client, tmp_path), 'Why? "Quoted", \\ and 日本', {"CHAT_URL": url})
    assert (run.status, run.errors) == (0, "")
    assert run.output.rstrip("\n").endswith("🙂")
    assert run.printing_s > 2


@pytest.mark.parametrize("client", COMMANDS)
def test_a_command_says_what_the_server_refuses(client: str, url: str, tmp_path: Path) -> None:
    """And ends with a status of its own."""
    run = run_client(command_of(client, tmp_path), " ", {"CHAT_URL": url})
    assert run.status != 0
    assert ("says nothing" if client == "ai-sdk" else "not blank") in run.output + run.errors


def test_a_page_reads_the_answer_as_it_streams(in_page: InPage) -> None:
    """Token by token, in a real browser."""
    answer = in_page(READ, {"message": "Hello"})
    assert answer["text"].endswith("🙂")
    assert answer["steps"] > 100
    assert "error" not in answer


FAILURES: dict[str, tuple[dict[str, str], dict[str, object], int]] = {
    "before the stream": ({"message": " "}, {"status": 400, "code": "invalid_request"}, 0),
    "within it": (
        {"message": "a", "model": "stand-in.throttled-mid-stream"},
        {"status": 200, "code": "throttled"},
        10,
    ),
    "a model that breaks off": (
        {"message": "a", "model": "stand-in.truncated"},
        {"status": 200, "code": "stream_truncated"},
        10,
    ),
}


@pytest.mark.parametrize(("body", "expected", "steps"), FAILURES.values(), ids=FAILURES)
def test_a_page_is_told_of_a_failure(
    body: dict[str, str], expected: dict[str, object], steps: int, in_page: InPage
) -> None:
    """As an exception with the server's code, after what came."""
    answer = in_page(READ, body)
    assert answer["steps"] == steps
    assert answer["error"]["name"] == "ChatError"
    assert answer["error"].items() >= expected.items()
    assert answer["error"]["requestId"]


def test_a_page_hashes_what_it_sends(in_page: InPage) -> None:
    """The bytes on the wire, for a CDN that signs; the request is answered as any other."""
    sent = in_page(HASHED)
    body = '{"message":"[tokens=2] é"}'.encode()
    assert sent["sent"] == hashlib.sha256(body).hexdigest()
    assert (sent["status"], sent["text"].count('"type":"token"')) == (200, 2)
