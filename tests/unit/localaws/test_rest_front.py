"""A REST API's front on real sockets: a stub function behind imported documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests
from botocore.exceptions import ClientError

from localaws import LocalAws
from support.functions import TRUST
from support.rest_cloud import Cloud, any_method

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 10
GATEWAY_TRUST = json.loads(json.dumps(TRUST).replace("lambda.amazonaws.com", "apigateway.amazonaws.com"))


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with LocalAws() as aws:
        yield Cloud(aws)


@pytest.fixture(scope="module")
def streaming(cloud: Cloud) -> str:
    """The URL of an API that streams."""
    return cloud.deploy(cloud.create({"/{proxy+}": any_method(cloud.integration(streams=True))}))


@pytest.fixture(scope="module")
def buffering(cloud: Cloud) -> str:
    """The URL of an API that buffers."""
    return cloud.deploy(cloud.create({"/{proxy+}": any_method(cloud.integration(streams=False))}))


def get(url: str, **options: Any) -> requests.Response:
    return requests.get(url, timeout=SECONDS, **options)


def test_a_stream_has_its_own_head(streaming: str) -> None:
    """Status, headers and cookies of the prelude, then the body."""
    response = get(f"{streaming}/stream")
    assert (response.status_code, response.text) == (201, "0 1 2 ")
    assert (response.headers["Content-Type"], response.headers["Set-Cookie"]) == ("text/plain", "a=1")


@pytest.mark.parametrize("behaviour", ["bad-prelude", "long-prelude", "plain", "json"])
def test_an_output_without_a_valid_head_is_a_500(streaming: str, behaviour: str) -> None:
    """Not JSON, not within 16 KB, or none at all."""
    response = get(f"{streaming}/{behaviour}")
    assert (response.status_code, response.json()) == (500, {"message": "Internal server error"})
    assert response.headers["x-amzn-ErrorType"] == "InternalServerErrorException"


@pytest.mark.parametrize("behaviour", ["error", "crash-first", "hang-first"])
def test_a_function_that_fails_before_its_head_is_a_502(streaming: str, buffering: str, behaviour: str) -> None:
    """With either transfer mode: an error, a crash, the function's own timeout."""
    for url in (streaming, buffering):
        response = get(f"{url}/{behaviour}")
        assert (response.status_code, response.json()) == (502, {"message": "Internal server error"})


def test_a_crash_cuts_the_stream(streaming: str) -> None:
    """After all that was written has arrived."""
    with get(f"{streaming}/crash-mid", stream=True) as response:
        chunks = response.iter_content(None)
        assert [next(chunks) for _ in range(3)] == [b"0 ", b"1 ", b"2 "]
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            next(chunks)


def test_a_buffered_proxy_response(buffering: str) -> None:
    """Its body is the client's, as JSON when the function says nothing else."""
    response = get(f"{buffering}/json")
    assert (response.status_code, response.json()["resource"]) == (200, "/{proxy+}")
    assert response.headers["Content-Type"] == "application/json"


def test_a_buffered_result_that_is_no_proxy_response(buffering: str) -> None:
    """It is a 502."""
    response = get(f"{buffering}/not-proxy")
    assert (response.status_code, response.json()) == (502, {"message": "Internal server error"})


def test_a_buffered_answer_in_the_streaming_form_loses_its_body(buffering: str) -> None:
    """Status and headers are there."""
    response = get(f"{buffering}/stream")
    assert (response.status_code, response.headers["Content-Type"], response.text) == (201, "text/plain", "")


def test_without_permission_the_api_is_misconfigured(cloud: Cloud) -> None:
    """A grant for another path is none."""
    api_id = cloud.create({"/{proxy+}": any_method(cloud.integration(streams=True))})
    url = cloud.deploy(api_id, permitted=False)
    assert get(f"{url}/stream").status_code == 500
    cloud.permit(api_id, "live/POST/*")
    response = get(f"{url}/stream")
    assert (response.status_code, response.json()) == (500, {"message": "Internal server error"})
    assert requests.post(f"{url}/stream", timeout=SECONDS).status_code == 201


