"""`examples/chat` on the local AWS: the whole product, as a user in one country has it, and as others have it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import expect

from localaws.server import LocalAws
from stream_check.cli import main
from support.browser import OpenTab
from support.chat_page import ChatPage
from support.terraform import Root

TIMEOUT_S = 30
ECHO = "stand-in.echo"
NAME, MAIL = "Paulo Santos", "paulo.santos@example.com"


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    """Where the example is by its own defaults."""
    with LocalAws("eu-central-1") as local_aws:
        yield local_aws


@pytest.fixture(scope="module")
def root(make_root: Callable[..., Root]) -> Root:
    return make_root("chat", allowed_model_ids=[ECHO], wait_for_deployment=False)


@pytest.fixture(scope="module")
def outputs(root: Root) -> dict[str, Any]:
    return root.apply()


@pytest.fixture(scope="module")
def url(outputs: dict[str, Any], aws: LocalAws) -> str:
    return aws.localised(outputs["cdn_url"])


def post(url: str, body: dict[str, str], **headers: str) -> requests.Response:
    """With the hash of the body, which CloudFront wants of the client."""
    data = json.dumps(body).encode()
    signed = {"x-amz-content-sha256": hashlib.sha256(data).hexdigest()}
    return requests.post(f"{url}chat?format=text", data, headers=signed | headers, timeout=TIMEOUT_S)


def test_a_conversation_survives_a_reload(url: str, open_tab: OpenTab) -> None:
    """On the page, in the user's own words, although neither the model nor the table has them."""
    page = ChatPage(open_tab(url))
    page.ask(f"[tokens=4 pace_ms=0] My name is {NAME}.")
    first = page.text
    page.tab.page.reload()
    expect(page.tab.page.locator("article.said")).to_contain_text(NAME)
    expect(page.prose).to_have_text(first)
    page.ask("[tokens=4 pace_ms=0] And who am I?")
    assert page.tab.page.locator("article.said").count() == 2
    assert page.tab.console == []


def test_personal_data_stays_with_the_user(
    aws: LocalAws, url: str, outputs: dict[str, Any], api: Callable[[str], Any]
) -> None:
    """The model, the table and the log have placeholders; the user's own words come back, now and when read later."""
    answer = post(url, {"message": f"I am {NAME}, write to {MAIL}.", "model": ECHO})
    assert answer.status_code == 200, answer.text
    assert NAME in answer.text
    assert MAIL in answer.text
    session = answer.headers["x-session-id"]
    history = requests.get(f"{url}chat", {"session": session}, timeout=TIMEOUT_S).json()
    assert [message["content"] for message in history["messages"]] == [f"I am {NAME}, write to {MAIL}.", answer.text]
    told = json.loads(aws.model_requests[-1])["messages"]
    assert told == [{"role": "user", "content": [{"text": "I am [NAME_1], write to [EMAIL_1]."}]}]
    table = api("dynamodb").scan(TableName=outputs["chat_table_name"])["Items"]
    assert len(table) > 2
    kept = repr(table) + repr(api("logs").filter_log_events(logGroupName=outputs["log_group_name"])["events"])
    assert [value for value in (NAME, MAIL, "Paulo", "Santos") if value in kept] == []


def test_the_prompt_is_edited_without_a_deploy(
    url: str, root: Root, outputs: dict[str, Any], api: Callable[[str], Any], aws: LocalAws
) -> None:
    """By whoever may write to the bucket; the next plan leaves it alone. A client can't have its own."""

    def prompt() -> str:
        assert post(url, {"message": "Hello", "model": ECHO}).status_code == 200
        text: str = json.loads(aws.model_requests[-1])["system"][0]["text"]
        return text

    assert prompt().startswith("You are the assistant of a bank")
    api("s3").put_object(Bucket=outputs["prompt_bucket"], Key="system.md", Body=b"Answer in rhymes.")
    aws.kill(outputs["function_name"])  # a new environment reads it at once, the others in half a minute
    assert prompt() == "Answer in rhymes."
    assert root.plan_is_empty()
    refused = post(url, {"message": "Hello", "system": "Be rude."})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_request")


def test_the_checks_of_its_conversations_hold(
    outputs: dict[str, Any],
    aws: LocalAws,
    api: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With redaction and through CloudFront: what is read back is what was said; and nothing of it is left."""
    dynamodb, table = api("dynamodb"), {"TableName": outputs["chat_table_name"]}
    before = dynamodb.scan(**table)["Count"]
    for name in ("cdn_url", "cdn_distribution_id", "function_name", "function_url", "chat_table_name"):
        monkeypatch.setenv(f"TF_OUTPUT_{name.upper()}", aws.localised(outputs[name]))
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    body = json.dumps({"message": f"I am {NAME}. Hello!", "max_tokens": 12})
    assert main(["--only", "history", "--body", body]) == 0
    found = [line.split()[:2] for line in capsys.readouterr().out.splitlines() if " history." in line]
    assert found == [["✓", "history.kept"], ["✓", "history.private"], ["✓", "history.forgotten"]]
    assert dynamodb.scan(**table)["Count"] == before


def test_only_one_country_gets_in(url: str, outputs: dict[str, Any]) -> None:
    """And only through CloudFront."""
    assert requests.get(url, headers={"x-test-country": "CZ"}, timeout=TIMEOUT_S).status_code == 200
    assert requests.get(url, headers={"x-test-country": "US"}, timeout=TIMEOUT_S).status_code == 403
    assert requests.get(outputs["function_url"], timeout=TIMEOUT_S).status_code == 403


def test_a_session_is_its_names_only_key(url: str) -> None:
    """Behind CloudFront callers are anonymous: who doesn't know the name reads nothing, and what is deleted is gone."""
    session = post(url, {"message": "[tokens=1 pace_ms=0] Mine"}).headers["x-session-id"]
    other = session[:-1] + ("A" if session[-1] != "A" else "B")
    assert requests.get(f"{url}chat", {"session": other}, timeout=TIMEOUT_S).status_code == 404
    assert requests.delete(f"{url}chat?session={session}", timeout=TIMEOUT_S).status_code == 204
    assert requests.get(f"{url}chat", {"session": session}, timeout=TIMEOUT_S).status_code == 404


def test_no_call_leaves_the_eu(outputs: dict[str, Any]) -> None:
    """Every resource that the policy of the models allows is in a region of the EU."""
    statements = json.loads(outputs["role_policies"]["bedrock"])["Statement"]
    allowed = [statement["Resource"] for statement in statements if statement["Effect"] == "Allow"]
    arns = [arn for each in allowed for arn in ([each] if isinstance(each, str) else each)]
    regions = {arn.split(":")[3] for arn in arns}
    assert "eu-central-1" in regions
    assert [region for region in regions if not region.startswith("eu-")] == []
