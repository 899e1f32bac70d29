"""Reading of an imported OpenAPI document, with the refusals of API Gateway. No I/O.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html and, for paths,
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

from localaws.rest.document import (
    ANY,
    ROOT,
    Authorization,
    AuthorizationType,
    Authorizer,
    AuthorizerType,
    Document,
    GatewayResponse,
    Integration,
    IntegrationResponse,
    IntegrationType,
    Method,
    Resource,
    TransferMode,
)

T = TypeVar("T")
Fields = Mapping[str, object]

EXTENSION = "x-amazon-apigateway-"
METHODS = {name: name.upper() for name in ("get", "put", "post", "delete", "options", "head", "patch")}
METHODS[f"{EXTENSION}any-method"] = ANY
PART = re.compile(r"\{[\w.\-:]+\+?\}|[\w.\-:~]+", re.ASCII)
BUFFERED_INVOCATION = re.compile(r":lambda:path/2015-03-31/functions/.+/invocations$")
STREAMING_INVOCATION = re.compile(r":lambda:path/2021-11-15/functions/.+/response-streaming-invocations$")
MIN_TIMEOUT_MS = 50
MAX_TIMEOUT_MS = {TransferMode.BUFFERED: 29_000, TransferMode.STREAM: 900_000}
DEFAULT_TIMEOUT_MS = 29_000
STREAMABLE = (IntegrationType.AWS_PROXY, IntegrationType.HTTP_PROXY)
IAM_AUTH_TYPE = "awsSigv4"
API_KEY_HEADER = "x-api-key"
MAX_AUTHORIZER_TTL_SECONDS = 3600


class DocumentError(Exception):
    """API Gateway does not take the document; the text says why."""


def parse_document(source: Fields) -> Document:
    """Return the REST API that an OpenAPI 3 document describes; DocumentError when API Gateway refuses it."""
    schemes = _mapping(_mapping(source, "components"), "securitySchemes")
    authorizers = {name: _authorizer(name, _fields(scheme, name)) for name, scheme in _with_authorizer(schemes)}
    info = _mapping(source, "info")
    endpoint = _mapping(source, f"{EXTENSION}endpoint-configuration")
    policy = _mapping(source, f"{EXTENSION}policy")
    responses = _mapping(source, f"{EXTENSION}gateway-responses")
    return Document(
        title=_text(info, "title"),
        description=_text(info, "description") or None,
        resources=tuple(_resources(_mapping(source, "paths"), schemes)),
        authorizers=authorizers,
        gateway_responses={name: _gateway_response(_fields(value, name)) for name, value in responses.items()},
        policy=policy or None,
        binary_media_types=_texts(source, f"{EXTENSION}binary-media-types"),
        api_key_source=_text(source, f"{EXTENSION}api-key-source").upper() or "HEADER",
        endpoint_disabled=endpoint.get("disableExecuteApiEndpoint") is True,
        vpc_endpoint_ids=_texts(endpoint, "vpcEndpointIds"),
    )


def merge_documents(first: Fields, second: Fields) -> dict[str, object]:
    """Return what an import with mode `merge` makes of two documents: the second one's definitions win."""
    merged = dict(first)
    for name, value in second.items():
        old = merged.get(name)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        merged[name] = merge_documents(old, value) if both else value  # type: ignore[arg-type]
    return merged


# Paths and methods


def _resources(paths: Fields, schemes: Fields) -> list[Resource]:
    _check_paths(paths)
    return [_resource(path, _fields(item, path), schemes) for path, item in paths.items()]


def _resource(path: str, item: Fields, schemes: Fields) -> Resource:
    """What a path holds besides methods (parameters, a summary) describes them and changes nothing."""
    found = {METHODS[name]: _fields(value, name) for name, value in item.items() if name in METHODS}
    return Resource(path, {name: _method(path, name, fields, schemes) for name, fields in found.items()})


def _check_paths(paths: Fields) -> None:
    """Each part is a word, `{word}` or, at the end, `{word+}`; of siblings only one is a variable."""
    variables: dict[str, str] = {}
    for path in paths:
        if not path.startswith(ROOT):
            raise DocumentError(f"Invalid path '{path}': it must begin with '/'.")
        parts = path.split("/")[1:] if path != ROOT else []
        for index, part in enumerate(parts):
            _check_part(part, path, is_last=index == len(parts) - 1)
            known = variables.setdefault("/".join(parts[:index]), part) if part.startswith("{") else part
            if known != part:
                raise DocumentError(
                    f"Unable to create resource at path '{path}': A sibling ({known}) of this resource already has a "
                    "variable path part -- only one is allowed"
                )