@pytest.mark.parametrize(("action", "status"), [("lambda:InvokeFunction", 201), ("lambda:GetFunction", 500)])
def test_a_role_of_the_integration_decides(cloud: Cloud, action: str, status: int) -> None:
    """Its policies do, instead of the function's."""
    name = f"gateway-{status}"
    role = cloud.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(GATEWAY_TRUST))["Role"]["Arn"]
    statement = {"Effect": "Allow", "Action": action, "Resource": cloud.function_arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cloud.iam.put_role_policy(RoleName=name, PolicyName="invoke", PolicyDocument=policy)
    integration = cloud.integration(streams=True, credentials=role)
    url = cloud.deploy(cloud.create({"/{proxy+}": any_method(integration)}), permitted=False)
    assert get(f"{url}/stream").status_code == status


def test_the_function_may_be_gone(cloud: Cloud) -> None:
    """Or throttled, or of another kind than the local AWS runs: an error of the API."""
    gone = cloud.integration(streams=True)
    gone["uri"] = str(gone["uri"]).replace(":stub/", ":gone/")
    elsewhere = {"type": "http_proxy", "httpMethod": "GET", "uri": "https://example.com/"}
    url = cloud.deploy(cloud.create({"/gone": any_method(gone), "/elsewhere": any_method(elsewhere)}))
    assert get(f"{url}/gone").status_code == 500
    assert get(f"{url}/elsewhere").status_code == 500
    cloud.lambda_.put_function_concurrency(FunctionName="stub", ReservedConcurrentExecutions=0)
    url = cloud.deploy(cloud.create({"/{proxy+}": any_method(cloud.integration(streams=True))}))
    assert get(f"{url}/stream").status_code == 500
    cloud.lambda_.delete_function_concurrency(FunctionName="stub")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"responseTransferMode": "CHUNKED"}, "CHUNKED is none of BUFFERED, STREAM"),
        ({"responseTransferMode": "BUFFERED"}, "is not supported for the response transfer mode BUFFERED"),
        ({"timeoutInMillis": 900_001}, "between 50 ms and 900000 ms"),
        ({"type": "mock"}, "only supported for AWS_PROXY and HTTP_PROXY"),
    ],
)
def test_refused_imports(cloud: Cloud, change: dict[str, object], words: str) -> None:
    """As API Gateway refuses them; what was imported before stays."""
    api_id = cloud.create({"/a": any_method(cloud.integration(streams=True))})
    with pytest.raises(ClientError, match=words) as caught:
        cloud.put(api_id, {"/b": any_method(cloud.integration(streams=True) | change)})
    assert caught.value.response["Error"]["Code"] == "BadRequestException"
    resources = cloud.gateway.get_resources(restApiId=api_id)["items"]
    assert {each["path"] for each in resources} == {"/", "/a"}


def test_an_import_keeps_what_stays(cloud: Cloud) -> None:
    """Ids of resources and authorizers; `merge` adds and `overwrite` replaces."""
    scheme = {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": "arn:aws:apigateway:us-east-1:lambda:x"},
    }
    components = {"securitySchemes": {"mine": scheme}}
    a, b = ({f"/{name}": any_method(cloud.integration(streams=True))} for name in "ab")
    api_id = cloud.create(a, components=components)

    def ids() -> dict[str, str]:
        found = cloud.gateway.get_resources(restApiId=api_id)["items"]
        return {each["path"]: each["id"] for each in found}

    before, authorizers = ids(), cloud.gateway.get_authorizers(restApiId=api_id)["items"]
    assert (authorizers[0]["name"], authorizers[0]["type"]) == ("mine", "TOKEN")
    cloud.put(api_id, b, mode="merge")
    assert ids().keys() == {"/", "/a", "/b"}
    assert ids() | before == ids()
    assert cloud.gateway.get_authorizers(restApiId=api_id)["items"] == authorizers
    cloud.put(api_id, b)
    assert ids().keys() == {"/", "/b"}
    assert cloud.gateway.get_authorizers(restApiId=api_id)["items"] == []


