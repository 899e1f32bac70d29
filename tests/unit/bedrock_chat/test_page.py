"""The chat page's route: who gets it, with which headers, and that it costs nothing until somebody asks for it."""

import json
import re
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bedrock_chat.app import Application
from bedrock_chat.history.conversations import Conversations
from bedrock_chat.page.route import FILE
from bedrock_chat.settings import PAGE, Settings
from lambda_stream import Context, Response
from support.application import ScriptedModel

HTML = FILE.read_text()
MAX_BYTES = 41_000
WITHOUT = Settings("model-a", frozenset({"model-a"}))
WITH = WITHOUT._replace(interfaces=frozenset({PAGE}))
KEPT = cast("Conversations", object())  # the page asks only whether there are any
CONTEXT = cast("Context", SimpleNamespace(aws_request_id="id-1"))


def get(
    method: str = "GET", settings: Settings = WITH, known: str = "", conversations: Conversations | None = None
) -> Response:
    headers = {"If-None-Match": known}
    event: dict[str, Any] = {"rawPath": "/", "requestContext": {"http": {"method": method}}, "headers": headers}
    return Application(settings, ScriptedModel([]), conversations)(event, CONTEXT)


def code_of(response: Response) -> str:
    assert isinstance(response.body, str)
    code: str = json.loads(response.body)["error"]["code"]
    return code


def policy() -> dict[str, str]:
    directives = get().headers["content-security-policy"].split("; ")
    return {name: value for name, _, value in (directive.partition(" ") for directive in directives)}


def test_it_is_off_by_default() -> None:
    """Then only who posts finds something at the root."""
    response = get(settings=WITHOUT)
    assert (response.status, response.headers["allow"]) == (405, "POST")
    assert code_of(response) == "method_not_allowed"


def test_it_is_the_file() -> None:
    """Byte for byte; the root still takes a chat."""
    response = get()
    assert (response.status, response.body) == (200, FILE.read_bytes())
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert code_of(get("POST")) == "invalid_request", "the body is empty"
    assert get("PUT").headers["allow"] == "GET, HEAD, POST"


def test_head_is_the_same_without_the_file() -> None:
    """For those who check whether a page is there."""
    response = get("HEAD")
    assert (response.status, response.body, response.headers) == (200, b"", get().headers)


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}'])
def test_who_has_it_gets_it_not_again(form: str) -> None:
    """Asked for at each visit, so that a new version is there at once."""
    assert get().headers["cache-control"] == "no-cache"
    etag = get().headers["etag"]
    response = get(known=form.format(etag))
    assert (response.status, response.body, response.headers["etag"]) == (304, b"", etag)
    assert get(known='"other"').status == 200


def test_only_its_own_scripts_and_styles_run() -> None:
    """By their hashes: nothing else may run, load, be posted to, or frame it, and no text may become markup."""
    hashes = {
        element: " ".join(
            f"'sha256-{b64encode(sha256(block.encode()).digest()).decode()}'"
            for block in re.findall(rf"<{element}[^>]*>(.*?)</{element}>", HTML, re.DOTALL)
        )
        for element in ("script", "style")
    }
    assert policy() == {
        "default-src": "'none'",
        "script-src": hashes["script"],
        "style-src": hashes["style"],
        "connect-src": "'self'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    assert (get().headers["x-content-type-options"], get().headers["referrer-policy"]) == ("nosniff", "no-referrer")


def test_it_stands_alone() -> None:
    """No host of anyone else's, no attribute that would need a policy of its own, and small."""
    assert set(re.findall(r"https?://[\w.]+", HTML)) == {"http://www.w3.org"}, "the name of SVG, which nobody loads"
    assert not re.findall(r"\s(?:style|on\w+|src|srcset)=", HTML)
    assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", HTML)
    assert len(HTML.encode()) < MAX_BYTES


def test_nothing_of_it_is_imported_before_it_is_asked_for() -> None:
    """A cold start pays for it only where somebody opens it."""
    script = """
import os, sys
os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
os.environ["BEDROCK_CHAT_MODEL_ID"], os.environ["BEDROCK_CHAT_INTERFACES"] = "model-a", "page"
from bedrock_chat.app import handler
assert not [name for name in sys.modules if name.startswith("bedrock_chat.page")]
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=30)


def test_it_is_told_whether_conversations_are_kept() -> None:
    """Another page, with a tag of its own and the same policy: a browser must not take one for the other."""
    kept, other = get(conversations=KEPT), get()
    assert isinstance(kept.body, bytes)
    assert kept.body.replace(b" data-kept", b"", 1) == other.body == FILE.read_bytes()
    assert b"data-kept" not in FILE.read_bytes()[:100]
    assert kept.headers["etag"] != other.headers["etag"]
    assert kept.headers["content-security-policy"] == other.headers["content-security-policy"]
