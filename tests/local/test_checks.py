"""The checks on healthy endpoints, and on endpoints that are broken in every way that the local AWS knows."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from localaws.breakage.catalogue import KINDS
from localaws.server import LocalAws
from stream_check.catalogue import CHECKS
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
}


@pytest.fixture(scope="module")
def outputs(aws: LocalAws, make_root: Callable[..., Root]) -> Iterator[dict[str, Any]]:
    applied = make_root(FOLDER, origin=ORIGIN, allowed_model_ids=[SILENT, FAILING]).apply()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in aws.environment().items():
            patch.setenv(name, value)
        yield json.loads(aws.localised(json.dumps(applied)))


@pytest.fixture(scope="module")
def endpoints(outputs: dict[str, Any], aws: LocalAws) -> dict[str, Settings]:
    common: dict[str, Any] = {
        "region": aws.region,
        "ask": SHORT,
        "budgets": BUDGETS,
        "origin": ORIGIN,
        "failing_model": FAILING,
    }
    signed = Settings(outputs["signed_url"], Authentication.IAM, deployment=Deployment(function="signed"), **common)
    return {
        "signed": signed,
        "open": Settings(outputs["open_url"], deployment=Deployment(function="open"), **common),
        "api": dataclasses.replace(
            signed,
            url=outputs["rest_api_url"],
            deployment=Deployment(function="signed", rest_api_id=outputs["rest_api_id"]),
        ),
    }


def findings(settings: Settings) -> list[Finding]:
    session = Session(settings)
    return [session.run(check) for check in CHECKS]


def told(found: list[Finding]) -> str:
    return "\n".join(f"{each.outcome}: {each.id}: {each.detail}" for each in found)


@pytest.mark.parametrize("name", ["signed", "open", "api"])
def test_nothing_fails_on_a_healthy_endpoint(name: str, endpoints: dict[str, Settings]) -> None:
    """And nothing is left out that could be tried."""
    found = findings(dataclasses.replace(endpoints[name], silent_model=SILENT))
    assert {each.outcome for each in found} <= {Outcome.PASSED, Outcome.NOT_TRIED}, told(found)
    not_tried = {each.id for each in found if each.outcome is Outcome.NOT_TRIED}
    expected = {
        "signed": {"access.grants", "deployed.api", "deployed.capped"},
        "open": {"access.nobody", "access.wrong", "access.expired", "deployed.api"},
        "api": {"access.grants", "deployed.capped"},
    }
    assert not_tried == expected[name] | {"size.large", "size.long"}, told(found)


@pytest.mark.parametrize("kind", KINDS if SOAK else KINDS[::3], ids=lambda kind: kind.name)
def test_each_breakage_fails_its_check(kind: Any, endpoints: dict[str, Settings], aws: LocalAws) -> None:
    """That one, with the reason, and no other."""
    name = "open" if kind.name in OF_THE_OPEN else "api" if kind.name in OF_THE_API else "signed"
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
