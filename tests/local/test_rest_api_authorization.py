"""`roots/rest-api-authorization`: who may call a REST API: right, wrong, expired and no credentials, by a client."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from joserfc import jwt
from moto.backends import get_backend

from localaws.server import LocalAws
from support.functions import package
from support.terraform import Root

FOLDER = Path(__file__).parent / "roots" / "rest-api-authorization"
NAME = "guarded"
ACCOUNT = "123456789012"
REGION = "us-east-1"
PASSWORD = "Str0ng-enough!"  # noqa: S105  of a user on this machine
ORIGINS = ["https://a.example", "https://b.example"]
ELSEWHERE = "https://c.example"
TIMEOUT_S = 30

HANDLERS = r"""
import json
calls = 0

def echo(event, context):
    return {"statusCode": 200, "body": json.dumps(event)}

def policy(effect, resource):
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}

def authorize(event, context):
    global calls
    calls += 1
    token, arn = event["authorizationToken"], event["methodArn"]
    if token == "unknown":
        raise Exception("Unauthorized")
    if token == "crash":
        raise ValueError("no")
    answer = {"principalId": token, "context": {"calls": calls, "paying": True, "tenant": "blue"}}
    if token == "nested":
        answer["context"]["list"] = []
    if token != "malformed":
        effect = "Deny" if token == "denied" else "Allow"
        resource = arn.rpartition("/")[0] + "/decided" if token == "narrow" else "*"
        answer["policyDocument"] = policy(effect, resource)
    return answer
"""


@pytest.fixture(scope="module")
def root(make_root: Callable[..., Root], tmp_path_factory: pytest.TempPathFactory) -> Root:
    archive = tmp_path_factory.mktemp("archive") / "handler.zip"
    archive.write_bytes(package(HANDLERS))
    return make_root(FOLDER, name=NAME, archive=str(archive), allow_origins=ORIGINS)


@pytest.fixture(scope="module")
def outputs(root: Root) -> dict[str, Any]:
    return root.apply()


@pytest.fixture(scope="module")
def url(outputs: dict[str, Any], aws: LocalAws) -> str:
    return aws.localised(outputs["url"])


@pytest.fixture(scope="module")
def get(url: str) -> Callable[..., requests.Response]:
    """Sends a request to a path of the API."""

    def send(path: str, headers: dict[str, str] | None = None, method: str = "GET") -> requests.Response:
        return requests.request(method, url + path, headers=headers, timeout=TIMEOUT_S)

    return send


Get = Callable[..., requests.Response]


def context_of(response: requests.Response) -> dict[str, Any]:
    """The request's context, as the function saw it."""
    assert response.status_code == 200, response.text
    context: dict[str, Any] = response.json()["requestContext"]
    return context


def refusal(response: requests.Response) -> tuple[int, str, str | None]:
    """Status, kind and message of an answer of API Gateway's own, in the form that the module gives it."""
    error = response.json()["error"]
    assert error["request_id"] == response.headers["x-amzn-RequestId"]
    return response.status_code, error["code"], error["message"]


UNAUTHORIZED = (401, "UNAUTHORIZED", "Unauthorized")
NOT_SIGNED = (403, "MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")
FORBIDDEN = (403, "INVALID_API_KEY", "Forbidden")
DENIED = (403, "ACCESS_DENIED", "User is not authorized to access this resource")


def test_an_open_route_is_open(get: Get) -> None:
    """To anyone."""
    assert context_of(get("open"))["identity"]["sourceIp"] == "127.0.0.1"


class Signer:
    """Signs requests for the API with the keys of a session, or with others."""

    def __init__(self, keys: dict[str, str]) -> None:
        self.keys = keys

    def headers(self, url: str, age: timedelta = timedelta(), **others: str) -> dict[str, str]:
        keys = self.keys | others
        pair = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
        request = AWSRequest("GET", url, headers={})
        signer = SigV4Auth(pair, "execute-api", REGION)
        request.context["timestamp"] = (datetime.now(UTC) - age).strftime("%Y%m%dT%H%M%SZ")
        signer._modify_request_before_signing(request)  # noqa: SLF001  what add_auth does after it has asked the clock
        signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
        signer._inject_signature_to_request(request, signature)  # noqa: SLF001  as above
        return dict(request.headers)


