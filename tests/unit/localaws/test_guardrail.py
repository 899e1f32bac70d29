"""Guardrails of the local AWS: through Bedrock's API as Terraform uses it, and through a model's answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import LocalAws
from localaws.authorization import session_principal
from localaws.bedrock.access import guardrail_accesses
from localaws.bedrock.answer import TEXT
from localaws.bedrock.guardrail import Guardrail
from support.clients import aws_client
from support.stand_in import ask, stop_reason, text_of

REFUSED, WITHHELD = "I can't talk about that.", "I can't say that."
SETTINGS: dict[str, Any] = {
    "name": "words",
    "blockedInputMessaging": REFUSED,
    "blockedOutputsMessaging": WITHHELD,
    "wordPolicyConfig": {"wordsConfig": [{"text": "secret"}]},
    "sensitiveInformationPolicyConfig": {
        "piiEntitiesConfig": [
            {"type": "EMAIL", "action": "ANONYMIZE"},
            {"type": "PHONE", "action": "BLOCK"},
            {"type": "NAME", "action": "NONE"},
        ],
        "regexesConfig": [{"name": "Ticket", "pattern": r"T-\d+", "action": "ANONYMIZE"}],
    },
}
FAST = "[pace_ms=0]"


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws(region="eu-west-1") as running:
        yield running


@pytest.fixture(scope="module")
def bedrock(aws: LocalAws) -> Any:
    return aws_client(aws.environment(), "bedrock")


@pytest.fixture(scope="module")
def runtime(aws: LocalAws) -> Any:
    return aws_client(aws.environment(), "bedrock-runtime")


@pytest.fixture
def guardrail(bedrock: Any) -> Iterator[dict[str, str]]:
    """A draft, as a request names it."""
    made = bedrock.create_guardrail(**SETTINGS)
    yield {"guardrailIdentifier": made["guardrailId"], "guardrailVersion": "DRAFT"}
    bedrock.delete_guardrail(guardrailIdentifier=made["guardrailId"])


def answer(runtime: Any, config: dict[str, str], text: str, model: str = "stand-in.echo") -> tuple[str, str]:
    events = list(ask(runtime, model, f"{text} {FAST}", guardrailConfig=config))
    return text_of(events), stop_reason(events)


def test_a_guardrail_reads_back_as_it_was_made(bedrock: Any) -> None:
    """In GetGuardrail's names, with its tags; by id and by ARN."""
    profile = {"guardrailProfileIdentifier": "eu.guardrail.v1:0"}
    made = bedrock.create_guardrail(**SETTINGS, crossRegionConfig=profile, tags=[{"key": "team", "value": "a"}])
    assert made["version"] == "DRAFT"
    for identifier in (made["guardrailId"], made["guardrailArn"]):
        found = bedrock.get_guardrail(guardrailIdentifier=identifier)
        assert (found["name"], found["status"], found["version"]) == ("words", "READY", "DRAFT")
        assert found["wordPolicy"]["words"] == [{"text": "secret"}]
        assert [each["type"] for each in found["sensitiveInformationPolicy"]["piiEntities"]] == [
            "EMAIL",
            "PHONE",
            "NAME",
        ]
        assert found["crossRegionDetails"]["guardrailProfileId"] == "eu.guardrail.v1:0"
    tags = bedrock.list_tags_for_resource(resourceARN=made["guardrailArn"])["tags"]
    assert tags == [{"key": "team", "value": "a"}]


def test_versions_are_what_the_draft_was(bedrock: Any) -> None:
    """A draft that changes leaves them as they are; one can be deleted alone."""
    made = bedrock.create_guardrail(**SETTINGS)
    identifier = {"guardrailIdentifier": made["guardrailId"]}
    for number in ("1", "2"):
        assert bedrock.create_guardrail_version(**identifier)["version"] == number
        bedrock.update_guardrail(**identifier, **{**SETTINGS, "name": f"after-{number}"})
    names = [bedrock.get_guardrail(**identifier, guardrailVersion=version)["name"] for version in ("DRAFT", "1", "2")]
    assert names == ["after-2", "words", "after-1"]
    bedrock.delete_guardrail(**identifier, guardrailVersion="1")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        bedrock.get_guardrail(**identifier, guardrailVersion="1")
    assert bedrock.get_guardrail(**identifier, guardrailVersion="2")["version"] == "2"
    bedrock.delete_guardrail(**identifier)
    for call in (bedrock.get_guardrail, bedrock.create_guardrail_version, bedrock.delete_guardrail):
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            call(**identifier)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        bedrock.update_guardrail(**identifier, **SETTINGS)


