"""`roots/bedrock-calls`: what an operator sets arrives at Bedrock, and its calls stay in their regions."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from localaws import LocalAws
from localaws.authorization import session_principal
from localaws.bedrock.access import needed_accesses
from localaws.policy import Access, Effect, decide_identity
from support.client import Client
from support.role import Role
from support.terraform import Root

ROOT = Path(__file__).parent / "roots" / "bedrock-calls"
README = Path(__file__).parents[2] / "README.md"
VERSIONS = {"native": "DRAFT", "boto3": "1"}
REGION, REGIONS = "eu-central-1", ["eu-central-1", "eu-west-1", "eu-west-3"]
ECHO, PROFILE = "stand-in.echo", "eu.amazon.nova-lite-v1:0"
APPLICATION_PROFILE = f"arn:aws:bedrock:{REGION}:123456789012:application-inference-profile/{ECHO}"
REFUSED = "I can't talk about that."


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws(region=REGION) as local_aws:
        yield local_aws


@pytest.fixture(scope="module")
def root(make_root: Callable[..., Root]) -> Root:
    return make_root(ROOT)


@pytest.fixture(scope="module")
def outputs(root: Root, api: Callable[[str], Any]) -> dict[str, Any]:
    """The root, applied. Its guardrail's draft gets cross-Region inference, for which provider 5.100 has no word."""
    made = root.apply()
    bedrock = api("bedrock")
    identifier = {"guardrailIdentifier": made["guardrail_id"]}
    found = bedrock.get_guardrail(**identifier)
    names = ("name", "blockedInputMessaging", "blockedOutputsMessaging")
    bedrock.update_guardrail(
        **identifier,
        **{name: found[name] for name in names},
        wordPolicyConfig={"wordsConfig": found["wordPolicy"]["words"]},
        sensitiveInformationPolicyConfig={"regexesConfig": found["sensitiveInformationPolicy"]["regexes"]},
        crossRegionConfig={"guardrailProfileIdentifier": "eu.guardrail.v1:0"},
    )
    return made


@pytest.fixture(scope="module")
def role(outputs: dict[str, Any], api: Callable[[str], Any]) -> Role:
    return Role(api("iam"), outputs["role_arns"]["native"])


@pytest.fixture(scope="module", params=VERSIONS)
def kind(request: pytest.FixtureRequest) -> str:
    """How Bedrock is called."""
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def client(kind: str, outputs: dict[str, Any]) -> Client:
    return Client(outputs["urls"][kind])


@pytest.fixture(scope="module")
def native(outputs: dict[str, Any]) -> Client:
    return Client(outputs["urls"]["native"])


def frames(body: bytes) -> list[Any]:
    """The JSON in each data line of server-sent events."""
    data = [line.removeprefix(b"data: ") for line in body.splitlines() if line.startswith(b"data: ")]
    return [json.loads(each) for each in data if each != b"[DONE]"]


def turns(*texts: str) -> list[dict[str, str]]:
    return [{"role": ("user", "assistant")[index % 2], "content": text} for index, text in enumerate(texts)]


def sent(client: Client, path: str, body: dict[str, Any]) -> bytes:
    with client.send("POST", path, body) as response:
        assert response.status_code == 200, response.text
        return response.content


TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
POINT = {"cachePoint": {"type": "default", "ttl": "1h"}}


def test_all_of_it_arrives(client: Client, kind: str, aws: LocalAws, outputs: dict[str, Any]) -> None:
    """Through either client of Bedrock the same, beside what the request itself says."""
    body = {
        "messages": turns("One", "Two", "Three [pace_ms=0]"),
        "tools": [TOOL],
        "metadata": {"ticket": "7"},
        "user": "jane",
    }
    sent(client, "/v1/chat/completions", body)
    received = json.loads(aws.model_requests[-1])
    assert {name: received[name] for name in sorted(received.keys() - {"inferenceConfig"})} == {
        "additionalModelRequestFields": {"thinking": "a little"},
        "guardrailConfig": {
            "guardrailIdentifier": outputs["guardrail_id"],
            "guardrailVersion": VERSIONS[kind],
            "streamProcessingMode": "sync",
            "trace": "disabled",
        },
        "messages": [
            {"role": "user", "content": [{"text": "One"}, POINT]},
            {"role": "assistant", "content": [{"text": "Two"}]},
            {"role": "user", "content": [{"text": "Three [pace_ms=0]"}, POINT]},
        ],
        "performanceConfig": {"latency": "optimized"},
        "requestMetadata": {"team": "support", "ticket": "7", "user": "jane"},
        "serviceTier": {"type": "priority"},
        "system": [{"text": "You help customers."}, POINT],
        "toolConfig": {
            "tools": [{"toolSpec": {"name": "look", "inputSchema": {"json": {"type": "object"}}}}, POINT],
        },
    }