def _check_part(part: str, path: str, *, is_last: bool) -> None:
    if not PART.fullmatch(part):
        raise DocumentError(
            f"Unable to create resource at path '{path}': Resource's path part only allow a-zA-Z0-9._-: or a valid "
            "greedy path variable and curly braces at the beginning and the end."
        )
    if part.endswith("+}") and not is_last:
        raise DocumentError(
            f"Unable to create resource at path '{path}': Cannot create a child of a resource with a greedy path "
            "variable."
        )


def _method(path: str, name: str, fields: Fields, schemes: Fields) -> Method:
    where = f"'{name}' for resource at path '{path}'"
    integration = _mapping(fields, f"{EXTENSION}integration")
    responses = _mapping(fields, "responses")
    return Method(
        name=name,
        integration=_integration(integration, where) if integration else None,
        authorization=_authorization(fields.get("security"), schemes, where),
        response_headers={
            status: tuple(_mapping(_fields(value, status), "headers")) for status, value in responses.items()
        },
    )


# Integrations


def _integration(fields: Fields, where: str) -> Integration:
    subject = f"Unable to put integration on {where}"
    kind = _member(IntegrationType, _text(fields, "type"), f"{subject}: type")
    mode = _member(
        TransferMode, _text(fields, "responseTransferMode") or "BUFFERED", f"{subject}: responseTransferMode"
    )
    uri = _text(fields, "uri")
    _check_mode(kind, mode, uri, subject)
    responses = _mapping(fields, "responses")
    return Integration(
        type=kind,
        uri=uri,
        http_method=_text(fields, "httpMethod") or "POST",
        transfer_mode=mode,
        timeout_ms=_timeout(fields.get("timeoutInMillis", DEFAULT_TIMEOUT_MS), mode, subject),
        credentials=_text(fields, "credentials") or None,
        content_handling=_text(fields, "contentHandling") or None,
        request_templates=_strings(fields, "requestTemplates"),
        responses=tuple(_integration_response(name, _fields(value, name)) for name, value in responses.items()),
    )


def _check_mode(kind: IntegrationType, mode: TransferMode, uri: str, subject: str) -> None:
    """A streaming integration of a function calls InvokeWithResponseStream, a buffered one Invoke."""
    if mode is TransferMode.STREAM and kind not in STREAMABLE:
        raise DocumentError(
            f"{subject}: The response transfer mode STREAM is only supported for AWS_PROXY and HTTP_PROXY integrations."
        )
    if kind is not IntegrationType.AWS_PROXY:
        return
    if not uri:
        raise DocumentError(f"{subject}: Invalid ARN specified in the request")
    wanted, other = STREAMING_INVOCATION, BUFFERED_INVOCATION
    if mode is TransferMode.BUFFERED:
        wanted, other = other, wanted
    if not wanted.search(uri) and other.search(uri):
        raise DocumentError(f"{subject}: The URI {uri} is not supported for the response transfer mode {mode}.")


def _timeout(value: object, mode: TransferMode, subject: str) -> int:
    longest = MAX_TIMEOUT_MS[mode]
    if isinstance(value, bool) or not isinstance(value, int) or not MIN_TIMEOUT_MS <= value <= longest:
        raise DocumentError(f"{subject}: Timeout should be between {MIN_TIMEOUT_MS} ms and {longest} ms")
    return value


def _integration_response(pattern: str, fields: Fields) -> IntegrationResponse:
    return IntegrationResponse(
        pattern=_expression(pattern, "Invalid selection pattern"),
        status=_status(fields) or 200,
        parameters=_strings(fields, "responseParameters"),
        templates=_strings(fields, "responseTemplates"),
    )


def _gateway_response(fields: Fields) -> GatewayResponse:
    return GatewayResponse(
        status=_status(fields),
        parameters=_strings(fields, "responseParameters"),
        templates=_strings(fields, "responseTemplates"),
    )


# Authorization


