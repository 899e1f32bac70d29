"""Who may call an API: endpoints, signatures, policies of callers and of the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore import credentials as botocore_credentials
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from localaws.authorization import Policies
from localaws.policy import Statement
from localaws.rest import method_access
from localaws.rest.document import Document, Integration, IntegrationType, Method, Resource
from localaws.rest.exchange import Exchange, VpcEndpoint
from localaws.rest.refusal import Refusal
from localaws.sigv4 import DATE_FORMAT, Credentials, ReceivedRequest
from support.rest import NOW, make_exchange

API = "arn:aws:execute-api:us-east-1:123456789012:api123"
MASKED = "arn:aws:execute-api:us-east-1:********9012:api123/live/POST/chat/1"
ADA = Credentials("AKIAADA", "secret", None, "arn:aws:iam::123456789012:user/ada", "AIDAADA")
EVE = Credentials("AKIAEVE", "secret", None, "arn:aws:iam::210987654321:user/eve", "AIDAEVE")
METHODS = (Resource("/chat/{id}", {"POST": Method("POST", Integration(IntegrationType.AWS_PROXY))}),)


def statement(effect: str = "Allow", resource: object = "execute-api:/*", **more: object) -> Statement:
    return {"Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": resource, **more}


def when(**condition: object) -> Statement:
    return statement(Condition=condition)


def exchange(*statements: Statement, headers: dict[str, str] | None = None, **stage: Any) -> Exchange:
    policy = {"Version": "2012-10-17", "Statement": list(statements)} if statements else None
    return make_exchange(headers=headers or {}, document=Document("api", resources=METHODS, policy=policy), **stage)


def outcome(check: Callable[[], object]) -> str:
    """`passes`, or the kind of the refusal."""
    try:
        check()
    except Refusal as refusal:
        return str(refusal.kind)
    return "passes"


def refused(check: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as raised:
        check()
    return raised.value


def signed(keys: Credentials = ADA, service: str = "execute-api", at: datetime = NOW) -> Exchange:
    """A request that botocore has signed at a time."""
    request = AWSRequest("POST", "http://127.0.0.1:4000/live/chat/1")
    pair = botocore_credentials.Credentials(keys.access_key_id, keys.secret_access_key, keys.session_token)
    signer = SigV4Auth(pair, service, "us-east-1")
    request.context["timestamp"] = at.strftime(DATE_FORMAT)
    signer._modify_request_before_signing(request)  # noqa: SLF001  what add_auth does after it has asked the clock
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    signer._inject_signature_to_request(request, signature)  # noqa: SLF001  as above
    received = [("host", "127.0.0.1:4000"), *((name.lower(), str(value)) for name, value in request.headers.items())]
    made = exchange()
    made.request = ReceivedRequest("POST", "/live/chat/1", received, b"")
    return made


def find(key_id: str) -> Credentials | None:
    return {ADA.access_key_id: ADA}.get(key_id)


def test_a_signature_tells_who_it_is() -> None:
    """And the event says so."""
    assert method_access.authenticate(signed(), find) == ADA
    assert method_access.signed_identity(ADA) == {
        "accessKey": "AKIAADA",
        "accountId": "123456789012",
        "caller": "AIDAADA",
        "user": "AIDAADA",
        "userArn": ADA.arn,
    }


@pytest.mark.parametrize(
    ("made", "kind", "words"),
    [
        pytest.param(exchange(), "MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token", id="none"),
        pytest.param(signed(EVE), "INVALID_SIGNATURE", "The security token included in the request is", id="unknown"),
        pytest.param(
            signed(replace(ADA, session_token="x")),  # noqa: S106  nobody's
            "INVALID_SIGNATURE",
            "The security token included in the request is invalid.",
            id="another session",
        ),
        pytest.param(
            signed(replace(ADA, secret_access_key="other")),  # noqa: S106  nobody's
            "INVALID_SIGNATURE",
            "The request signature we calculated does not match",
            id="wrong",
        ),
        pytest.param(signed(service="lambda"), "INVALID_SIGNATURE", "The request signature we", id="another service"),
        pytest.param(
            exchange(headers={"Authorization": "Bearer x"}), "INVALID_SIGNATURE", "The request signature", id="another"
        ),
        pytest.param(
            signed(at=NOW - timedelta(minutes=6)),
            "INVALID_SIGNATURE",
            "Signature expired: 20261120T060108Z is now earlier than 20261120T060208Z (20261120T060708Z - 5 min.)",
            id="old",
        ),
        pytest.param(
            signed(at=NOW + timedelta(minutes=6)),
            "INVALID_SIGNATURE",
            "Signature not yet current: 20261120T061308Z is still later than 20261120T061208Z (20261120T060708Z + 5",
            id="of the future",
        ),
    ],
)
def test_signatures_that_are_refused(made: Exchange, kind: str, words: str) -> None:
    """Each with its own text."""
    refusal = refused(lambda: method_access.authenticate(made, find))
    assert (str(refusal.kind), refusal.status) == (kind, 403)
    assert refusal.message is not None
    assert refusal.message.startswith(words)


@pytest.mark.parametrize(("seconds", "expected"), [(1, "passes"), (0, "EXPIRED_TOKEN")])
def test_a_session_ends(seconds: int, expected: str) -> None:
    """At its second."""
    session = replace(ADA, expires=NOW + timedelta(seconds=seconds))
    assert outcome(lambda: method_access.authenticate(signed(), {ADA.access_key_id: session}.get)) == expected


ALLOW, DENY = statement(), statement("Deny")
FOR_ADA, FOR_EVE = statement(Principal={"AWS": ADA.arn}), statement(Principal={"AWS": EVE.arn})
OWN_ALLOW: Statement = {"Effect": "Allow", "Action": "execute-api:*", "Resource": f"{API}/*"}
OWN_DENY: Statement = {**OWN_ALLOW, "Effect": "Deny"}


@pytest.mark.parametrize(
    ("caller", "own", "policy", "allowed"),
    [
        (ADA, [], [], False),
        (ADA, [OWN_ALLOW], [], True),
        (ADA, [{**OWN_ALLOW, "Resource": f"{API}/live/POST/chat/1"}], [], True),
        (ADA, [{**OWN_ALLOW, "Resource": f"{API}/live/GET/*"}], [], False),
        (ADA, [{**OWN_ALLOW, "Resource": f"{API}/other/*"}], [], False),
        (ADA, [], [FOR_ADA], True),
        (ADA, [], [FOR_EVE], False),
        (ADA, [OWN_ALLOW], [FOR_EVE], True),
        (ADA, [OWN_ALLOW], [DENY], False),
        (ADA, [OWN_DENY], [ALLOW], False),
        (EVE, [OWN_ALLOW], [], False),
        (EVE, [], [FOR_EVE], False),
        (EVE, [OWN_ALLOW], [FOR_EVE], True),
        (EVE, [OWN_ALLOW], [FOR_ADA], False),
    ],
)
def test_signed_callers(caller: Credentials, own: list[Statement], policy: list[Statement], allowed: bool) -> None:
    """In the API's account one side is enough, a caller from another account needs both."""
    made = exchange(*policy)
    found = outcome(lambda: method_access.check_signed(made, caller, Policies(tuple(own))))
    assert found == ("passes" if allowed else "ACCESS_DENIED")