def test_a_client_may_ask_for_less_effort_and_another_model(native: Client, aws: LocalAws) -> None:
    """The default is for requests that name none, and a model that has none gets none."""
    sent(native, "/chat", {"message": "Hello [pace_ms=0]", "reasoning_effort": "none"})
    assert "additionalModelRequestFields" not in json.loads(aws.model_requests[-1])
    for model in (PROFILE, APPLICATION_PROFILE):
        sent(native, "/chat", {"message": "Hello [pace_ms=0]", "model": model})
        received = json.loads(aws.model_requests[-1])
        assert "additionalModelRequestFields" not in received
        assert "cachePoint" not in json.dumps(received)
        assert received["serviceTier"] == {"type": "priority"}


def test_a_clients_labels_do_not_replace_the_operators(native: Client) -> None:
    """Nor is one dropped without a word."""
    body = {"messages": turns("Hello"), "metadata": {"team": "me"}}
    with native.send("POST", "/v1/chat/completions", body) as response:
        assert (response.status_code, response.json()["error"]["param"]) == (400, "metadata")


def test_a_conversation_reads_what_its_last_turn_wrote(client: Client, kind: str) -> None:
    """Every format says so; the input is then what is new."""
    words = "these are the words of a long beginning " * 20
    beginning = f"[pace_ms=0] {kind} {words}"
    first, second = turns(beginning), turns(beginning, "I see.", "And now? [pace_ms=0]")
    counts = []
    for conversation in (first, second):
        events = frames(sent(client, "/chat", {"messages": conversation}))
        usage = next(event for event in events if event["type"] == "usage")
        counts.append((usage.get("cache_read_tokens", 0), usage["cache_write_tokens"]))
    assert counts[0][1] > 100
    assert counts[1][0] == sum(counts[0])
    assert 0 < counts[1][1] < 10
    completion = json.loads(sent(client, "/v1/chat/completions", {"messages": second}))
    assert completion["usage"]["prompt_tokens_details"]["cached_tokens"] == sum(counts[1])


UI_MESSAGES = [{"id": "1", "role": "user", "parts": [{"type": "text", "text": "Something forbidden [pace_ms=0]"}]}]
BLOCKED: dict[str, tuple[str, dict[str, Any], Callable[[bytes], tuple[str, str]]]] = {
    "server-sent events": ("/chat", {}, lambda body: said(frames(body))),
    "lines of JSON": ("/chat?format=ndjson", {}, lambda body: said([json.loads(line) for line in body.splitlines()])),
    "OpenAI's chunks": ("/v1/chat/completions", {"stream": True}, lambda body: chunks(frames(body))),
    "OpenAI's whole answer": ("/v1/chat/completions", {}, lambda body: completed(json.loads(body))),
    "the AI SDK's messages": ("/api/chat", {"messages": UI_MESSAGES}, lambda body: ui_message(frames(body))),
}


def said(events: list[Any]) -> tuple[str, str]:
    return "".join(event["content"] for event in events if event["type"] == "token"), events[-1]["stop_reason"]


def chunks(events: list[Any]) -> tuple[str, str]:
    choices = [choice for event in events for choice in event["choices"]]
    text = "".join(choice["delta"].get("content") or "" for choice in choices)
    return text, next(choice["finish_reason"] for choice in choices if choice.get("finish_reason"))


def completed(answer: Any) -> tuple[str, str]:
    (choice,) = answer["choices"]
    return choice["message"]["content"], choice["finish_reason"]


def ui_message(events: list[Any]) -> tuple[str, str]:
    text = "".join(event["delta"] for event in events if event["type"] == "text-delta")
    return text, next(event["finishReason"] for event in events if event["type"] == "finish")


@pytest.mark.parametrize(("path", "fields", "read"), BLOCKED.values(), ids=BLOCKED)
def test_a_blocked_prompt_is_answered_by_the_guardrail(
    client: Client, aws: LocalAws, path: str, fields: dict[str, Any], read: Callable[[bytes], tuple[str, str]]
) -> None:
    """In its own words, with the reason that each protocol has for it; the model never sees the prompt."""
    reached = aws.model_requests
    text, reason = read(sent(client, path, {"messages": turns("Something forbidden [pace_ms=0]"), **fields}))
    assert text == REFUSED
    expected = {
        "/chat": "guardrail_intervened",
        "/v1/chat/completions": "content_filter",
        "/api/chat": "content-filter",
    }
    assert reason == expected[path.partition("?")[0]]
    assert aws.model_requests == reached


def test_plain_text_has_the_guardrails_words(client: Client) -> None:
    """It has no place for more."""
    assert sent(client, "/chat?format=text", {"message": "Something forbidden [pace_ms=0]"}).decode() == REFUSED


def test_an_answer_is_masked(client: Client, aws: LocalAws) -> None:
    """The model saw what the user wrote; in its answer the guardrail hides it before it leaves."""
    events = frames(sent(client, "/chat", {"message": "It is about T-17 [pace_ms=0]"}))
    text, reason = said(events)
    assert b"T-17" in aws.model_requests[-1]
    assert "T-17" not in text
    assert "{Ticket}" in text
    assert reason == "guardrail_intervened"


