"""The checks on healthy endpoints, and on endpoints that are broken in every way that the local AWS knows."""

import contextlib
import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from localaws.breakage.catalogue import KINDS, Kind, Place
from localaws.server import LocalAws
from stream_check.catalogue import CHECKS
from stream_check.cdn import Cdn, Countries, Listing
from stream_check.cli import main
from stream_check.finding import Finding, Outcome
from stream_check.session import Session
from stream_check.settings import Ask, Authentication, Budgets, Deployment, Settings
from support.soak import SOAK
from support.terraform import Root

FOLDER = Path(__file__).parent / "roots" / "checks"
ORIGIN = "https://app.example.com"
SILENT, FAILING = "stand-in.slow-first-token", "stand-in.fails-mid-stream"
SHORT = Ask(body=json.dumps({"message": "Hello", "max_tokens": 12}).encode())
BUDGETS = Budgets(first_byte_s=5.0, first_token_s=10.0)

# What only an open URL can lose, what only a REST API has, and what must be made worse than the budgets allow.
OF_THE_OPEN = {"missing-grant", "public-invoke", "uncapped"}
OF_THE_API = {"buffered-integration"}
STRANGER = "stranger"
OF_THE_CDN = {kind.name for kind in KINDS if kind.check.startswith("cdn.")}
AMOUNTS = {"slow-first-byte": "slow-first-byte=3", "cut": "cut=400"}

REASONS = {
    "buffering": "does not stream",
    "compressed": "does not stream",
    "doubled-cors": "access-control-allow-origin came 2 times",
    "no-preflight": "access-control-allow-origin is missing",
    "wrong-type": "application/octet-stream",
    "cut": "broke off",
    "dropped-heartbeats": "No comment came",
    "slow-first-byte": "The first byte came after 3",
    "dropped-errors": "must end with an error",
    "no-end": "not of type done",
    "plain-errors": "has not the form of an error",
    "open": "without credentials is answered 200",
    "stale-signatures": "twenty minutes ago is answered 200",
    "missing-grant": "grants nobody lambda:InvokeFunction",
    "public-invoke": "let any AWS account invoke the function directly",
    "buffered-mode": "invoke mode is BUFFERED",
    "buffered-integration": "transfer mode is BUFFERED",
    "endless-logs": "keeps everything for ever",
    "uncapped": "no reserved concurrency",
    "unchecked-bodies": "without x-amz-content-sha256 is answered 200",
    "every-country": "must be shut out is answered 200",
    "open-origin": "answers 200 without credentials",
    "missing-cdn-grant": "doesn't grant lambda:InvokeFunction to CloudFront",
    "no-countries": "lets in all, and must let in allow=CZ",
    "impatient-cdn": "after 1 s of silence, and comments come every 1 s",
    "lost-messages": "they are 1 user, 1 assistant, 2 user, and must be 1 user, 1 assistant, 2 user, 2 assistant",
    "swallowed-deletes": "A session that was forgotten must be a 404, and is read all the same",
    "one-caller": "Another caller's session must be a 404, and is read all the same",
    "caching": "x-cache: Hit from cloudfront",
}


@pytest.fixture(scope="module")
def outputs(aws: LocalAws, make_root: Callable[..., Root]) -> Iterator[dict[str, Any]]:
    applied = make_root(FOLDER, origin=ORIGIN, allowed_model_ids=[SILENT, FAILING]).apply()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in aws.environment().items():
            patch.setenv(name, value)
        yield json.loads(aws.localised(json.dumps(applied)))


