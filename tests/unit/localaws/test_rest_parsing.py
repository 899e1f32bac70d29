"""Imported documents: what they become, and what API Gateway refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localaws.rest.document import (
    Authorization,
    AuthorizationType,
    Authorizer,
    AuthorizerType,
    GatewayResponse,
    Integration,
    IntegrationResponse,
    IntegrationType,
    TransferMode,
)
from localaws.rest.parsing import DocumentError, merge_documents, parse_document

FUNCTIONS = "arn:aws:apigateway:us-east-1:lambda:path"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:chat:live"
STREAM_URI = f"{FUNCTIONS}/2021-11-15/functions/{FUNCTION}/response-streaming-invocations"
BUFFERED_URI = f"{FUNCTIONS}/2015-03-31/functions/{FUNCTION}/invocations"
STREAM = {"type": "aws_proxy", "httpMethod": "POST", "responseTransferMode": "STREAM", "uri": STREAM_URI}
COGNITO = {
    "type": "apiKey",
    "name": "Authorization",
    "in": "header",
    "x-amazon-apigateway-authtype": "cognito_user_pools",
    "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": ["arn:pool"]},
}
LAMBDA = {
    "type": "apiKey",
    "name": "X-Token",
    "in": "header",
    "x-amazon-apigateway-authtype": "custom",
    "x-amazon-apigateway-authorizer": {
        "type": "token",
        "authorizerUri": "arn:authorizer",
        "identityValidationExpression": "^Bearer .+$",
        "authorizerResultTtlInSeconds": 0,
        "authorizerCredentials": "arn:role",
    },
}
SCHEMES = {
    "sigv4": {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "awsSigv4",
    },
    "api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
    "cognito": COGNITO,
    "lambda": LAMBDA,
    "odd": {"type": "http", "scheme": "bearer"},
}


def document(paths: Any, **more: Any) -> dict[str, Any]:
    return {
        "openapi": "3.0.1",
        "info": {"title": "chat", "description": "text"},
        "paths": paths,
        "components": {"securitySchemes": SCHEMES},
        **more,
    }


def operation(integration: Any = None, **more: Any) -> dict[str, Any]:
    return {"x-amazon-apigateway-integration": STREAM if integration is None else integration, **more}


def test_methods_of_a_path() -> None:
    """Those with a name of their own and ANY; what else a path holds is none."""
    item = {
        "summary": "text",
        "parameters": [{"name": "id", "in": "path"}],
        "post": operation(),
        "get": {},
        "x-amazon-apigateway-any-method": operation(),
    }
    parsed = parse_document(document({"/chat/{id}": item}))
    (resource,) = parsed.resources
    assert (parsed.title, parsed.description, resource.path) == ("chat", "text", "/chat/{id}")
    assert resource.methods.keys() == {"POST", "GET", "ANY"}
    assert parsed.unintegrated == (("/chat/{id}", "GET"),)
    assert resource.methods["POST"].integration == Integration(
        IntegrationType.AWS_PROXY, STREAM_URI, transfer_mode=TransferMode.STREAM
    )


def test_a_mock() -> None:
    """With its templates and responses, and the headers of its method responses."""
    integration = {
        "type": "MOCK",
        "requestTemplates": {"application/json": '{"statusCode": 204}'},
        "responses": {
            "default": {
                "statusCode": "204",
                "responseParameters": {"method.response.header.Vary": "'Origin'"},
                "responseTemplates": {"application/json": ""},
            },
            "5..": {},
        },
    }
    responses = {"204": {"description": "none", "headers": {"Vary": {"schema": {"type": "string"}}}}}
    method = parse_document(document({"/": {"options": operation(integration, responses=responses)}}))
    options = method.resources[0].methods["OPTIONS"]
    assert options.response_headers == {"204": ("Vary",)}
    assert options.integration
    assert options.integration.request_templates == {"application/json": '{"statusCode": 204}'}
    assert options.integration.responses == (
        IntegrationResponse("default", 204, {"method.response.header.Vary": "'Origin'"}, {"application/json": ""}),
        IntegrationResponse("5..", 200),
    )


@pytest.mark.parametrize(
    ("security", "expected"),
    [
        pytest.param(None, Authorization(), id="none"),
        pytest.param([{"api_key": []}], Authorization(api_key_required=True), id="an API key"),
        pytest.param([{"sigv4": []}], Authorization(AuthorizationType.AWS_IAM), id="IAM"),
        pytest.param(
            [{"cognito": ["chat/ask"]}, {"api_key": []}],
            Authorization(AuthorizationType.COGNITO_USER_POOLS, "cognito", ("chat/ask",), api_key_required=True),
            id="one entry each",
        ),
        pytest.param(
            [{"lambda": [], "api_key": []}],
            Authorization(AuthorizationType.CUSTOM, "lambda", api_key_required=True),
            id="all in one entry",
        ),
    ],
)
def test_authorization(security: Any, expected: Authorization) -> None:
    """Every entry counts, and one of the whole document does not."""
    more = {} if security is None else {"security": security}
    parsed = parse_document(document({"/": {"get": operation(**more)}}, security=[{"sigv4": []}]))
    assert parsed.resources[0].methods["GET"].authorization == expected


def test_authorizers() -> None:
    """A token is in the scheme's header, unless an identity source says otherwise."""
    request = {
        "type": "request",
        "identitySource": "method.request.header.A, method.request.querystring.b",
        "authorizerUri": "arn:authorizer",
    }
    schemes = {"request": {"type": "apiKey", "x-amazon-apigateway-authorizer": request}}
    assert parse_document(document({})).authorizers == {
        "cognito": Authorizer(
            "cognito",
            AuthorizerType.COGNITO_USER_POOLS,
            ("method.request.header.Authorization",),
            provider_arns=("arn:pool",),
        ),
        "lambda": Authorizer(
            "lambda",
            AuthorizerType.TOKEN,
            ("method.request.header.X-Token",),
            "^Bearer .+$",
            0,
            uri="arn:authorizer",
            credentials="arn:role",
        ),
    }
    parsed = parse_document(document({}, components={"securitySchemes": schemes}))
    assert parsed.authorizers["request"].identity_sources == (
        "method.request.header.A",
        "method.request.querystring.b",
    )


