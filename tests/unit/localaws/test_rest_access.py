"""Who may call a REST API, on real sockets: what the control plane keeps, and functions that are asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from localaws import LocalAws
from support.functions import TRUST
from support.rest_cloud import Cloud

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 10
ROLE = "gateway"
ENDPOINT_HEADER = "x-localaws-vpc-endpoint"
GATEWAY_TRUST = json.dumps(TRUST).replace("lambda.amazonaws.com", "apigateway.amazonaws.com")
FORBIDDEN = (403, {"message": "Forbidden"})
MISCONFIGURED = (500, {"message": None})


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with LocalAws() as aws:
        yield Cloud(aws)


def get(url: str, source: str = "127.0.0.1", **headers: str | None) -> requests.Response:
    """The answer to a request from one of this machine's own addresses; `_` in a header's name is a hyphen."""
    adapter = HTTPAdapter()
    adapter.poolmanager.connection_pool_kw["source_address"] = (source, 0)
    with requests.Session() as session:
        session.mount("http://", adapter)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return session.get(f"{url}/json", headers=sent, timeout=SECONDS)


def outcome(response: requests.Response) -> tuple[int, Any]:
    return response.status_code, response.json()


def policy(**condition: dict[str, str]) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    return {"Version": "2012-10-17", "Statement": [{**statement, "Condition": condition}]}


def secured(cloud: Cloud, *schemes: str) -> dict[str, Any]:
    """Every path, behind security schemes."""
    method = {
        "security": [{scheme: []} for scheme in schemes],
        "x-amazon-apigateway-integration": cloud.integration(streams=False),
    }
    return {"/{proxy+}": {"x-amazon-apigateway-any-method": method}}


KEY_SCHEME = {"type": "apiKey", "name": "x-api-key", "in": "header"}


def asking(cloud: Cloud, function: str = "stub", **more: object) -> dict[str, Any]:
    """A security scheme that asks a function about the whole request."""
    arn = cloud.function_arn.replace(":stub", f":{function}")
    return {
        "type": "apiKey",
        "name": "Unused",
        "in": "header",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": {
            "type": "request",
            "authorizerUri": f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations",
            "identitySource": "method.request.header.X-Tenant",
            "authorizerResultTtlInSeconds": 0,
            **more,
        },
    }


def test_a_policy_looks_at_where_a_caller_is(cloud: Cloud) -> None:
    """By the address of its connection, whatever its headers say."""
    own = policy(IpAddress={"aws:SourceIp": "127.0.0.2/32"})
    url = cloud.deploy(cloud.create(secured(cloud), **{"x-amazon-apigateway-policy": own}))
    assert get(url, "127.0.0.2").status_code == 200
    status, body = outcome(get(url, X_Forwarded_For="127.0.0.2"))
    assert status == 403
    assert body["Message"].startswith("User: anonymous is not authorized to perform: execute-api:Invoke on resource: ")


def test_a_private_api_is_reached_through_its_endpoint(cloud: Cloud) -> None:
    """Which the function sees in the context, and not in the headers."""
    network = cloud.client("ec2")
    vpc = network.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    service = "com.amazonaws.us-east-1.execute-api"
    made = network.create_vpc_endpoint(VpcId=vpc, ServiceName=service, VpcEndpointType="Interface")
    endpoint = made["VpcEndpoint"]["VpcEndpointId"]
    api_id = cloud.gateway.create_rest_api(name="api", endpointConfiguration={"types": ["PRIVATE"]})["id"]
    own = policy(StringEquals={"aws:SourceVpc": vpc})
    cloud.put(api_id, secured(cloud), "overwrite", **{"x-amazon-apigateway-policy": own})
    url = cloud.deploy(api_id)
    event = get(url, **{ENDPOINT_HEADER: endpoint}).json()
    identity = event["requestContext"]["identity"]
    assert (identity["vpceId"], identity["vpcId"]) == (endpoint, vpc)
    assert ENDPOINT_HEADER not in event["headers"]
    assert outcome(get(url)) == FORBIDDEN
    assert get(url, **{ENDPOINT_HEADER: "vpce-0"}).status_code == 403


def test_a_public_api_knows_no_endpoint(cloud: Cloud) -> None:
    """The header opens nothing."""
    own = policy(StringEquals={"aws:SourceVpce": "vpce-1"})
    url = cloud.deploy(cloud.create(secured(cloud), **{"x-amazon-apigateway-policy": own}))
    assert get(url, **{ENDPOINT_HEADER: "vpce-1"}).status_code == 403


def test_a_function_is_asked_about_the_request(cloud: Cloud) -> None:
    """As documented, and what it answers reaches the integration."""
    schemes = {"components": {"securitySchemes": {"own": asking(cloud)}}}
    url = cloud.deploy(cloud.create(secured(cloud, "own"), **schemes))
    assert outcome(get(url)) == (401, {"message": "Unauthorized"})
    authorizer = get(url, X_Tenant="blue").json()["requestContext"]["authorizer"]
    asked = json.loads(authorizer["asked"])
    assert (authorizer["principalId"], asked["headers"]["X-Tenant"], asked["path"]) == ("stub", "blue", "/json")
    assert asked["methodArn"].endswith("/live/GET/json")
    assert isinstance(authorizer["integrationLatency"], int)


def test_a_function_that_cannot_be_asked(cloud: Cloud) -> None:
    """It isn't there, or its reserved concurrency is used up."""
    schemes = {"components": {"securitySchemes": {"own": asking(cloud, "missing")}}}
    url = cloud.deploy(cloud.create(secured(cloud, "own"), **schemes))
    assert outcome(get(url, X_Tenant="blue")) == MISCONFIGURED
    schemes = {"components": {"securitySchemes": {"own": asking(cloud)}}}
    url = cloud.deploy(cloud.create(secured(cloud, "own"), **schemes))
    cloud.lambda_.put_function_concurrency(FunctionName="stub", ReservedConcurrentExecutions=0)
    try:
        assert outcome(get(url, X_Tenant="blue")) == MISCONFIGURED
    finally:
        cloud.lambda_.delete_function_concurrency(FunctionName="stub")