def test_the_refusal_of_a_signed_caller() -> None:
    """It says who, what and where, without most of the account's number."""
    refusal = refused(lambda: method_access.check_signed(exchange(), ADA, Policies()))
    assert refusal.message == (
        f"User: {ADA.arn} is not authorized to perform: execute-api:Invoke on resource: {MASKED} "
        "because no identity-based policy allows the execute-api:Invoke action"
    )


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        pytest.param([], "passes", id="none"),
        pytest.param([ALLOW], "passes", id="everybody"),
        pytest.param([statement(resource=[f"{API}/live/*"])], "passes", id="an ARN in a list"),
        pytest.param([statement(resource="execute-api:/live/POST/chat/*")], "passes", id="a part of the API"),
        pytest.param([statement(resource="execute-api:/test/*")], "ACCESS_DENIED", id="another stage"),
        pytest.param([statement(resource="execute-api:/live/GET/*")], "ACCESS_DENIED", id="another method"),
        pytest.param([FOR_ADA], "ACCESS_DENIED", id="somebody"),
        pytest.param([ALLOW, DENY], "ACCESS_DENIED", id="denied"),
        pytest.param([when(IpAddress={"aws:SourceIp": "127.0.0.0/8"})], "passes", id="from here"),
        pytest.param([when(IpAddress={"aws:SourceIp": "10.0.0.0/8"})], "ACCESS_DENIED", id="from elsewhere"),
        pytest.param([when(StringLike={"aws:UserAgent": "curl/*"})], "passes", id="by a program"),
        pytest.param([when(StringEquals={"aws:SourceVpce": "vpce-1"})], "ACCESS_DENIED", id="no endpoint"),
    ],
)
def test_unsigned_callers(policy: list[Statement], expected: str) -> None:
    """They need the API's policy alone, once it has one."""
    made = exchange(*policy, headers={"User-Agent": "curl/8"})
    assert outcome(lambda: method_access.check_resource_policy(made)) == expected