def test_what_concerns_the_whole_api() -> None:
    """Policy, endpoint, media types, gateway responses."""
    policy = {"Version": "2012-10-17", "Statement": []}
    parsed = parse_document(
        document(
            {},
            **{
                "x-amazon-apigateway-policy": policy,
                "x-amazon-apigateway-binary-media-types": ["*/*"],
                "x-amazon-apigateway-api-key-source": "authorizer",
                "x-amazon-apigateway-endpoint-configuration": {
                    "disableExecuteApiEndpoint": True,
                    "vpcEndpointIds": ["vpce-1"],
                },
                "x-amazon-apigateway-gateway-responses": {
                    "THROTTLED": {
                        "statusCode": 420,
                        "responseParameters": {"gatewayresponse.header.Retry-After": "'1'"},
                        "responseTemplates": {"application/json": "{}"},
                    },
                    "DEFAULT_5XX": {},
                },
            },
        )
    )
    assert (parsed.policy, parsed.binary_media_types, parsed.api_key_source) == (policy, ("*/*",), "AUTHORIZER")
    assert (parsed.endpoint_disabled, parsed.vpc_endpoint_ids) == (True, ("vpce-1",))
    assert parsed.gateway_responses == {
        "THROTTLED": GatewayResponse(420, {"gatewayresponse.header.Retry-After": "'1'"}, {"application/json": "{}"}),
        "DEFAULT_5XX": GatewayResponse(),
    }


@pytest.mark.parametrize("timeout", [50, 29_000])
def test_timeouts(timeout: int) -> None:
    """Up to 29 s buffered."""
    integration = {"type": "aws_proxy", "uri": BUFFERED_URI, "timeoutInMillis": timeout}
    parsed = parse_document(document({"/": {"get": operation(integration)}})).resources[0].methods["GET"]
    assert parsed.integration
    assert (parsed.integration.timeout_ms, parsed.integration.transfer_mode) == (timeout, TransferMode.BUFFERED)


@pytest.mark.parametrize(
    ("integration", "words"),
    [
        ({"type": "lambda"}, "'GET' for resource at path '/': type: lambda is none of AWS_PROXY, HTTP_PROXY, AWS"),
        ({"uri": "x"}, "type: nothing is none of"),
        (STREAM | {"responseTransferMode": "CHUNKED"}, "responseTransferMode: CHUNKED is none of BUFFERED, STREAM"),
        (STREAM | {"uri": BUFFERED_URI}, "is not supported for the response transfer mode STREAM"),
        ({"type": "aws_proxy", "uri": STREAM_URI}, "is not supported for the response transfer mode BUFFERED"),
        ({"type": "aws_proxy"}, "Invalid ARN specified"),
        (STREAM | {"type": "mock"}, "only supported for AWS_PROXY and HTTP_PROXY"),
        (STREAM | {"timeoutInMillis": 49}, "Timeout should be between 50 ms and 900000 ms"),
        (STREAM | {"timeoutInMillis": 900_001}, "Timeout should be between 50 ms and 900000 ms"),
        (STREAM | {"timeoutInMillis": "1000"}, "Timeout should be between"),
        (STREAM | {"timeoutInMillis": True}, "Timeout should be between"),
        (
            {"type": "aws_proxy", "uri": BUFFERED_URI, "timeoutInMillis": 29_001},
            "Timeout should be between 50 ms and 29000 ms",
        ),
        ({"type": "mock", "responses": {"default": {"statusCode": "600"}}}, "Invalid statusCode specified: 600"),
        ({"type": "mock", "responses": {"default": 204}}, "default is not an object"),
        ({"type": "mock", "responses": {"4[": {"statusCode": "400"}}}, r"4\[ is no regular expression"),
    ],
)
def test_refused_integrations(integration: Any, words: str) -> None:
    """API Gateway answers 400 to the import."""
    with pytest.raises(DocumentError, match=words):
        parse_document(document({"/": {"get": operation(integration)}}))


