"""A model that is silent or never ends, seen by a client of the chat handler."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from support.client import Client
from support.functions import create_function, delete_function

BEAT = b": keep-alive"
TIMEOUT_S = 6
SILENT_MODELS = ["stand-in.silent", "stand-in.never-answers"]
MODELS = [*SILENT_MODELS, "stand-in.slow-first-token", "stand-in.idle-gap", "stand-in.malformed", "stand-in.reset"]


@pytest.fixture(scope="module")
def deploy(api: Callable[[str], Any]) -> Iterator[Callable[[str, str], Client]]:
    """Deploys the chat handler with an interval of heartbeats."""
    clients = {service: api(service) for service in ("lambda", "iam", "logs")}
    names: list[str] = []

    def make(name: str, heartbeat_s: str) -> Client:
        names.append(name)
        variables = {
            "AWS_LAMBDA_EXEC_WRAPPER": "/var/task/bootstrap",
            "BEDROCK_CHAT_MODEL_ID": "amazon.nova-lite-v1:0",
            "BEDROCK_CHAT_ALLOWED_MODEL_IDS": ",".join(MODELS),
            "LAMBDA_STREAM_HEARTBEAT_SECONDS": heartbeat_s,
        }
        settings = {"Handler": "bedrock_chat.app.handler", "Environment": {"Variables": variables}}
        return Client(create_function(clients, name, "", Timeout=TIMEOUT_S, **settings))

    yield make
    for name in names:
        delete_function(clients, name)


@pytest.fixture(scope="module")
def client(deploy: Callable[[str, str], Client]) -> Client:
    return deploy("beating", "0.5")


def read(client: Client, model: str) -> tuple[list[dict[str, Any]], int]:
    """The events of an answer, and how many heartbeats came among them."""
    with client.send("POST", "/chat", {"message": "[tokens=5 pace_ms=10]", "model": model}) as response:
        assert response.status_code == 200, response.text
        lines = list(filter(None, response.iter_lines()))
    events = [json.loads(line.removeprefix(b"data: ")) for line in lines if line != BEAT]
    return events, lines.count(BEAT)


@pytest.mark.parametrize("model", ["stand-in.slow-first-token", "stand-in.idle-gap"])
def test_a_model_that_pauses_is_kept_alive(client: Client, model: str) -> None:
    """By comments in the pause; the answer is whole."""
    events, beats = read(client, model)
    assert [events[0]["type"], events[-1]["type"]] == ["start", "done"]
    assert beats >= 3


@pytest.mark.parametrize("model", SILENT_MODELS)
def test_a_model_that_never_begins_ends_in_an_error_before_the_timeout(client: Client, model: str) -> None:
    """The status left with the first heartbeat, so it is told in the stream."""
    started = time.monotonic()
    events, beats = read(client, model)
    assert time.monotonic() - started < TIMEOUT_S
    assert [(event["type"], event["error"]["code"]) for event in events] == [("error", "deadline_exceeded")]
    assert beats >= 5


def test_an_answer_that_outlasts_the_timeout_ends_in_an_error(client: Client) -> None:
    """With what came of it, and what is known of its cost."""
    answer = client.ask({"message": "[tokens=2000 pace_ms=100]"})
    assert answer.total_s < TIMEOUT_S
    assert answer.types == ["start", *["token"] * len(answer.tokens), "usage", "error"]
    assert answer.arrivals[-2].event == {"type": "usage", "partial": True, "output_pieces": len(answer.tokens)}
    assert answer.last["error"]["code"] == "deadline_exceeded"


@pytest.mark.parametrize(
    ("model", "code"), [("stand-in.malformed", "model_failed"), ("stand-in.reset", "stream_truncated")]
)
def test_a_broken_stream_ends_in_an_error(client: Client, model: str, code: str) -> None:
    """After the tokens that came."""
    events, _ = read(client, model)
    assert [event["type"] for event in events] == ["start", *["token"] * 5, "usage", "error"]
    assert events[-1]["error"]["code"] == code


@pytest.mark.parametrize("model", SILENT_MODELS)
def test_without_heartbeats_a_model_that_never_begins_is_a_gateway_timeout(
    deploy: Callable[[str, str], Client], model: str
) -> None:
    """Nothing was sent, so the client gets a true status."""
    client = deploy(model.removeprefix("stand-in."), "0")
    with client.send("POST", "/chat", {"message": "Hello", "model": model}) as response:
        assert (response.status_code, response.json()["error"]["code"]) == (504, "deadline_exceeded")