@pytest.fixture(scope="module")
def stranger(
    outputs: dict[str, Any], api: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The profile of another IAM user, who may call the signed endpoints too."""
    iam, path = api("iam"), tmp_path_factory.mktemp("profiles") / "credentials"
    iam.create_user(UserName=STRANGER)
    key = iam.create_access_key(UserName=STRANGER)["AccessKey"]
    path.write_text(
        f"[{STRANGER}]\naws_access_key_id={key['AccessKeyId']}\naws_secret_access_key={key['SecretAccessKey']}\n"
    )
    grants = {
        "lambda:InvokeFunctionUrl": outputs["signed_arn"],
        "lambda:InvokeFunction": outputs["signed_arn"],
        "execute-api:Invoke": f"arn:aws:execute-api:*:*:{outputs['rest_api_id']}/*",
    }
    statements = [{"Effect": "Allow", "Action": action, "Resource": arn} for action, arn in grants.items()]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName=STRANGER, PolicyName="call", PolicyDocument=document)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
        yield STRANGER


@pytest.fixture(scope="module")
def endpoints(outputs: dict[str, Any], aws: LocalAws, stranger: str) -> dict[str, Settings]:
    common: dict[str, Any] = {
        "region": aws.region,
        "ask": SHORT,
        "budgets": BUDGETS,
        "origin": ORIGIN,
        "failing_model": FAILING,
    }
    signed = Settings(
        outputs["signed_url"],
        Authentication.IAM,
        deployment=Deployment(function="signed"),
        keeps_history=True,
        other_profile=stranger,
        **common,
    )
    return {
        "signed": signed,
        "open": Settings(outputs["open_url"], deployment=Deployment(function="open"), **common),
        "api": dataclasses.replace(
            signed,
            url=outputs["rest_api_url"],
            deployment=Deployment(function="signed", rest_api_id=outputs["rest_api_id"]),
        ),
        "cdn": dataclasses.replace(
            signed,
            url=outputs["cdn_url"],
            authentication=Authentication.NONE,
            cdn=Cdn(
                distribution=outputs["cdn_distribution_id"],
                countries=Countries(Listing.ALLOW, frozenset({"CZ"})),
                blocked_header=("x-test-country", "US"),
            ),
        ),
    }


@pytest.fixture
def kept(outputs: dict[str, Any], api: Callable[[str], Any]) -> Callable[[], int]:
    """How many items all conversations have."""
    return lambda: int(api("dynamodb").scan(TableName=outputs["chat_table_name"])["Count"])


def findings(settings: Settings) -> list[Finding]:
    with contextlib.closing(Session(settings)) as session:
        return [session.run(check) for check in CHECKS]


def told(found: list[Finding]) -> str:
    return "\n".join(f"{each.outcome}: {each.id}: {each.detail}" for each in found)


@pytest.mark.parametrize("name", ["signed", "open", "api", "cdn"])
def test_nothing_fails_on_a_healthy_endpoint(
    name: str, endpoints: dict[str, Settings], kept: Callable[[], int]
) -> None:
    """Nothing is left out that could be tried, and no conversation is left behind."""
    before = kept()
    found = findings(dataclasses.replace(endpoints[name], silent_model=SILENT))
    assert {each.outcome for each in found} <= {Outcome.PASSED, Outcome.NOT_TRIED}, told(found)
    not_tried = {each.id for each in found if each.outcome is Outcome.NOT_TRIED}
    expected = {
        "signed": {"access.grants", "deployed.api", "deployed.capped"},
        "open": {"access.nobody", "access.wrong", "access.expired", "deployed.api"}
        | {check.id for check in CHECKS if check.id.startswith("history.")},
        "api": {"access.grants", "deployed.capped"},
        "cdn": {"access.nobody", "access.wrong", "access.expired", "access.grants", "deployed.api", "deployed.capped"},
    }
    of_the_cdn = set() if name == "cdn" else {check.id for check in CHECKS if check.id.startswith("cdn.")}
    assert not_tried == expected[name] | of_the_cdn | {"size.large", "size.long"}, told(found)
    assert kept() == before


def test_what_is_not_given_is_not_claimed(endpoints: dict[str, Settings]) -> None:
    """The list that there is may be right or wrong, and nobody can choose a country; a wrong id is no failure."""
    few = [check for check in CHECKS if check.id in {"cdn.grants", "cdn.countries", "cdn.blocked"}]

    def outcomes(cdn: Cdn) -> list[Finding]:
        session = Session(dataclasses.replace(endpoints["cdn"], cdn=cdn))
        return [session.run(check) for check in few]

    known = endpoints["cdn"].cdn
    assert known is not None
    grants, countries, blocked = outcomes(Cdn(distribution=known.distribution))
    assert [each.outcome for each in (grants, countries, blocked)] == [
        Outcome.PASSED,
        Outcome.NOT_TRIED,
        Outcome.NOT_TRIED,
    ]
    assert "lets in allow=CZ: give --countries" in countries.detail
    grants, countries, _ = outcomes(dataclasses.replace(known, distribution="EOTHER"))
    assert (grants.outcome, countries.outcome) == (Outcome.FAILED, Outcome.BROKEN)


def test_the_command_finds_a_cdn_in_its_environment(
    outputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `localaws run` sets it, with the configuration of what stands behind."""
    renamed = {"CDN_URL": "cdn_url", "CDN_DISTRIBUTION_ID": "cdn_distribution_id", "FUNCTION_URL": "signed_url"}
    for name, output in renamed.items():
        monkeypatch.setenv(f"TF_OUTPUT_{name}", outputs[output])
    monkeypatch.setenv("TF_OUTPUT_FUNCTION_NAME", "signed")
    monkeypatch.setenv("CDN_URL", outputs["cdn_url"])
    options = ["--countries", "allow=CZ", "--blocked-header", "x-test-country: US"]
    assert main(["--only", "cdn", *options]) == 0
    said = capsys.readouterr().out
    assert [line.split()[:2] for line in said.splitlines() if " cdn." in line] == [
        ["✓", check.id] for check in CHECKS if check.id.startswith("cdn.")
    ]


def test_what_an_api_asks_for_is_read(
    outputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody has to say that its method wants a signature."""
    for name in ("rest_api_url", "rest_api_id"):
        monkeypatch.setenv(f"TF_OUTPUT_{name.upper()}", outputs[name])
    assert main(["--only", "stream.answered"]) == 0
    monkeypatch.setenv("TF_OUTPUT_REST_API_ID", "other")
    assert main(["--only", "stream.answered"]) == 2
    assert "can't be read" in capsys.readouterr().err


def place_of(kind: Kind) -> str:
    """The endpoint that a breakage is tried on."""
    places = {"open": OF_THE_OPEN, "api": OF_THE_API, "cdn": OF_THE_CDN}
    return next((name for name, kinds in places.items() if kind.name in kinds), "signed")


# Each in its place; what happens to answers also on their way through the CDN.
TRIED = [(kind, place_of(kind)) for kind in KINDS]
THROUGH_CDN = [(kind, "cdn") for kind in KINDS if kind.place in {Place.ANSWER, Place.REQUEST}]


@pytest.mark.parametrize(
    ("kind", "name"),
    TRIED + THROUGH_CDN if SOAK else TRIED[::3] + THROUGH_CDN[::6],
    ids=lambda each: getattr(each, "name", each),
)
def test_each_breakage_fails_its_check(kind: Kind, name: str, endpoints: dict[str, Settings], aws: LocalAws) -> None:
    """That one, with the reason, and no other."""
    settings = endpoints[name]
    if kind.check == "stream.heartbeats":
        settings = dataclasses.replace(settings, silent_model=SILENT)
    if kind.check == "stream.first-byte":  # a short answer would have ended before its first byte is let through
        settings = dataclasses.replace(settings, ask=Ask(), budgets=Budgets(first_byte_s=2.5))
    with aws.broken(AMOUNTS.get(kind.name, kind.name)):
        found = findings(settings)
    failed = [each for each in found if each.outcome is Outcome.FAILED]
    assert [each.id for each in failed] == [kind.check], told(found)
    assert REASONS[kind.name] in failed[0].detail
    assert not [each for each in found if each.outcome is Outcome.BROKEN], told(found)
