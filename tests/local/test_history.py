"""`roots/chat-data`: conversations that the function keeps, as their owners and others see them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Route, expect

from localaws import LocalAws
from support.browser import OpenTab
from support.chat_page import ChatPage
from support.client import Answer, Client
from support.role import Role
from support.terraform import Root
from support.waiting import eventually

FOLDER = Path(__file__).parent / "roots" / "chat-data"
ECHO = "stand-in.echo"
UNKNOWN = "A" * 24
RACERS = 6


@pytest.fixture(scope="module")
def root(make_root: Callable[..., Root]) -> Root:
    return make_root(FOLDER)


@pytest.fixture(scope="module")
def outputs(root: Root) -> dict[str, Any]:
    return root.apply()


@pytest.fixture(scope="module")
def client(outputs: dict[str, Any], environment: dict[str, str]) -> Client:
    return Client(outputs["function_url"], environment)


@pytest.fixture
def role(outputs: dict[str, Any], api: Callable[[str], Any]) -> Role:
    return Role(api("iam"), outputs["role_arn"])


@pytest.fixture(scope="module")
def stranger(outputs: dict[str, Any], environment: dict[str, str], api: Callable[[str], Any]) -> Client:
    """Another IAM user, who may call the function too."""
    iam = api("iam")
    iam.create_user(UserName="stranger")
    key = iam.create_access_key(UserName="stranger")["AccessKey"]
    actions = ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"]
    statement = {"Effect": "Allow", "Action": actions, "Resource": outputs["function_arn"]}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="stranger", PolicyName="call", PolicyDocument=document)
    keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    return Client(outputs["function_url"], {**environment, **keys})


def session_of(answer: Answer) -> str:
    """The session that an answer belongs to, which its first event and a header name."""
    session: str = answer.arrivals[0].event["session"]
    assert answer.headers["x-session-id"] == session
    return session


def read(client: Client, session: str, query: str = "") -> dict[str, Any]:
    with client.send("GET", f"/chat?session={session}{query}") as response:
        assert response.status_code == 200, response.text
        page: dict[str, Any] = response.json()
        return page


def refused(client: Client, method: str, path: str, body: object = None) -> tuple[int, str]:
    with client.send(method, path, body) as response:
        return response.status_code, response.json()["error"]["code"]


def told(answer: Answer) -> list[tuple[str, str]]:
    """Role and text of each message that the model was asked, which the model repeats."""
    return [(message["role"], message["content"][0]["text"]) for message in json.loads(answer.text)["messages"]]


def said(page: Mapping[str, Any]) -> list[tuple[int, str, str]]:
    return [(message["turn"], message["role"], message["content"]) for message in page["messages"]]


def test_a_conversation_goes_on(client: Client) -> None:
    """The client sends one message, and the model is told the turns before it."""
    first = client.ask({"message": "[tokens=2 pace_ms=0] I am Ada."})
    session = session_of(first)
    second = client.ask({"message": "Who am I?", "session": session, "model": ECHO})
    assert session_of(second) == session
    assert told(second) == [
        ("user", "[tokens=2 pace_ms=0] I am Ada."),
        ("assistant", first.text),
        ("user", "Who am I?"),
    ]
    page = read(client, session)
    assert page["cursor"] is None
    assert said(page) == [
        (1, "user", "[tokens=2 pace_ms=0] I am Ada."),
        (1, "assistant", first.text),
        (2, "user", "Who am I?"),
        (2, "assistant", second.text),
    ]
    answer = page["messages"][1]
    assert (answer["model"], answer["stop_reason"]) == ("amazon.nova-lite-v1:0", "end_turn")
    assert answer["usage"]["output_tokens"] == 2
    assert "interrupted" not in answer


def test_history_is_read_in_pages(client: Client) -> None:
    """Oldest first, until there is no cursor any more."""
    session = session_of(client.ask({"message": "[tokens=1 pace_ms=0] 1"}))
    for number in (2, 3):
        client.ask({"message": f"[tokens=1 pace_ms=0] {number}", "session": session})
    whole = said(read(client, session))
    assert len(whole) == 6
    pages, query = [], "&limit=4"
    while True:
        page = read(client, session, query)
        pages.append(said(page))
        if page["cursor"] is None:
            break
        query = f"&limit=4&cursor={page['cursor']}"
    assert [len(page) for page in pages] == [4, 2]
    assert [message for page in pages for message in page] == whole


def test_a_session_is_its_subjects_alone(client: Client, stranger: Client) -> None:
    """Whoever else knows its name finds nothing there, and forgets nothing."""
    session = session_of(client.ask({"message": "[tokens=1 pace_ms=0] A secret."}))
    missing = (404, "session_not_found")
    assert refused(stranger, "GET", f"/chat?session={session}") == missing
    assert refused(stranger, "POST", "/chat", {"message": "And?", "session": session}) == missing
    with stranger.send("DELETE", f"/chat?session={session}") as response:
        assert response.status_code == 204
    assert len(read(client, session)["messages"]) == 2


def test_a_session_is_forgotten(client: Client, outputs: dict[str, Any], api: Callable[[str], Any]) -> None:
    """Nothing of it is left in the table; it can't be gone on with."""
    items = api("dynamodb").scan(TableName=outputs["chat_table_name"])["Count"]
    session = session_of(client.ask({"message": "[tokens=1 pace_ms=0] Forget me."}))
    for _ in range(2):
        with client.send("DELETE", f"/chat?session={session}") as response:
            assert (response.status_code, response.content) == (204, b"")
    assert refused(client, "GET", f"/chat?session={session}") == (404, "session_not_found")
    assert refused(client, "POST", "/chat", {"message": "And?", "session": session}) == (404, "session_not_found")
    assert api("dynamodb").scan(TableName=outputs["chat_table_name"])["Count"] == items