def test_a_function_may_be_asked_by_a_role(cloud: Cloud) -> None:
    """Which API Gateway must be allowed to assume, and which must be allowed to invoke."""
    arn = cloud.iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    schemes = {"components": {"securitySchemes": {"own": asking(cloud, authorizerCredentials=arn)}}}
    api_id = cloud.create(secured(cloud, "own"), **schemes)
    url = cloud.deploy(api_id, permitted=False)
    cloud.permit(api_id, "live/*")
    assert outcome(get(url, X_Tenant="blue")) == MISCONFIGURED
    cloud.iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=GATEWAY_TRUST)
    assert outcome(get(url, X_Tenant="blue")) == MISCONFIGURED
    invoke = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": cloud.function_arn}
    document = json.dumps({"Version": "2012-10-17", "Statement": [invoke]})
    cloud.iam.put_role_policy(RoleName=ROLE, PolicyName="ask", PolicyDocument=document)
    assert get(url, X_Tenant="blue").status_code == 200


def test_without_a_role_the_function_must_allow_its_authorizer(cloud: Cloud) -> None:
    """A permission for the API's methods is another one."""
    schemes = {"components": {"securitySchemes": {"own": asking(cloud)}}}
    api_id = cloud.create(secured(cloud, "own"), **schemes)
    url = cloud.deploy(api_id, permitted=False)
    cloud.permit(api_id, "live/*")
    assert outcome(get(url, X_Tenant="blue")) == MISCONFIGURED


def plan_of(cloud: Cloud, api_id: str, value: str, **limits: object) -> str:
    """The id of a key with this value and a plan of its own."""
    plan = cloud.gateway.create_usage_plan(name="plan", apiStages=[{"apiId": api_id, "stage": "live"}], **limits)
    key: str = cloud.gateway.create_api_key(name=value, value=value, enabled=True)["id"]
    cloud.gateway.create_usage_plan_key(usagePlanId=plan["id"], keyId=key, keyType="API_KEY")
    return key


def test_a_plan_limits_each_key(cloud: Cloud) -> None:
    """On all its methods together."""
    schemes = {"components": {"securitySchemes": {"key": KEY_SCHEME}}}
    api_id = cloud.create(secured(cloud, "key"), **schemes)
    url = cloud.deploy(api_id)
    plan_of(cloud, api_id, "first-key-of-the-plan", throttle={"rateLimit": 0.001, "burstLimit": 1})
    assert get(url, X_Api_Key="first-key-of-the-plan").status_code == 200
    assert outcome(get(url, X_Api_Key="first-key-of-the-plan")) == (429, {"message": "Too Many Requests"})
    assert outcome(get(url, X_Api_Key="another")) == FORBIDDEN


def test_a_function_may_name_the_key(cloud: Cloud) -> None:
    """Where the API says so: the header's key is nothing then."""
    schemes = {
        "components": {"securitySchemes": {"key": KEY_SCHEME, "own": asking(cloud)}},
        "x-amazon-apigateway-api-key-source": "AUTHORIZER",
    }
    api_id = cloud.create(secured(cloud, "own", "key"), **schemes)
    url = cloud.deploy(api_id)
    key = plan_of(cloud, api_id, "the-key-of-a-tenant-", quota={"limit": 1, "period": "MONTH", "offset": 0})
    assert outcome(get(url, X_Tenant="green", X_Api_Key="the-key-of-a-tenant-")) == FORBIDDEN
    identity = get(url, X_Tenant="the-key-of-a-tenant-").json()["requestContext"]["identity"]
    assert identity["apiKeyId"] == key
    assert outcome(get(url, X_Tenant="the-key-of-a-tenant-")) == (429, {"message": "Limit Exceeded"})


def test_a_throttle_goes_when_it_is_removed(cloud: Cloud) -> None:
    """As Terraform removes it; its method is as fast as all others again."""
    api_id = cloud.create(secured(cloud))
    url, stage = cloud.deploy(api_id), {"restApiId": api_id, "stageName": "live"}
    path = "/~1{proxy+}/GET"
    for name in ("rateLimit", "burstLimit"):
        operation = {"op": "replace", "path": f"{path}/throttling/{name}", "value": "0"}
        cloud.gateway.update_stage(**stage, patchOperations=[operation])
    assert outcome(get(url)) == (429, {"message": "Too Many Requests"})
    cloud.gateway.update_stage(**stage, patchOperations=[{"op": "remove", "path": path}])
    assert cloud.gateway.get_stage(**stage)["methodSettings"] == {}
    assert get(url).status_code == 200