@pytest.fixture(scope="module")
def caller(outputs: dict[str, Any], api: Callable[[str], Any]) -> Signer:
    """A session of the role that may call one route."""
    return Signer(api("sts").assume_role(RoleArn=outputs["caller"], RoleSessionName="ada")["Credentials"])


def test_a_signed_route_takes_who_may_call_it(get: Get, url: str, caller: Signer) -> None:
    """The function sees who it was."""
    identity = context_of(get("signed/mine", caller.headers(f"{url}signed/mine")))["identity"]
    assert identity["userArn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{NAME}-caller/ada"
    assert (identity["accessKey"], identity["accountId"]) == (caller.keys["AccessKeyId"], ACCOUNT)


def test_a_signed_route_refuses_wrong_signatures(get: Get, url: str, caller: Signer) -> None:
    """None, one by another secret, an unknown key's, an old one."""
    mine = f"{url}signed/mine"
    assert refusal(get("signed/mine")) == NOT_SIGNED
    unknown = "The security token included in the request is invalid."
    cases = (
        (caller.headers(mine, SecretAccessKey="wrong"), "The request signature we calculated does not match"),
        (caller.headers(mine, AccessKeyId="ASIAUNKNOWN000000000"), unknown),
        (caller.headers(mine, SessionToken="wrong"), unknown),
        (caller.headers(mine, timedelta(minutes=6)), "Signature expired: 2"),
    )
    for headers, words in cases:
        status, code, message = refusal(get("signed/mine", headers))
        assert (status, code) == (403, "INVALID_SIGNATURE")
        assert str(message).startswith(words)


def test_a_signed_route_refuses_who_may_call_another(
    get: Get, url: str, outputs: dict[str, Any], caller: Signer
) -> None:
    """It says who, what and where."""
    message = (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{NAME}-caller/ada is not authorized to perform: execute-api:Invoke "
        f"on resource: arn:aws:execute-api:{REGION}:********9012:{outputs['api_id']}/prod/GET/signed/others "
        "because no identity-based policy allows the execute-api:Invoke action"
    )
    answer = get("signed/others", caller.headers(f"{url}signed/others"))
    assert refusal(answer) == (403, "ACCESS_DENIED", message)


def test_a_session_expires(get: Get, url: str, api: Callable[[str], Any], outputs: dict[str, Any]) -> None:
    """Its signatures are as good as ever then."""
    visitor = Signer(api("sts").assume_role(RoleArn=outputs["caller"], RoleSessionName="eve")["Credentials"])
    session = get_backend("sts")[ACCOUNT]["aws"].get_assumed_role_from_access_key(visitor.keys["AccessKeyId"])
    assert session
    session.expiration -= timedelta(hours=2)
    message = "The security token included in the request is expired"
    answer = get("signed/mine", visitor.headers(f"{url}signed/mine"))
    assert refusal(answer) == (403, "EXPIRED_TOKEN", message)


@pytest.fixture(scope="module")
def tokens(outputs: dict[str, Any], api: Callable[[str], Any]) -> dict[str, str]:
    """The tokens of a user who has signed in."""
    cognito, pool = api("cognito-idp"), outputs["user_pool_id"]
    cognito.admin_create_user(UserPoolId=pool, Username="ada", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username="ada", Password=PASSWORD, Permanent=True)
    signed_in = cognito.initiate_auth(
        ClientId=outputs["client_id"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ada", "PASSWORD": PASSWORD},
    )["AuthenticationResult"]
    return {"id": signed_in["IdToken"], "access": signed_in["AccessToken"]}


def forged(outputs: dict[str, Any], **changes: object) -> str:
    """A token by the pool's own key, with other claims."""
    pool = get_backend("cognito-idp")[ACCOUNT][REGION].user_pools[outputs["user_pool_id"]]
    claims = {
        "iss": f"https://cognito-idp.{REGION}.amazonaws.com/{pool.id}",
        "token_use": "id",
        "sub": "ada",
        "exp": int(time.time()) + 600,
        **changes,
    }
    token: str = jwt.encode({"alg": "RS256", "kid": "dummy"}, claims, pool.json_web_key)
    return token


@pytest.mark.parametrize(
    ("use", "prefix"),
    [("id", ""), ("id", "Bearer "), ("access", "Bearer ")],
)
def test_a_user_of_the_pool_is_known(
    get: Get, tokens: dict[str, str], outputs: dict[str, Any], use: str, prefix: str
) -> None:
    """By the ID token, or by the access token where there are scopes."""
    claims = context_of(get(f"{use}-token", {"Authorization": prefix + tokens[use]}))["authorizer"]["claims"]
    assert claims["token_use"] == use
    assert claims["iss"].endswith(outputs["user_pool_id"])
    assert all(isinstance(value, str) for value in claims.values())


def test_other_tokens_are_refused(get: Get, tokens: dict[str, str], outputs: dict[str, Any]) -> None:
    """No token, the wrong one of the two, a spoilt one, another pool's, an expired one, one without the scope."""
    head, body, signature = tokens["id"].split(".")
    spoilt = ".".join((head, body, signature[:-8] + "AAAAAAAA"))
    elsewhere = forged(outputs, iss=f"https://cognito-idp.{REGION}.amazonaws.com/{REGION}_other")
    assert refusal(get("id-token")) == UNAUTHORIZED
    for token in (tokens["access"], spoilt, elsewhere, "nonsense"):
        assert refusal(get("id-token", {"Authorization": token})) == UNAUTHORIZED
    assert refusal(get("access-token", {"Authorization": tokens["id"]})) == UNAUTHORIZED
    old = forged(outputs, exp=int(time.time()) - 1)
    expired = (401, "UNAUTHORIZED", "The incoming token has expired")
    assert refusal(get("id-token", {"Authorization": old})) == expired
    assert refusal(get("foreign-scope", {"Authorization": tokens["access"]})) == DENIED


def test_a_function_lets_callers_in(get: Get) -> None:
    """What it says of them reaches the handler, as texts; its decision counts for as long as it may be kept."""
    first, again, other = (
        context_of(get("decided", {"Authorization": token}))["authorizer"] for token in ("ada", "ada", "eve")
    )
    assert (first["principalId"], first["tenant"], first["paying"]) == ("ada", "blue", "true")
    assert again["calls"] == first["calls"] != other["calls"]
    assert (again["integrationLatency"], other["principalId"]) == (0, "eve")


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        pytest.param(None, UNAUTHORIZED, id="no token"),
        pytest.param("NOT-WELL-FORMED", UNAUTHORIZED, id="not of the form"),
        pytest.param("unknown", UNAUTHORIZED, id="unauthorized"),
        pytest.param("denied", (*DENIED[:2], f"{DENIED[2]} with an explicit deny"), id="denied"),
        pytest.param("narrow", DENIED, id="allowed elsewhere"),
        pytest.param("crash", (500, "AUTHORIZER_FAILURE", None), id="an error"),
        pytest.param("malformed", (500, "AUTHORIZER_CONFIGURATION_ERROR", None), id="no policy"),
        pytest.param("nested", (500, "AUTHORIZER_CONFIGURATION_ERROR", None), id="a list in the context"),
    ],
)
def test_a_function_keeps_callers_out(get: Get, token: str | None, expected: tuple[int, str, str | None]) -> None:
    """Each with its own answer."""
    headers = {"Authorization": token} if token else {}
    assert refusal(get("decided/here", headers)) == expected