def test_nobody_can_make_up_a_session(client: Client) -> None:
    """Its name is the server's: what could be guessed would be no key."""
    body = {"message": "Hello"}
    assert refused(client, "POST", "/chat", {**body, "session": UNKNOWN}) == (404, "session_not_found")
    assert refused(client, "POST", "/chat", {**body, "session": "mine"}) == (400, "invalid_request")
    assert refused(client, "GET", "/chat") == (400, "invalid_request")


def test_behind_cloudfront_a_session_is_whose_knows_its_name(
    client: Client, outputs: dict[str, Any], aws: LocalAws
) -> None:
    """CloudFront signs for all viewers alike, and what they say of themselves nobody has verified."""
    url = aws.localised(outputs["cdn_url"]) + "chat"
    body = json.dumps({"message": "[tokens=1 pace_ms=0] Hello"}).encode()
    begun = requests.post(
        url, body, headers={"x-amz-content-sha256": sha256(body).hexdigest(), "authorization": "Bearer a"}, timeout=30
    )
    session = {"session": begun.headers["x-session-id"]}
    for viewer in ({}, {"authorization": "Bearer a"}, {"authorization": "Bearer b"}):
        assert len(requests.get(url, session, headers=viewer, timeout=30).json()["messages"]) == 2
    assert refused(client, "GET", f"/chat?session={session['session']}") == (404, "session_not_found")
    own = session_of(client.ask({"message": "[tokens=1 pace_ms=0] Hello"}))
    assert requests.get(url, {"session": own}, timeout=30).status_code == 404


def test_requests_that_race_lose_nothing(client: Client) -> None:
    """Each has a turn of its own, with its own answer."""
    session = session_of(client.ask({"message": "[tokens=1 pace_ms=0] start"}))
    messages = [f"[tokens=3 pace_ms=20] {number}" for number in range(RACERS)]
    with ThreadPoolExecutor(RACERS) as pool:
        answers = list(pool.map(lambda message: client.ask({"message": message, "session": session}), messages))
    assert all(answer.last["type"] == "done" for answer in answers)
    page = said(read(client, session))
    assert [(turn, role) for turn, role, _ in page] == [
        (turn, role) for turn in range(1, RACERS + 2) for role in ("user", "assistant")
    ]
    assert sorted(text for _, role, text in page[2:] if role == "user") == messages


