"""What the application does around a snapshot of its process, and what its client of Bedrock keeps of it."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bedrock_chat.app import Application
from bedrock_chat.boto3_model import Boto3Model
from bedrock_chat.conversation import ChatRequest, Message
from bedrock_chat.events import Finish
from bedrock_chat.model import Client
from bedrock_chat.native.model import NativeModel
from bedrock_chat.settings import Settings
from support.application import ScriptedModel
from support.bedrock import METADATA, START, STOP, TOKEN

REQUEST = ChatRequest("model-a", (Message.of_text("user", "Hello"),), 7)
SETTINGS = Settings("model-a", frozenset({"model-a"}))
TOKEN_OF_ENDPOINT = "the token"  # noqa: S105 - of a test

IMPORTED = """
import sys
from bedrock_chat.app import Application
from bedrock_chat.model import Client
from bedrock_chat.native.model import NativeModel
from bedrock_chat.settings import Settings
from support.application import ScriptedModel
before = set(sys.modules)
Application(Settings("m", frozenset("m"), interfaces=frozenset(sys.argv[1:])), ScriptedModel([])).before_snapshot()
print(*{name.split(".")[1] for name in set(sys.modules) - before if name.startswith("bedrock_chat.")})
"""


@pytest.mark.parametrize(
    ("interfaces", "imported"),
    [
        ([], set()),
        (["openai"], {"openai"}),
        (["openai", "ai-sdk", "page"], {"openai", "ai_sdk", "page"}),
    ],
    ids=["none", "one", "all"],
)
def test_a_snapshot_holds_what_the_interfaces_that_are_on_import(interfaces: list[str], imported: set[str]) -> None:
    """No request to a restored process waits for an import; what is off is left out."""
    command = [sys.executable, "-c", IMPORTED, *interfaces]
    done = subprocess.run(command, check=True, timeout=30, capture_output=True, text=True, cwd="tests")
    assert set(done.stdout.split()) >= imported
    assert not ({"openai", "ai_sdk", "page"} - imported) & set(done.stdout.split())


def test_the_client_is_told() -> None:
    """Of both, each in its turn."""
    client = ScriptedModel([])
    application = Application(SETTINGS, client)
    application.before_snapshot()
    assert client.crossed == ["before_snapshot"]
    application.after_restore()
    assert client.crossed == ["before_snapshot", "after_restore"]


class Aws(ThreadingHTTPServer):
    """Bedrock, and the endpoint for credentials that a function with SnapStart has; both keep connections."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.keys_given = 0
        self.asked: list[tuple[int, str]] = []
        """The client's port, which stands for the connection, and the key that signed."""


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Aws

    def do_GET(self) -> None:
        assert self.headers["authorization"] == TOKEN_OF_ENDPOINT
        self.server.keys_given += 1
        expires = datetime.now(UTC) + timedelta(hours=6)
        key = {"AccessKeyId": f"key-{self.server.keys_given}", "SecretAccessKey": "s", "Token": "t"}
        self._send("application/json", json.dumps({**key, "Expiration": expires.isoformat()}).encode())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        key = self.headers["authorization"].partition("Credential=")[2].partition("/")[0]
        self.server.asked.append((self.client_address[1], key))
        self._send("application/vnd.amazon.eventstream", b"".join([START, TOKEN, STOP, METADATA]))

    def _send(self, content_type: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    server = Aws()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{server.url}/2021-04-23/credentials")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", TOKEN_OF_ENDPOINT)
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    yield server
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.mark.parametrize(
    ("client_of", "keys"),
    [(NativeModel, ["key-1", "key-1", "key-2", "key-2"]), (Boto3Model, ["key-1"] * 4)],
    ids=["native", "boto3"],
)
def test_after_a_restore_the_client_has_a_new_connection(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, client_of: type[Client], keys: list[str]
) -> None:
    """It kept one until then, and keeps the new one. Credentials too, which boto3 renews only when they are old."""
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)  # another test's session has its own credentials
    client = client_of()
    client.before_snapshot()
    assert (aws.keys_given, aws.asked) == (1, [])
    answers = [list(client.ask(REQUEST)) for _ in range(2)]
    client.after_restore()
    answers += [list(client.ask(REQUEST)) for _ in range(2)]
    client.after_restore()
    assert all(isinstance(answer[-1][-1], Finish) for answer in answers)
    (first, second, third, fourth), signed = zip(*aws.asked, strict=True)
    assert first == second != third == fourth
    assert list(signed) == keys