def _authorization(security: object, schemes: Fields, where: str) -> Authorization:
    """All entries must hold, each with all its schemes; at most one of them is an authorizer.

    The security of the whole document does not count, as on AWS.
    """
    entries = security if isinstance(security, list) else []
    wanted = [(name, scopes) for entry in entries for name, scopes in _fields(entry, "security").items()]
    kind, authorizer, api_key_required = AuthorizationType.NONE, None, False
    granted: tuple[str, ...] = ()
    for name, scopes in wanted:
        scheme = schemes.get(name)
        if not isinstance(scheme, Mapping):
            raise DocumentError(f"Unable to put method {where}: the security scheme {name} is not defined.")
        if _is_api_key(scheme):
            api_key_required = True
            continue
        if kind is not AuthorizationType.NONE:
            raise DocumentError(f"Unable to put method {where}: it has more than one authorizer.")
        kind = _authorization_type(name, scheme)
        authorizer = name if kind is not AuthorizationType.AWS_IAM else None
        granted = tuple(str(scope) for scope in scopes) if isinstance(scopes, list) else ()
    return Authorization(kind, authorizer, granted, api_key_required)


def _is_api_key(scheme: Fields) -> bool:
    is_key = scheme.get("type") == "apiKey" and _text(scheme, "name").lower() == API_KEY_HEADER
    return is_key and f"{EXTENSION}authtype" not in scheme


def _authorization_type(name: str, scheme: Fields) -> AuthorizationType:
    if scheme.get(f"{EXTENSION}authtype") == IAM_AUTH_TYPE:
        return AuthorizationType.AWS_IAM
    if f"{EXTENSION}authorizer" not in scheme:
        raise DocumentError(f"The security scheme {name} is none that API Gateway knows: it has no authorizer.")
    if _authorizer(name, scheme).type is AuthorizerType.COGNITO_USER_POOLS:
        return AuthorizationType.COGNITO_USER_POOLS
    return AuthorizationType.CUSTOM


def _with_authorizer(schemes: Fields) -> list[tuple[str, Fields]]:
    known = [(name, scheme) for name, scheme in schemes.items() if isinstance(scheme, Mapping)]
    return [(name, scheme) for name, scheme in known if f"{EXTENSION}authorizer" in scheme]


def _authorizer(name: str, scheme: Fields) -> Authorizer:
    """The header of the scheme is where a token is looked for."""
    fields = _mapping(scheme, f"{EXTENSION}authorizer")
    kind = _member(AuthorizerType, _text(fields, "type"), f"The authorizer {name}: type")
    ttl = fields.get("authorizerResultTtlInSeconds", 300)
    if isinstance(ttl, bool) or not isinstance(ttl, int) or not 0 <= ttl <= MAX_AUTHORIZER_TTL_SECONDS:
        raise DocumentError(f"The authorizer {name}: Authorizer result ttl should be between 0 and 3600 seconds")
    declared = [source.strip() for source in _text(fields, "identitySource").split(",") if source.strip()]
    if kind is not AuthorizerType.REQUEST and not declared:
        declared = [f"method.request.header.{_text(scheme, 'name') or 'Authorization'}"]
    if kind is AuthorizerType.REQUEST and ttl and not declared:
        raise DocumentError(f"The authorizer {name}: Identity source is required for a cached REQUEST authorizer")
    return Authorizer(
        name=name,
        type=kind,
        identity_sources=tuple(declared),
        identity_validation=_expression(
            _text(fields, "identityValidationExpression"), f"The authorizer {name}: Invalid validation expression"
        )
        or None,
        ttl_seconds=ttl,
        provider_arns=_texts(fields, "providerARNs"),
        uri=_text(fields, "authorizerUri"),
        credentials=_text(fields, "authorizerCredentials") or None,
    )


# JSON


def _fields(value: object, name: str) -> Fields:
    if not isinstance(value, Mapping):
        raise DocumentError(f"Invalid OpenAPI input: {name} is not an object")
    return value


def _mapping(fields: Fields, name: str) -> Fields:
    return _fields(fields.get(name) or {}, name)


def _strings(fields: Fields, name: str) -> dict[str, str]:
    return {key: str(value) for key, value in _mapping(fields, name).items()}


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return "" if value is None else str(value)


def _texts(fields: Fields, name: str) -> tuple[str, ...]:
    value = fields.get(name)
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def _status(fields: Fields) -> int | None:
    text = _text(fields, "statusCode")
    if text and not re.fullmatch(r"[1-5]\d\d", text):
        raise DocumentError(f"Invalid statusCode specified: {text}")
    return int(text) if text else None


def _expression(text: str, subject: str) -> str:
    try:
        re.compile(text)
    except re.error:
        raise DocumentError(f"{subject}: {text} is no regular expression") from None
    return text


def _member(kind: type[T], text: str, subject: str) -> T:
    try:
        return kind(text.upper())  # type: ignore[call-arg]
    except ValueError:
        known = ", ".join(str(member) for member in kind)  # type: ignore[attr-defined]
        raise DocumentError(f"{subject}: {text or 'nothing'} is none of {known}") from None