MODEL = "amazon.nova-lite-v1:0"
CHECKED = [
    ("sync", "tell me the SECRET", False),
    ("sync", "call +1 202 555 0143", False),
    ("sync", "the secretary", True),
    ("async", "tell me the secret", False),
    ("async", "hello", True),
]


@pytest.mark.parametrize("case", CHECKED)
def test_a_prompt_is_blocked_or_answered(
    aws: LocalAws, runtime: Any, guardrail: dict[str, str], case: tuple[str, str, bool]
) -> None:
    """A word counts by itself and in any case; a blocked prompt never reaches the model."""
    mode, text, passes = case
    reached = len(aws.model_requests)
    said = answer(runtime, {**guardrail, "streamProcessingMode": mode}, text, MODEL)
    assert said == ((TEXT, "end_turn") if passes else (REFUSED, "guardrail_intervened"))
    assert len(aws.model_requests) - reached == passes


def test_what_was_said_before_counts_too(runtime: Any, guardrail: dict[str, str]) -> None:
    """All messages are looked at; instructions are the operator's, and aren't."""
    turns = [("user", "the secret"), ("assistant", "yes?"), ("user", FAST)]
    messages = [{"role": role, "content": [{"text": text}]} for role, text in turns]
    assert text_of(list(ask(runtime, messages=messages, guardrailConfig=guardrail))) == REFUSED
    system = [{"text": "Keep the secret."}]
    assert text_of(list(ask(runtime, text=FAST, system=system, guardrailConfig=guardrail))) == TEXT


def says(system: str) -> dict[str, Any]:
    """What makes the echo say a text that was in no message."""
    return {"system": [{"text": system}], "messages": [{"role": "user", "content": [{"text": FAST}]}]}


def test_an_answer_is_withheld(runtime: Any, guardrail: dict[str, str]) -> None:
    """Before it is seen, or with async after it."""
    texts = {}
    for mode in ("sync", "async"):
        config = {**guardrail, "streamProcessingMode": mode}
        events = list(ask(runtime, "stand-in.echo", **says("secret"), guardrailConfig=config))
        assert stop_reason(events) == "guardrail_intervened"
        texts[mode] = text_of(events)
    assert texts["sync"] == WITHHELD
    assert '"text": "secret"' in texts["async"]
    assert texts["async"].endswith(WITHHELD)


def test_an_answer_is_masked(runtime: Any, guardrail: dict[str, str]) -> None:
    """By a pattern's name, or the type of what was found; the rest of it stays, and what shall only be noticed."""
    events = list(ask(runtime, "stand-in.echo", **says("T-17 jane@example.com Jane"), guardrailConfig=guardrail))
    assert json.loads(text_of(events))["system"] == [{"text": "{Ticket} {EMAIL} Jane"}]
    assert stop_reason(events) == "guardrail_intervened"


def test_async_masks_nothing(runtime: Any, guardrail: dict[str, str]) -> None:
    """What has been sent can't be changed."""
    config = {**guardrail, "streamProcessingMode": "async"}
    events = list(ask(runtime, "stand-in.echo", **says("T-17"), guardrailConfig=config))
    assert '"T-17"' in text_of(events)
    assert stop_reason(events) == "end_turn"


