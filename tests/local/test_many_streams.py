"""Many answers at once."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from support.client import Answer, Client
from support.functions import create_function, delete_function
from support.soak import SOAK

STREAMS, TOKENS = (32, 5_000) if SOAK else (8, 500)


@pytest.fixture(scope="module")
def url(api: Callable[[str], Any]) -> Iterator[str]:
    clients = {service: api(service) for service in ("lambda", "iam", "logs")}
    variables = {
        "AWS_LAMBDA_EXEC_WRAPPER": "/var/task/bootstrap",
        "BEDROCK_CHAT_MODEL_ID": "amazon.nova-lite-v1:0",
        "BEDROCK_CHAT_MAX_TOKENS": "10000",
    }
    yield create_function(
        clients, "crowded", "", Handler="bedrock_chat.app.handler", Environment={"Variables": variables}, Timeout=300
    )
    delete_function(clients, "crowded")


def test_streams_at_the_same_time_all_end_whole(url: str) -> None:
    """Every token of each, in order: 32 streams of 5,000 tokens in the soak."""
    answers: list[Answer] = []

    def ask() -> None:
        answers.append(Client(url).ask({"message": f"[tokens={TOKENS} pace_ms=0]", "max_tokens": TOKENS}))

    threads = [threading.Thread(target=ask) for _ in range(STREAMS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == STREAMS
    for answer in answers:
        assert answer.types == ["start", *["token"] * TOKENS, "usage", "done"]
    assert len({answer.text for answer in answers}) == 1