def test_media_types_are_added_and_removed(cloud: Cloud) -> None:
    """By the path of the operation, as the provider does after every import."""
    api_id = cloud.create({}, **{"x-amazon-apigateway-binary-media-types": ["image/png"]})
    operations = [
        {"op": "remove", "path": "/binaryMediaTypes/image~1png"},
        {"op": "add", "path": "/binaryMediaTypes/image~1gif"},
        {"op": "add", "path": "/binaryMediaTypes/*~1*"},
    ]
    answer = cloud.gateway.update_rest_api(restApiId=api_id, patchOperations=operations)
    assert answer["binaryMediaTypes"] == ["image/gif", "*/*"]


def test_the_policy_is_shown_escaped(cloud: Cloud) -> None:
    """Whether a document or an update has set it; an import without one takes it away."""
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny"}]}
    api_id = cloud.create({}, **{"x-amazon-apigateway-policy": policy})

    def shown() -> Any:
        text = cloud.gateway.get_rest_api(restApiId=api_id).get("policy")
        return json.loads(json.loads(f'"{text}"')) if text else None

    assert shown() == policy
    other = json.dumps({**policy, "Statement": []})
    cloud.gateway.update_rest_api(
        restApiId=api_id, patchOperations=[{"op": "replace", "path": "/policy", "value": other}]
    )
    assert shown() == json.loads(other)
    cloud.put(api_id, {})
    assert shown() is None


def test_what_cant_be_deployed(cloud: Cloud) -> None:
    """An API with a method that nothing answers; a deployment that is used can't be deleted either."""
    api_id = cloud.create({"/a": {"get": {}, **any_method(cloud.integration(streams=True))}})
    with pytest.raises(ClientError, match="No integration defined for method"):
        cloud.gateway.create_deployment(restApiId=api_id)
    cloud.put(api_id, {"/a": any_method(cloud.integration(streams=True))})
    cloud.deploy(api_id)
    deployment = cloud.gateway.get_stage(restApiId=api_id, stageName="live")["deploymentId"]
    with pytest.raises(ClientError, match="Active stages pointing to this deployment"):
        cloud.gateway.delete_deployment(restApiId=api_id, deploymentId=deployment)


def test_logging_needs_the_accounts_role(cloud: Cloud) -> None:
    """One that API Gateway can assume."""
    api_id = cloud.create({"/a": any_method(cloud.integration(streams=True))})
    cloud.deploy(api_id)
    settings = {
        "destinationArn": "arn:aws:logs:us-east-1:123456789012:log-group:access",
        "format": "$context.requestId",
    }
    operations = [
        {"op": "replace", "path": f"/accessLogSettings/{name}", "value": value} for name, value in settings.items()
    ]
    with pytest.raises(ClientError, match="CloudWatch Logs role ARN must be set in account settings"):
        cloud.gateway.update_stage(restApiId=api_id, stageName="live", patchOperations=operations)
    level = {"op": "replace", "path": "/*/*/logging/loglevel", "value": "INFO"}
    with pytest.raises(ClientError, match="CloudWatch Logs role ARN must be set in account settings"):
        cloud.gateway.update_stage(restApiId=api_id, stageName="live", patchOperations=[level])
    role = cloud.iam.get_role(RoleName="role")["Role"]["Arn"]
    change = {"op": "replace", "path": "/cloudwatchRoleArn", "value": role}
    with pytest.raises(ClientError, match="does not have required permissions"):
        cloud.gateway.update_account(patchOperations=[change])


def test_a_domain_without_base_path(cloud: Cloud) -> None:
    """Then the path is the API's; without a stage its first part is."""
    api_id = cloud.create({"/{proxy+}": any_method(cloud.integration(streams=True))})
    url = cloud.deploy(api_id)
    root = url.removesuffix("/live")
    for domain, stage in (("one.example.com", {"stage": "live"}), ("two.example.com", {})):
        cloud.gateway.create_domain_name(domainName=domain)
        assert get(f"{root}/stream", headers={"Host": domain}).status_code == 403
        cloud.gateway.create_base_path_mapping(domainName=domain, restApiId=api_id, **stage)
    assert get(f"{root}/stream", headers={"Host": "one.example.com"}).status_code == 201
    assert get(f"{root}/live/stream", headers={"Host": "two.example.com"}).status_code == 201
    assert get(f"{root}/stream", headers={"Host": "two.example.com"}).status_code == 403
