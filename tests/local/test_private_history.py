"""`roots/private-history`: what is kept of a conversation has no personal data in it, and its owner reads it all."""

import base64
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from localaws import LocalAws
from localaws.outages import Fault
from support.client import Client
from support.role import Role
from support.terraform import Root
from support.waiting import eventually

ROOT = Path(__file__).parent / "roots" / "private-history"
# The operator's prompt may name her; the model's answer repeats it.
OPERATORS = "grace.hopper@example.com"
FIRST = "My name is Paulo Santos: mail paulo.santos@example.com"
SECOND = "I am Paulo Santos, and my card is 4111-1111-1111-1111. Is it [NAME_1]?"
VALUES = ("Paulo Santos", "paulo.santos@example.com", "4111-1111-1111-1111")
RACERS = 6


@pytest.fixture(scope="module")
def outputs(make_root: Callable[..., Root]) -> dict[str, Any]:
    return make_root(ROOT).apply()


@pytest.fixture(scope="module")
def client(outputs: dict[str, Any]) -> Client:
    return Client(outputs["function_url"])


def ask(client: Client, message: str, session: str | None = None) -> tuple[str, str]:
    """The session, and the text that the client is shown: the request as the model saw it, restored."""
    body = {"message": message, **({"session": session} if session else {})}
    with client.send("POST", "/chat?format=text", body) as response:
        assert response.status_code == 200, response.text
        return response.headers["x-session-id"], response.text


def kept(client: Client, session: str) -> list[str]:
    with client.send("GET", f"/chat?session={session}") as response:
        assert response.status_code == 200, response.text
        return [message["content"] for message in response.json()["messages"]]


def items(outputs: dict[str, Any], api: Callable[[str], Any]) -> list[dict[str, Any]]:
    """All items of the table."""
    pages = api("dynamodb").get_paginator("scan").paginate(TableName=outputs["chat_table_name"])
    return [item for page in pages for item in page["Items"]]


def test_the_model_and_the_table_see_placeholders(
    client: Client, aws: LocalAws, outputs: dict[str, Any], api: Callable[[str], Any]
) -> None:
    """One for each value, in both turns; the owner is shown what was written, then and later."""
    session, first = ask(client, FIRST)
    _, second = ask(client, SECOND, session)
    assert kept(client, session) == [FIRST, first, SECOND, second]
    told = [message["content"][0]["text"] for message in json.loads(aws.model_requests[-1])["messages"]]
    assert told[0] == "My name is [NAME_1]: mail [EMAIL_1]"
    assert told[2] == "I am [NAME_1], and my card is [CARD_1]. Is it [LITERAL_1]?"
    assert all(value in second for value in VALUES)
    assert OPERATORS in first
    texts = [item["text"]["S"] for item in items(outputs, api) if "text" in item]
    assert len(texts) == 4
    assert not [text for text in texts if OPERATORS in text]


def test_racing_requests_share_one_conversation(client: Client) -> None:
    """Each value has a placeholder of its own, whoever was faster, and every text is restored as it was."""
    session, _ = ask(client, "Hello")
    mails = [f"racer{number}@example.com" for number in range(RACERS)]
    with ThreadPoolExecutor(RACERS) as pool:
        answers = dict(zip(mails, pool.map(lambda mail: ask(client, f"I am {mail}", session)[1], mails), strict=True))
    texts = kept(client, session)[2:]
    assert sorted(texts[::2]) == [f"I am {mail}" for mail in mails]
    for question, answer in zip(texts[::2], texts[1::2], strict=True):
        assert answer == answers[question.removeprefix("I am ")]


def test_forgetting_takes_the_values_along(client: Client, outputs: dict[str, Any], api: Callable[[str], Any]) -> None:
    """Nothing that the session has added is left."""
    before = items(outputs, api)
    session, _ = ask(client, FIRST)
    assert len(items(outputs, api)) == len(before) + 3
    with client.send("DELETE", f"/chat?session={session}") as response:
        assert response.status_code == 204
    assert items(outputs, api) == before


@pytest.mark.parametrize("fault", [Fault.FAILING, Fault.HANGING])
def test_without_the_key_nothing_is_stored_or_asked(
    client: Client, aws: LocalAws, outputs: dict[str, Any], api: Callable[[str], Any], fault: Fault
) -> None:
    """A 503 that says so; what is kept is there again afterwards."""
    session, _ = ask(client, FIRST)
    before, asked = items(outputs, api), len(aws.model_requests)
    with aws.outages.during("kms", fault):
        for body in ({"message": SECOND, "session": session}, {"message": FIRST}):
            with client.send("POST", "/chat", body) as response:
                assert (response.status_code, response.json()["error"]["code"]) == (503, "history_unavailable")
        with client.send("GET", f"/chat?session={session}") as response:
            assert response.status_code == 503
    assert (items(outputs, api), len(aws.model_requests)) == (before, asked)
    assert kept(client, session)[0] == FIRST


def test_every_permission_of_the_key_is_needed(
    client: Client, outputs: dict[str, Any], api: Callable[[str], Any]
) -> None:
    """Without Encrypt no session begins, without Decrypt none goes on."""
    role = Role(api("iam"), outputs["role_arn"])
    session, _ = ask(client, FIRST)
    missed = {}
    for sid, part, policy, statements in role.weakened():
        if sid != "KeepPlaceholders":
            continue
        role.put(policy, statements)
        try:
            with client.send("POST", "/chat", {"message": FIRST}) as begun, \
                    client.send("GET", f"/chat?session={session}") as read:  # fmt: skip
                missed[part] = (begun.status_code, read.status_code)
        finally:
            role.restore(policy)
    assert missed == {"": (503, 503), "kms:Encrypt": (503, 200), "kms:Decrypt": (200, 503)}


def test_nothing_that_was_kept_or_logged_holds_a_value(
    aws: LocalAws, outputs: dict[str, Any], api: Callable[[str], Any]
) -> None:
    """Of all tests above: in no item of the table, no request to the model and no line of a log at the level DEBUG."""
    events = api("logs").get_paginator("filter_log_events")

    def log() -> str:
        pages = events.paginate(logGroupName=outputs["log_group_name"])
        return "\n".join(event["message"] for page in pages for event in page["events"])

    eventually(lambda: log().count("can't decrypt") >= 2 and "can't encrypt" in log())
    stored = repr(items(outputs, api))
    asked = b"\n".join(aws.model_requests).decode().replace(OPERATORS, "")
    for place in (log(), stored, asked):
        assert not [value for value in VALUES if value in place]
        assert not re.search(r"racer\d", place)
        assert "Paulo" not in place
        assert not [value for value in VALUES if base64.b64encode(value.encode())[:-4].decode() in place]
    assert "DEBUG" in log()