def status(client: Client, **fields: Any) -> int:
    with client.send("POST", "/chat", {"message": "Hello [pace_ms=0]", **fields}) as response:
        assert response.status_code == 200 or response.json()["error"]["code"] == "access_denied", response.text
        assert response.content
        return response.status_code


def test_every_guardrail_permission_is_needed(native: Client, role: Role) -> None:
    """The guardrail, and its profile in each region that it reaches."""
    tried = []
    for sid, part, policy, statements in role.weakened():
        if sid == "ApplyGuardrail":
            role.put(policy, statements)
            try:
                assert status(native) == 403
            finally:
                role.restore(policy)
            tried.append(part)
    assert len(tried) == len(set(tried)) == 1 + 1 + len(REGIONS)  # all of it, the guardrail, its profiles
    assert status(native) == 200


@contextmanager
def allowed_everything(role: Role, *, denied_regions: bool) -> Iterator[None]:
    """Somebody lets the role do all that Bedrock has, and takes away the module's denial or doesn't."""
    policy = next(policy for sid, _, policy, _ in role.weakened() if sid == "StayInAllowedRegions")
    undenied = next(rest for sid, part, _, rest in role.weakened() if (sid, part) == ("StayInAllowedRegions", ""))
    role.put("more", [{"Effect": "Allow", "Action": "bedrock:*", "Resource": "*"}])
    if not denied_regions:
        role.put(policy, undenied)
    try:
        yield
    finally:
        role.restore(policy)
        role.put("more", [])


def test_the_role_stays_in_its_regions_whatever_it_is_allowed(
    native: Client, role: Role, outputs: dict[str, Any], api: Callable[[str], Any]
) -> None:
    """Even when somebody lets it do everything and has the function ask another profile."""
    functions, name = api("lambda"), {"FunctionName": outputs["function_names"]["native"]}
    variables = functions.get_function_configuration(**name)["Environment"]["Variables"]
    others = ("us.amazon.nova-lite-v1:0", "global.amazon.nova-2-lite-v1:0")
    functions.update_function_configuration(
        **name, Environment={"Variables": {**variables, "BEDROCK_CHAT_ALLOWED_MODEL_IDS": ",".join((*others, PROFILE))}}
    )
    try:
        assert [status(native, model=model) for model in (*others, PROFILE)] == [403, 403, 200]
        with allowed_everything(role, denied_regions=True):
            assert [status(native, model=model) for model in (*others, PROFILE)] == [403, 403, 200]
        with allowed_everything(role, denied_regions=False):
            assert [status(native, model=model) for model in (*others, PROFILE)] == [200, 200, 200]
    finally:
        functions.update_function_configuration(**name, Environment={"Variables": variables})


def statements_of_role(api: Callable[[str], Any], arn: str) -> list[dict[str, Any]]:
    iam, name = api("iam"), arn.rpartition("/")[2]
    documents = [
        iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
    ]
    return [statement for document in documents for statement in document["Statement"]]


PLACES = ("eu-central-1", "eu-west-1", "eu-west-2", "eu-central-2", "us-east-1", "ap-northeast-1")


@pytest.mark.parametrize("more", [[], [{"Effect": "Allow", "Action": "*", "Resource": "*"}]], ids=["as it is", "more"])
def test_the_policy_reaches_no_other_region(
    outputs: dict[str, Any], api: Callable[[str], Any], more: list[dict[str, Any]]
) -> None:
    """Each access of each call, evaluated: what is configured is allowed, and nothing that runs elsewhere."""
    arn = outputs["role_arns"]["native"]
    statements = [*statements_of_role(api, arn), *more]
    caller = session_principal(arn, "calls-native")

    def is_allowed(access: Access) -> bool:
        return decide_identity(statements, access).effect is Effect.ALLOWED

    for model in (ECHO, PROFILE, APPLICATION_PROFILE):
        assert all(map(is_allowed, needed_accesses(caller, model, REGION)))
    for geography in ("us", "apac", "global"):
        assert not all(map(is_allowed, needed_accesses(caller, f"{geography}.amazon.nova-lite-v1:0", REGION)))
    for place in PLACES:
        accesses = needed_accesses(caller, "amazon.nova-lite-v1:0", place)
        assert any(map(is_allowed, accesses)) is (bool(more) and place in REGIONS)


def test_the_regions_can_be_read_off_the_state(outputs: dict[str, Any], root: Root) -> None:
    """By the command in the README."""
    assert outputs
    (command,) = re.findall(r"^ +terraform show -json \| (.*)$", README.read_text(), re.MULTILINE)
    ran = subprocess.run(
        ["/bin/bash", "-c", command], input=root.shown(), capture_output=True, text=True, check=True, timeout=30
    )
    assert ran.stdout.splitlines() == [f"arn:aws:bedrock:{region}" for region in REGIONS]