@pytest.mark.parametrize(
    ("model", "code"), [("stand-in.throttled-mid-stream", "throttled"), ("stand-in.truncated", "stream_truncated")]
)
def test_an_answer_that_breaks_off_is_kept_and_marked(client: Client, model: str, code: str) -> None:
    """With the text that came; the conversation goes on with it."""
    broken = client.ask({"message": "Hello", "model": model})
    assert broken.last["type"] == "error"
    session = session_of(broken)
    answer = read(client, session)["messages"][1]
    assert (answer["content"], answer["interrupted"], answer["error"]) == (broken.text, True, code)
    assert broken.text
    assert told(client.ask({"message": "Go on.", "session": session, "model": ECHO}))[1] == ("assistant", broken.text)


def test_a_refusal_is_kept_and_not_told(client: Client) -> None:
    """The question is in the history, and why it has no answer; the model is not asked it again."""
    session = session_of(client.ask({"message": "[tokens=1 pace_ms=0] Hello"}))
    throttled = {"message": "Still there?", "session": session, "model": "stand-in.throttled"}
    assert refused(client, "POST", "/chat", throttled) == (429, "throttled")
    question, answer = read(client, session)["messages"][2:]
    assert question["content"] == "Still there?"
    assert (answer["content"], answer["error"]) == ("", "throttled")
    asked = told(client.ask({"message": "Hello?", "session": session, "model": ECHO}))
    assert [role for role, _ in asked] == ["user", "assistant", "user"]


def test_the_context_has_a_budget(client: Client) -> None:
    """200 tokens in this root: what is older than fits is kept, and not told."""
    long = "word " * 150
    session = session_of(client.ask({"message": f"[tokens=1 pace_ms=0] {long}"}))
    client.ask({"message": "[tokens=1 pace_ms=0] short", "session": session})
    asked = told(client.ask({"message": "And now?", "session": session, "model": ECHO}))
    assert [text for role, text in asked if role == "user"] == ["[tokens=1 pace_ms=0] short", "And now?"]
    assert len(read(client, session)["messages"]) == 6


def test_messages_without_a_session_are_not_kept(
    client: Client, outputs: dict[str, Any], api: Callable[[str], Any]
) -> None:
    """A client may still bring its conversation along, but not into a session."""
    messages = [{"role": "user", "content": "[tokens=1 pace_ms=0] Hello"}]
    items = api("dynamodb").scan(TableName=outputs["chat_table_name"])["Count"]
    answer = client.ask({"messages": messages})
    assert "session" not in answer.arrivals[0].event
    assert api("dynamodb").scan(TableName=outputs["chat_table_name"])["Count"] == items
    both = {"messages": messages, "session": UNKNOWN}
    assert refused(client, "POST", "/chat", both) == (400, "invalid_request")


