"""`roots/product`: conversations while the function is killed, and while each service behind it fails in its turn."""

from __future__ import annotations

import itertools
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from localaws.outages import Fault
from localaws.server import LocalAws
from support.client import Client
from support.soak import SOAK
from support.terraform import Root

FOLDER = Path(__file__).parent / "roots" / "product"
TIMEOUT_S = 20
# Those of the timeout that a client waits at most: the end of a stream takes its way.
BOUND_S = TIMEOUT_S + 10
NAME = "Paulo Santos"
KILLS = 500 if SOAK else 6
KILLS_A_SESSION = 10
TOLD = {
    "comprehend": "redaction_failed",
    "dynamodb": "history_unavailable",
    "kms": "history_unavailable",
    "s3": None,
}
"""The error while a service fails; without S3 the prompt that was read last serves."""
SERVICES = tuple(TOLD)
SAMPLE = {
    ("comprehend", Fault.THROTTLED), ("dynamodb", Fault.FAILING), ("dynamodb", Fault.LOST), ("kms", Fault.HANGING),
    ("s3", Fault.FAILING),
}  # fmt: skip
"""What `make test` tries of them."""


@pytest.fixture(scope="module")
def outputs(make_root: Callable[..., Root]) -> dict[str, Any]:
    return make_root(FOLDER).apply()


@pytest.fixture(scope="module")
def client(outputs: dict[str, Any], environment: dict[str, str]) -> Client:
    return Client(outputs["function_url"], environment)


@dataclass
class Conversation:
    """A client that notes what it was told is stored, and compares it with what it reads back."""

    client: Client
    session: str | None = None
    questions: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)

    def ask(self, question: str, **fields: str) -> str | None:
        """Asks, and gives the code of the error that came, None at a proper end; the end comes within the bound."""
        started = time.monotonic()
        body = {"message": question, **fields, **({"session": self.session} if self.session else {})}
        try:
            return self._answer(question, body)
        except requests.exceptions.ChunkedEncodingError:
            return "cut"
        finally:
            assert time.monotonic() - started < BOUND_S

    def _answer(self, question: str, body: dict[str, str]) -> str | None:
        with self.client.send("POST", "/chat?format=ndjson", body) as response:
            if response.status_code != requests.codes.ok:
                error = response.json().get("error") or {}
                return str(error.get("code", response.status_code))
            # The head is sent when the question is stored.
            self.session = response.headers["x-session-id"]
            self.questions.append(question)
            text = ""
            for line in filter(None, response.iter_lines()):
                event = json.loads(line)
                if event["type"] == "token":
                    text += event["content"]
                elif event["type"] == "error":
                    return str(event["error"]["code"])
                elif event["type"] == "done":
                    self.answers[question] = text
                    return None
        return "cut"

    def go_on(self, numbers: Iterator[int]) -> Conversation:
        """Asks, and gets a whole answer."""
        assert self.ask(question(next(numbers))) is None
        return self

    def stored(self) -> list[dict[str, Any]]:
        """All messages, page by page."""
        messages: list[dict[str, Any]] = []
        cursor = ""
        while True:
            with self.client.send("GET", f"/chat?session={self.session}&limit=7{cursor}") as response:
                assert response.status_code == requests.codes.ok, response.text
                page = response.json()
            messages += page["messages"]
            if page["cursor"] is None:
                return messages
            cursor = f"&cursor={page['cursor']}"

    def check(self) -> None:
        """Nothing that was acknowledged is lost, nothing is out of order, and no answer is without its question."""
        messages = self.stored()
        places = [(message["turn"], message["role"] == "assistant") for message in messages]
        assert places == sorted(set(places))
        asked = {message["turn"]: message["content"] for message in messages if message["role"] == "user"}
        assert list(asked) == list(range(1, len(asked) + 1))
        contents = list(asked.values())
        assert [question for question in contents if question in self.questions] == self.questions
        answered = {}
        for message in messages:
            if message["role"] == "assistant" and "interrupted" not in message:
                answered[asked[message["turn"]]] = message["content"]
        assert {question: answered.get(question) for question in self.answers} == self.answers


def question(number: int, tokens: int = 20) -> str:
    """One that no other is like, with personal data in it."""
    return f"[tokens={tokens} pace_ms=10] I am {NAME} and this is the question {number}."


def test_nothing_is_lost_when_the_function_is_killed(aws: LocalAws, client: Client, outputs: dict[str, Any]) -> None:
    """At any moment of a turn: in the cold start, before the question is stored, within the answer, after its end."""
    moments, numbers = random.Random(20), itertools.count()  # noqa: S311 - the same moments each time
    Conversation(client).go_on(numbers)
    aws.kill(outputs["function_name"])
    started = time.monotonic()
    conversation = Conversation(client).go_on(numbers)
    turn_s = time.monotonic() - started
    for kill in range(1, KILLS + 1):
        killer = threading.Timer(moments.uniform(0, 1.2 * turn_s), aws.kill, [outputs["function_name"]])
        killer.start()
        conversation.ask(question(next(numbers)))
        killer.join()
        if kill % KILLS_A_SESSION == 0 or kill == KILLS:
            conversation.go_on(numbers).check()
            conversation = Conversation(client).go_on(numbers)


@pytest.mark.parametrize(
    ("service", "fault"),
    [
        pytest.param(*pair, id=f"{pair[0]}-{pair[1].value}", marks=() if pair in SAMPLE else pytest.mark.soak)
        for pair in itertools.product(SERVICES, Fault)
    ],
)
def test_a_service_fails(aws: LocalAws, client: Client, service: str, fault: Fault) -> None:
    """The client is told so before its bound, nothing stored is lost, and the conversation goes on afterwards."""
    conversation = Conversation(client)
    assert conversation.ask(question(1)) is None
    with aws.outages.during(service, fault):
        assert conversation.ask(question(2)) == TOLD[service]
    assert conversation.ask(question(3)) is None
    conversation.check()


@pytest.mark.parametrize(
    "model", ["throttled", "truncated", *(pytest.param(name, marks=pytest.mark.soak) for name in ("silent", "reset"))]
)
def test_bedrock_fails(client: Client, model: str) -> None:
    """Before the stream and within, and by saying nothing until the deadline."""
    conversation = Conversation(client)
    assert conversation.ask(question(1)) is None
    assert conversation.ask(question(2), model=f"stand-in.{model}") not in {None, "cut"}
    assert conversation.ask(question(3)) is None
    conversation.check()
