"""The commands of examples/clients against a server that answers as those on the way to the function do."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from support.client_commands import Run, command_of, run_client

COMMANDS = ["python", "openai-python", "ai-sdk", "curl"]
SIGNING = ["python", "openai-python", "curl"]
REST_URL = "http://abc123.execute-api.eu-central-1.amazonaws.com/prod"
PATHS = {"python": "/chat", "openai-python": "/v1/models", "ai-sdk": "/api/chat", "curl": "/chat"}
KEYS = {"AWS_AUTH": "1", "AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1"}
CREDENTIALS = {**KEYS, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "t"}


class Refusing:
    """A server that refuses every request with `body` as a 403, and keeps what it was asked."""

    def __init__(self) -> None:
        self.body = '{"Message": "Forbidden by AWS"}'
        self.asked: list[tuple[str, str, bytes]] = []
        refusing = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers.get("content-length", 0)))
                refusing.asked.append((self.path, self.headers.get("authorization", ""), sent))
                body = refusing.body.encode()
                self.send_response(403)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST  # noqa: N815 - the name is http.server's

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, client: str, folder: Path, question: str = "Why?", **variables: str) -> Run:
        return run_client(command_of(client, folder), question, {"CHAT_URL": self.url, "no_proxy": "", **variables})


@pytest.fixture
def refusing() -> Iterator[Refusing]:
    found = Refusing()
    thread = threading.Thread(target=found.server.serve_forever)
    thread.start()
    yield found
    found.server.shutdown()
    found.server.server_close()
    thread.join()


@pytest.mark.parametrize("body", ['{"Message": "Forbidden by AWS"}', "<html>Forbidden by AWS</html>", "null", ""])
@pytest.mark.parametrize("client", COMMANDS)
def test_whatever_the_server_says_is_shown(client: str, body: str, refusing: Refusing, tmp_path: Path) -> None:
    """Lambda, API Gateway and CloudFront have forms of their own; a client's own error would hide what they say."""
    refusing.body = body
    run = refusing.answer(client, tmp_path)
    said = run.output + run.errors
    assert run.status != 0
    assert ("Forbidden by AWS" in body) == ("Forbidden by AWS" in said)
    assert "Traceback" not in said
    assert "TypeError" not in said


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("client", COMMANDS)
def test_the_urls_slash_may_be_left_out(client: str, slash: str, refusing: Refusing, tmp_path: Path) -> None:
    """A stage of a REST API is a path already."""
    refusing.answer(client, tmp_path, CHAT_URL=f"{refusing.url}/prod{slash}")
    assert {path for path, _, _ in refusing.asked} == {f"/prod{PATHS[client]}"}


@pytest.mark.parametrize("client", SIGNING)
def test_requests_are_signed_for_the_service_of_the_host(client: str, refusing: Refusing, tmp_path: Path) -> None:
    """The server is the proxy on the way to a REST API here, so that the host is one of API Gateway's."""
    for url, variables, service in (
        (REST_URL, {}, "execute-api"),
        (refusing.url, {}, "lambda"),
        (refusing.url, {"AWS_SERVICE": "execute-api"}, "execute-api"),
    ):
        refusing.asked.clear()
        refusing.answer(client, tmp_path, CHAT_URL=url, http_proxy=refusing.url, **CREDENTIALS, **variables)
        assert f"/eu-central-1/{service}/aws4_request" in refusing.asked[0][1]


def test_curl_sends_any_character(refusing: Refusing, tmp_path: Path) -> None:
    """As JSON, also those that end a line or a string."""
    question = 'one\ntwo\ttabbed \r\b\x01\x1f "quoted" \\n 50 % $HOME é日🙂\n\nend'
    refusing.answer("curl", tmp_path, question)
    ((_, _, body),) = refusing.asked
    assert json.loads(body) == {"message": question}