def test_the_table_is_what_it_shall_be(root: Root, outputs: dict[str, Any], api: Callable[[str], Any]) -> None:
    """Items expire after seven days, and another apply changes nothing."""
    dynamodb, table = api("dynamodb"), {"TableName": outputs["chat_table_name"]}
    assert dynamodb.describe_table(**table)["Table"]["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    backups = dynamodb.describe_continuous_backups(**table)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    lifetime = dynamodb.describe_time_to_live(**table)["TimeToLiveDescription"]
    assert (lifetime["TimeToLiveStatus"], lifetime["AttributeName"]) == ("ENABLED", "expires_at")
    for item in dynamodb.scan(**table)["Items"]:
        assert set(item["pk"]["S"]) <= set("0123456789abcdef")
        if "created_ms" in item:
            assert int(item["expires_at"]["N"]) - int(item["created_ms"]["N"]) // 1000 == 7 * 86_400
    assert root.plan_is_empty()


class User:
    """What somebody notices of the history."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def misses(self) -> set[str]:
        with self._client.send("POST", "/chat", {"message": "[tokens=1 pace_ms=0]"}) as response:
            if response.status_code != 200:
                assert response.json()["error"]["code"] == "history_unavailable"
                return {"a new session"}
            session, text = response.headers["x-session-id"], response.text
        return {what for what, fails in self._uses(session, text) if fails}

    def _uses(self, session: str, text: str) -> Iterator[tuple[str, bool]]:
        yield "the answer's end", '"type":"done"' not in text
        for what, method in (("reading", "GET"), ("forgetting", "DELETE")):
            with self._client.send(method, f"/chat?session={session}") as response:
                yield what, response.status_code == 503


def test_every_permission_is_needed(client: Client, role: Role, subtests: pytest.Subtests) -> None:
    """Each action on the table is one that a user would miss."""
    user = User(client)
    assert user.misses() == set()
    misses = {
        "": {"a new session"},
        "dynamodb:PutItem": {"a new session"},
        "dynamodb:ConditionCheckItem": {"the answer's end"},
        "dynamodb:Query": {"reading", "forgetting"},
        "dynamodb:BatchWriteItem": {"forgetting"},
    }
    tried = {}
    for sid, part, policy, statements in role.weakened():
        if sid != "KeepConversations":
            continue
        with subtests.test(sid=sid, without=part or "all of it"):
            role.put(policy, statements)
            try:
                tried[part] = user.misses()
            finally:
                role.restore(policy)
    assert tried == misses


@pytest.fixture
def put_prompt(outputs: dict[str, Any], api: Callable[[str], Any]) -> Callable[[str], None]:
    """Edits the prompt in its bucket, and waits until the function's own copy is too old."""

    def put(text: str) -> None:
        api("s3").put_object(Bucket=outputs["prompt_bucket"], Key="system.md", Body=text.encode())

    return put


def prompt_of(client: Client) -> list[str]:
    """The system prompt that the model is given."""
    answer = client.ask({"messages": [{"role": "user", "content": "Hello"}], "model": ECHO})
    return [block["text"] for block in json.loads(answer.text)["system"]]


def test_the_prompt_is_edited_without_a_deploy(
    client: Client, put_prompt: Callable[[str], None], root: Root, outputs: dict[str, Any]
) -> None:
    """The next question after the refresh has it, and Terraform leaves it alone."""
    put_prompt("Be kind.")
    eventually(lambda: prompt_of(client) == ["Be kind."])
    put_prompt("Be exact.")
    eventually(lambda: prompt_of(client) == ["Be exact."])
    assert root.apply()["prompt_bucket"] == outputs["prompt_bucket"]
    assert prompt_of(client) == ["Be exact."]


def test_the_last_prompt_serves_while_s3_fails(
    client: Client, role: Role, put_prompt: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    """A function that runs keeps it and says so; one that starts has none, and nobody is answered without it."""
    put_prompt("Be calm.")
    eventually(lambda: prompt_of(client) == ["Be calm."])
    role.put("prompt", [])
    try:
        put_prompt("Be wild.")
        eventually(lambda: prompt_of(client) == ["Be calm."] and "serves meanwhile" in caplog.text)
    finally:
        role.restore("prompt")
    eventually(lambda: prompt_of(client) == ["Be wild."])


def test_a_function_without_a_prompt_answers_nobody(
    client: Client, role: Role, outputs: dict[str, Any], api: Callable[[str], Any]
) -> None:
    """The statement that reads it is needed: a new environment has no copy."""
    functions, function = api("lambda"), {"FunctionName": outputs["function_name"]}
    timeout = functions.get_function_configuration(**function)["Timeout"]
    role.put("prompt", [])
    try:
        functions.update_function_configuration(**function, Timeout=timeout + 1)
        assert refused(client, "POST", "/chat", {"message": "Hello"}) == (503, "prompt_unavailable")
    finally:
        role.restore("prompt")
        functions.update_function_configuration(**function, Timeout=timeout)
    assert prompt_of(client)


def test_the_bucket_is_private(outputs: dict[str, Any], api: Callable[[str], Any]) -> None:
    """Versioned, encrypted, without access control lists, and over TLS only."""
    s3, bucket = api("s3"), {"Bucket": outputs["prompt_bucket"]}
    assert s3.get_bucket_versioning(**bucket)["Status"] == "Enabled"
    assert set(s3.get_public_access_block(**bucket)["PublicAccessBlockConfiguration"].values()) == {True}
    (ownership,) = s3.get_bucket_ownership_controls(**bucket)["OwnershipControls"]["Rules"]
    assert ownership["ObjectOwnership"] == "BucketOwnerEnforced"
    (rule,) = s3.get_bucket_encryption(**bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    (statement,) = json.loads(s3.get_bucket_policy(**bucket)["Policy"])["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.fixture
def page(client: Client, outputs: dict[str, Any], open_tab: OpenTab) -> ChatPage:
    """The chat page, whose requests something in front of the URL signs."""
    url: str = outputs["function_url"]

    def sign(route: Route) -> None:
        request = route.request
        headers = {name: value for name, value in request.headers.items() if name in {"accept", "content-type"}}
        path = request.url.removeprefix(url.rstrip("/"))
        with client.send(request.method, path, request.post_data_buffer or b"", headers) as response:
            sent = {name: value for name, value in response.headers.items() if name.lower() != "transfer-encoding"}
            route.fulfill(status=response.status_code, headers=sent, body=response.content)

    tab = open_tab("about:blank")
    tab.page.route("**/*", sign)
    tab.page.goto(url)
    return ChatPage(tab)


def shown(page: ChatPage) -> list[str]:
    """The questions and the answers' texts on the page, in order."""
    return page.tab.page.locator("article.said, article.answer .prose").all_inner_texts()


def test_the_page_survives_a_reload(page: ChatPage, client: Client) -> None:
    """It shows its session again and goes on with it; a new chat is another one, also after a reload."""
    page.ask("[tokens=3 pace_ms=0] first")
    page.ask("[tokens=2 pace_ms=0] second")
    before = shown(page)
    session = page.tab.page.evaluate("sessionStorage.getItem('session')")
    assert [text for _, role, text in said(read(client, session)) if role == "user"] == [
        "[tokens=3 pace_ms=0] first",
        "[tokens=2 pace_ms=0] second",
    ]
    page.tab.page.reload()
    expect(page.tab.page.locator("article.answer")).to_have_count(2)
    assert shown(page) == before
    page.ask("[tokens=1 pace_ms=0] third")
    assert len(read(client, session)["messages"]) == 6
    page.press("New chat")
    page.tab.page.reload()
    page.ask("[tokens=1 pace_ms=0] other")
    assert len(shown(page)) == 2
    assert len(read(client, session)["messages"]) == 6
    assert page.tab.errors == []


def test_the_page_goes_on_when_its_session_is_forgotten(page: ChatPage, client: Client) -> None:
    """After a reload it is empty; without one, Retry begins a new session."""
    page.ask("[tokens=1 pace_ms=0] first")
    session = page.tab.page.evaluate("sessionStorage.getItem('session')")
    with client.send("DELETE", f"/chat?session={session}") as response:
        assert response.status_code == 204
    page.ask("[tokens=1 pace_ms=0] second")
    assert "there is no such session" in page.last.inner_text()
    page.press("Retry")
    page.ended()
    expect(page.last).not_to_have_class("broken")
    assert page.tab.page.evaluate("sessionStorage.getItem('session')") not in {"", session}
