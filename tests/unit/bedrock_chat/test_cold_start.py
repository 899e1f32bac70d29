"""What the default application loads before its first request, and which client it calls Bedrock through."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

HANDLER = Path(__file__).parents[3] / "handler"
# Each would cost a cold start more than all that it is for.
DEAR = {
    "asyncio", "base64", "boto3", "botocore", "dataclasses", "datetime", "email", "hashlib", "http.client", "inspect",
    "logging", "pathlib", "random", "ssl", "tempfile", "threading", "urllib.parse", "urllib.request",
    "bedrock_chat.ai_sdk.routes", "bedrock_chat.history", "bedrock_chat.openai.routes",
    "bedrock_chat.page.route", "bedrock_chat.prompt",
}  # fmt: skip
ENVIRONMENT = {
    "BEDROCK_CHAT_MODEL_ID": "m",
    "BEDROCK_CHAT_INTERFACES": "openai,ai-sdk,page",
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "a",
    "AWS_SECRET_ACCESS_KEY": "b",
    "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "http://127.0.0.1:9",
}
SCRIPT = f"""
import json, sys
sys.path[:0] = [{str(HANDLER)!r}, {sysconfig.get_path("purelib")!r}]
from bedrock_chat import app
import lambda_stream.runtime
app.handler
print(json.dumps(sorted(sys.modules)))
"""


def started(**variables: str) -> tuple[set[str], str]:
    """The modules that a function with these variables has loaded when it asks for its first event, and its log."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", SCRIPT],  # without this project's own hooks into imports
        env={"PATH": os.environ["PATH"], **ENVIRONMENT, **variables},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(json.loads(done.stdout)), done.stderr


def test_the_default_application_loads_nothing_dear() -> None:
    """Neither boto3, nor what only some requests need, nor TLS where the endpoint has none."""
    modules, log = started()
    assert not modules & DEAR
    assert "bedrock_chat.native.model" in modules
    assert not any(name.startswith("bedrock_chat.privacy") for name in modules)
    assert log == ""


@pytest.mark.parametrize(("detector", "dear"), [("patterns", False), ("comprehend", True), ("both", True)])
def test_redaction_loads_boto3_only_for_comprehend(detector: str, *, dear: bool) -> None:
    """Then at the start, where a wrong environment shows and nobody waits for an answer."""
    modules, log = started(BEDROCK_CHAT_REDACTION=json.dumps({"detector": detector}))
    assert "bedrock_chat.privacy.model" in modules
    assert ("boto3" in modules) is dear
    assert log == ""


def test_boto3_is_loaded_on_request() -> None:
    """And then our own client is not."""
    modules, log = started(BEDROCK_CHAT_CLIENT="boto3")
    assert "boto3" in modules
    assert "bedrock_chat.native.model" not in modules
    assert log == ""


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "AWS_BEARER_TOKEN_BEDROCK"])
def test_what_only_boto3_can_do_is_left_to_it(name: str) -> None:
    """And the log says so: an operator must not wonder why a start takes long."""
    modules, log = started(**{name: "http://127.0.0.1:9"})
    assert "boto3" in modules
    assert log == f"Bedrock is called through boto3, because {name} is set\n"