WRONG = {
    "another id": ({"guardrailIdentifier": "nosuch"}, "does not exist"),
    "another account's": (
        {"guardrailIdentifier": "arn:aws:bedrock:eu-west-1:210987654321:guardrail/abc"},
        "does not exist",
    ),
    "another version": ({"guardrailVersion": "7"}, "does not exist"),
    "no version": ({"guardrailVersion": ""}, "must be given together"),
    "no id": ({"guardrailIdentifier": ""}, "must be given together"),
    "a name": ({"guardrailIdentifier": "My-Guardrail"}, "guardrailConfig.guardrailIdentifier"),
    "a word for a version": ({"guardrailVersion": "draft"}, "guardrailConfig.guardrailVersion"),
    "a mode": ({"streamProcessingMode": "fast"}, "guardrailConfig.streamProcessingMode"),
    "a trace": ({"trace": "on"}, "guardrailConfig.trace"),
}


@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_guardrail_is_a_wrong_request(
    runtime: Any, guardrail: dict[str, str], change: dict[str, str], message: str
) -> None:
    """Not one that lets everything through."""
    with pytest.raises(ClientError, match=message) as caught:
        answer(runtime, {**guardrail, **change}, "hello")
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_a_guardrail_goes_with_its_account(runtime: Any, bedrock: Any) -> None:
    """By its ARN it is the same, and the id that an ARN ends in is no way to another's."""
    made = bedrock.create_guardrail(**SETTINGS)
    config = {"guardrailIdentifier": made["guardrailArn"], "guardrailVersion": "DRAFT"}
    assert answer(runtime, config, "a secret")[0] == REFUSED
    other = made["guardrailArn"].replace(":123456789012:", ":210987654321:")
    with pytest.raises(ClientError, match="does not exist"):
        answer(runtime, {**config, "guardrailIdentifier": other}, "hello")


SESSION = session_principal("arn:aws:iam::123456789012:role/chat", "chat")
ARN = "arn:aws:bedrock:eu-west-1:123456789012:guardrail/abc"
PROFILES = tuple(
    f"arn:aws:bedrock:{region}:123456789012:guardrail-profile/eu.guardrail.v1:0"
    for region in ("eu-central-1", "eu-west-1")
)


@pytest.mark.parametrize("profiles", [(), PROFILES])
def test_what_a_guardrail_needs(profiles: tuple[str, ...]) -> None:
    """Itself, and its profile in each region that it reaches, with that region for conditions."""
    accesses = guardrail_accesses(SESSION, Guardrail(ARN, profiles, {}), "eu-west-1")
    assert {access.action for access in accesses} == {"bedrock:ApplyGuardrail"}
    assert [(each.resource, each.context["aws:requestedregion"]) for each in accesses] == [
        (ARN, "eu-west-1"),
        *((arn, arn.split(":")[3]) for arn in profiles),
    ]


def test_who_may_not_apply_a_guardrail_is_refused(aws: LocalAws, bedrock: Any) -> None:
    """Also who may call the model; with cross-Region inference its profile is needed too."""
    iam = aws_client(aws.environment(), "iam")
    iam.create_user(UserName="caller")
    key = iam.create_access_key(UserName="caller")["AccessKey"]
    keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    runtime = aws_client({**aws.environment(), **keys}, "bedrock-runtime")
    profile = {"guardrailProfileIdentifier": "eu.guardrail.v1:0"}
    made = bedrock.create_guardrail(**SETTINGS, crossRegionConfig=profile)
    config = {"guardrailIdentifier": made["guardrailId"], "guardrailVersion": "DRAFT"}
    everywhere = "arn:aws:bedrock:*:123456789012:guardrail-profile/eu.guardrail.v1:0"

    def allow(*guardrails: str) -> None:
        statements = [{"Effect": "Allow", "Action": "bedrock:InvokeModelWithResponseStream", "Resource": "*"}]
        statements += [{"Effect": "Allow", "Action": "bedrock:ApplyGuardrail", "Resource": arn} for arn in guardrails]
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_user_policy(UserName="caller", PolicyName="call", PolicyDocument=document)

    for arns in ((), (made["guardrailArn"],), (everywhere,)):
        allow(*arns)
        with pytest.raises(ClientError, match=r"bedrock:ApplyGuardrail") as caught:
            answer(runtime, config, "hello")
        assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    allow(made["guardrailArn"], everywhere)
    assert answer(runtime, config, "hello")[1] == "end_turn"