def test_an_authorizer_that_may_not_be_asked(get: Get, api: Callable[[str], Any], outputs: dict[str, Any]) -> None:
    """A missing permission is the API's own error."""
    functions = api("lambda")
    (statement,) = json.loads(functions.get_policy(FunctionName=outputs["authorizer"])["Policy"])["Statement"]
    functions.remove_permission(FunctionName=outputs["authorizer"], StatementId=statement["Sid"])
    try:
        answer = get("decided", {"Authorization": "somebody"})
    finally:
        functions.add_permission(
            FunctionName=outputs["authorizer"],
            StatementId=statement["Sid"],
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=statement["Condition"]["ArnLike"]["AWS:SourceArn"],
        )
    assert refusal(answer) == (500, "AUTHORIZER_CONFIGURATION_ERROR", None)
    assert get("decided", {"Authorization": "somebody"}).status_code == 200


def test_a_key_opens_a_route_until_its_quota_is_spent(get: Get, outputs: dict[str, Any]) -> None:
    """The handler knows which key it was."""
    value = outputs["api_keys"]["spent"]
    identity = context_of(get("keyed", {"x-api-key": value}))["identity"]
    assert identity["apiKey"] == value
    assert identity["apiKeyId"]
    assert get("keyed", {"x-api-key": value}).status_code == 200
    assert refusal(get("keyed", {"x-api-key": value})) == (429, "QUOTA_EXCEEDED", "Limit Exceeded")