def test_streaming_http_is_accepted() -> None:
    """HTTP_PROXY can stream too, with any URI."""
    integration = {"type": "http_proxy", "uri": "https://example.com", "responseTransferMode": "stream"}
    assert parse_document(document({"/": {"get": operation(integration)}})).resources


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (["chat"], "must begin with '/'"),
        (["/a b"], "Resource's path part only allow"),
        (["/a//b"], "Resource's path part only allow"),
        (["/{a}b"], "Resource's path part only allow"),
        (["/{proxy+}/b"], "child of a resource with a greedy path"),
        (["/{a}", "/{b}/c"], r"A sibling \({a}\) of this resource already has a variable path part"),
        (["/a/{b}", "/a/{proxy+}"], r"A sibling \({b}\)"),
    ],
)
def test_refused_paths(paths: list[str], words: str) -> None:
    """As when a resource can't be created."""
    with pytest.raises(DocumentError, match=words):
        parse_document(document({path: {} for path in paths}))


@pytest.mark.parametrize(
    ("security", "words"),
    [
        ([{"unknown": []}], "the security scheme unknown is not defined"),
        ([{"odd": []}], "is none that API Gateway knows"),
        ([{"sigv4": []}, {"lambda": []}], "more than one authorizer"),
        (["sigv4"], "security is not an object"),
    ],
)
def test_refused_security(security: Any, words: str) -> None:
    """Nothing is left open for want of understanding."""
    with pytest.raises(DocumentError, match=words):
        parse_document(document({"/": {"get": operation(security=security)}}))


@pytest.mark.parametrize(
    ("authorizer", "words"),
    [
        ({"type": "jwt"}, "jwt is none of TOKEN, REQUEST, COGNITO_USER_POOLS"),
        ({"type": "token", "authorizerResultTtlInSeconds": 3601}, "between 0 and 3600"),
        ({"type": "token", "authorizerResultTtlInSeconds": "1"}, "between 0 and 3600"),
        ({"type": "token", "authorizerResultTtlInSeconds": True}, "between 0 and 3600"),
        ({"type": "request"}, "Identity source is required"),
        ({"type": "token", "identityValidationExpression": "("}, r"\( is no regular expression"),
    ],
)
def test_refused_authorizers(authorizer: Any, words: str) -> None:
    """The text names the authorizer."""
    schemes = {"mine": {"type": "apiKey", "x-amazon-apigateway-authorizer": authorizer}}
    with pytest.raises(DocumentError, match=f"(?s)mine.*{words}"):
        parse_document(document({}, components={"securitySchemes": schemes}))


def test_a_merge() -> None:
    """Methods are added to a path, and what both have is the second's."""
    first = {"info": {"title": "a"}, "paths": {"/": {"get": 1, "put": 1}}, "tags": [1]}
    second = {"info": {"title": "b"}, "paths": {"/": {"get": 2}, "/c": {}}, "tags": [2]}
    assert merge_documents(first, second) == {
        "info": {"title": "b"},
        "paths": {"/": {"get": 2, "put": 1}, "/c": {}},
        "tags": [2],
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=8,
)
KEYS = ("info", "paths", "components", "x-amazon-apigateway-policy", "x-amazon-apigateway-gateway-responses")


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, JSON)))
def test_nonsense_is_refused_or_read(source: dict[str, Any]) -> None:
    """Never anything but a document or a refusal."""
    try:
        parsed = parse_document(source)
    except DocumentError:
        return
    assert isinstance(parsed.title, str)


@given(st.data())
def test_nonsense_inside_is_refused_or_read(data: st.DataObject) -> None:
    """The same, wherever in a good document it stands."""
    source: Any = json.loads(json.dumps(document({"/a/{b}": {"get": operation(security=[{"lambda": []}])}})))
    place, steps = source, data.draw(st.integers(1, 7))
    for _ in range(steps):
        keys = list(place) if isinstance(place, dict) else list(range(len(place))) if isinstance(place, list) else []
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        parent, place = place, place[key]
    parent[key] = data.draw(JSON)
    try:
        assert parse_document(source)
    except DocumentError:
        return