def test_the_refusal_of_an_unsigned_caller() -> None:
    """Nobody is named."""
    refusal = refused(lambda: method_access.check_resource_policy(exchange(ALLOW, DENY)))
    assert refusal.message == (
        f"User: anonymous is not authorized to perform: execute-api:Invoke on resource: {MASKED} "
        "with an explicit deny in a resource-based policy"
    )


def test_a_policy_may_have_one_statement() -> None:
    """Without a list around it, and `NotResource` may name the API shortly too."""
    made = make_exchange(document=Document("api", resources=METHODS, policy={"Statement": ALLOW}))
    assert outcome(lambda: method_access.check_resource_policy(made)) == "passes"
    others = {**{name: value for name, value in ALLOW.items() if name != "Resource"}, "NotResource": "execute-api:/*"}
    assert outcome(lambda: method_access.check_resource_policy(exchange(others))) == "ACCESS_DENIED"


DENIED = "User is not authorized to access this resource"


@pytest.mark.parametrize(
    ("granted", "policy", "message"),
    [
        ([OWN_ALLOW], [], None),
        ([], [ALLOW], None),
        ([OWN_ALLOW], [FOR_ADA], None),
        ([], [], DENIED),
        ([{**OWN_ALLOW, "Resource": f"{API}/live/GET/*"}], [], DENIED),
        ([OWN_ALLOW, OWN_DENY], [], f"{DENIED} with an explicit deny"),
        ([OWN_DENY], [ALLOW], f"{DENIED} with an explicit deny"),
        ([OWN_ALLOW], [DENY], f"{DENIED} with an explicit deny"),
    ],
)
def test_what_a_function_granted(granted: list[Statement], policy: list[Statement], message: str | None) -> None:
    """Its policy or the API's must allow, neither may deny."""
    if message is None:
        method_access.check_granted(exchange(*policy), granted)
        return
    refusal = refused(lambda: method_access.check_granted(exchange(*policy), granted))
    assert (refusal.status, refusal.message) == (403, message)


@pytest.mark.parametrize(("policy", "expected"), [([], "passes"), ([FOR_ADA], "passes"), ([DENY], "ACCESS_DENIED")])
def test_a_function_is_not_asked_what_the_policy_denies(policy: list[Statement], expected: str) -> None:
    """What it doesn't mention is left to the function."""
    assert outcome(lambda: method_access.check_not_denied(exchange(*policy))) == expected


@pytest.mark.parametrize(
    ("endpoint_type", "endpoint", "policy", "expected"),
    [
        ("REGIONAL", None, [], "passes"),
        ("PRIVATE", None, [ALLOW], "INVALID_API_KEY"),
        ("PRIVATE", VpcEndpoint("vpce-1"), [], "ACCESS_DENIED"),
        ("PRIVATE", VpcEndpoint("vpce-1"), [ALLOW], "passes"),
    ],
)
def test_private_apis(endpoint_type: str, endpoint: VpcEndpoint | None, policy: list[Statement], expected: str) -> None:
    """They have endpoints in VPCs alone, and let nobody in without a policy."""
    made = exchange(*policy, endpoint_type=endpoint_type)
    made.vpc_endpoint = endpoint
    assert outcome(lambda: method_access.check_endpoint(made)) == expected


@pytest.mark.parametrize(
    ("condition", "endpoint", "allowed"),
    [
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, VpcEndpoint("vpce-1"), True),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, VpcEndpoint("vpce-2"), False),
        ({"StringEquals": {"aws:SourceVpc": "vpc-1"}}, VpcEndpoint("vpce-1", "vpc-1"), True),
        ({"StringEquals": {"aws:SourceVpc": "vpc-1"}}, VpcEndpoint("vpce-1"), False),
        ({"IpAddress": {"aws:VpcSourceIp": "127.0.0.1"}}, VpcEndpoint("vpce-1"), True),
        ({"IpAddress": {"aws:SourceIp": "127.0.0.1"}}, VpcEndpoint("vpce-1"), False),
    ],
)
def test_the_way_into_a_private_api(condition: dict[str, object], endpoint: VpcEndpoint, allowed: bool) -> None:
    """By endpoint, by VPC, by an address there; addresses of the internet don't exist for it."""
    made = exchange(statement(Condition=condition), endpoint_type="PRIVATE")
    made.vpc_endpoint = endpoint
    assert outcome(lambda: method_access.check_resource_policy(made)) == ("passes" if allowed else "ACCESS_DENIED")