def test_other_keys_are_forbidden(get: Get, outputs: dict[str, Any], api: Callable[[str], Any]) -> None:
    """None, an unknown one, one of no plan, a disabled one."""
    gateway, disabled = api("apigateway"), outputs["api_keys"]["disabled"]
    stray = gateway.create_api_key(name="stray", enabled=True)
    (found,) = [key for key in gateway.get_api_keys(includeValues=True)["items"] if key["value"] == disabled]
    assert refusal(get("keyed")) == FORBIDDEN
    assert refusal(get("keyed", {"x-api-key": "unknown"})) == FORBIDDEN
    assert refusal(get("keyed", {"x-api-key": stray["value"]})) == FORBIDDEN
    switch = {"op": "replace", "path": "/enabled"}
    gateway.update_api_key(apiKey=found["id"], patchOperations=[switch | {"value": "false"}])
    assert refusal(get("keyed", {"x-api-key": disabled})) == FORBIDDEN
    gateway.update_api_key(apiKey=found["id"], patchOperations=[switch | {"value": "true"}])
    assert get("keyed", {"x-api-key": disabled}).status_code == 200
    gateway.delete_api_key(apiKey=stray["id"])


def test_a_throttled_route_says_when_to_come_back(get: Get) -> None:
    """Its own limit, which doesn't touch the others."""
    assert [get(f"throttled/{number}").status_code for number in range(2)] == [200, 200]
    answer = get("throttled/3", method="POST")
    assert refusal(answer) == (429, "THROTTLED", "Too Many Requests")
    assert answer.headers["Retry-After"] == "1"
    assert get("open").status_code == 200


@pytest.mark.parametrize("origin", ORIGINS)
def test_pages_of_both_origins_may_ask(get: Get, origin: str) -> None:
    """A preflight names the page's own origin, and so do the answer and an error."""
    preflight = get("keyed", {"Origin": origin, "Access-Control-Request-Method": "GET"}, "OPTIONS")
    assert (preflight.status_code, preflight.content) == (204, b"")
    assert preflight.headers["Access-Control-Allow-Origin"] == origin
    assert "x-api-key" in preflight.headers["Access-Control-Allow-Headers"].split(",")
    answers = (get("open", {"Origin": origin}), get("keyed", {"Origin": origin}))
    assert [answer.status_code for answer in answers] == [200, 403]
    assert [answer.headers["Access-Control-Allow-Origin"] for answer in answers] == [origin, origin]


def test_pages_of_others_may_not(get: Get) -> None:
    """No origin is named to them, and nothing is named without one."""
    assert "Access-Control-Allow-Origin" not in get("open", {"Origin": ELSEWHERE}, "OPTIONS").headers
    assert "Access-Control-Allow-Origin" not in get("open", {"Origin": ELSEWHERE}).headers
    assert "Access-Control-Allow-Origin" not in get("keyed").headers


def test_the_second_plan_is_empty(root: Root, outputs: dict[str, Any]) -> None:
    """Limits, plans and keys are read back as they were set."""
    assert outputs["api_id"]
    assert root.plan_is_empty()
