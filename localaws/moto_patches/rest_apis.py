"""REST APIs that are what their imported document says, and that can be called.

moto 5.2.5 takes from a document little more than paths and integrations: it drops the response transfer mode, the
authorizers, the gateway responses and all that concerns the API itself, fails on MOCK integrations and on what a path
holds besides methods, refuses nothing, and answers no request. Here the document is read whole and refused as API
Gateway refuses it; each API gets a port of its own on 127.0.0.1, and each deployment a snapshot of the document, which
is what its stages answer with.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from dataclasses import replace as changed
from typing import TYPE_CHECKING, Any

from moto.apigateway.exceptions import (
    BadRequestException,
    InvalidOpenApiDocVersionException,
    InvalidOpenApiModeException,
    StageStillActive,
)
from moto.apigateway.models import APIGatewayBackend, Integration, RestAPI

from localaws.moto_patches import data_plane
from localaws.moto_patches.replace import replace
from localaws.rest.document import ROOT, AuthorizationType, TransferMode
from localaws.rest.parsing import DocumentError, merge_documents, parse_document

if TYPE_CHECKING:
    from localaws.rest.document import Document, Method

MEDIA_TYPES = "/binaryMediaTypes/"
MODES = ("merge", "overwrite")
NOTHING = {"openapi": "3.0.1", "info": {"title": ""}, "paths": {}}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a deployment keeps of an API."""

    document: Document
    resource_ids: dict[str, str]
    authorizer_ids: dict[str, str]
    endpoint_type: str


def install() -> None:
    """Install the patch."""
    _patch_lifetime()
    _patch_integrations()
    _patch_deployments()
    replace(APIGatewayBackend, "put_rest_api", _put_rest_api)


def _patch_lifetime() -> None:
    original_create, original_delete = APIGatewayBackend.create_rest_api, APIGatewayBackend.delete_rest_api
    original_patch = RestAPI.apply_patch_operations

    def create_rest_api(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  moto's classes
        api: Any = original_create(self, *args, **kwargs)
        api.local_source, api.local_document = NOTHING, None
        _set_policy(api, api.policy)
        data_plane.current().open_rest_api(api.id)
        return api

    def delete_rest_api(self: Any, function_id: str) -> Any:  # noqa: ANN401  moto's classes
        api = original_delete(self, function_id)
        data_plane.current().close_rest_api(function_id)
        return api

    def apply_patch_operations(self: Any, patch_operations: list[dict[str, Any]]) -> None:  # noqa: ANN401  moto's class
        original_patch(self, [each for each in patch_operations if not each["path"].startswith(MEDIA_TYPES)])
        for operation in patch_operations:
            if operation["path"].startswith(MEDIA_TYPES):
                _patch_media_types(self, operation)
            elif operation["path"] == "/disableExecuteApiEndpoint":  # for moto any text is true
                self.disableExecuteApiEndpoint = operation["value"] == "true"
            elif operation["path"] == "/policy":
                _set_policy(self, operation.get("value"))

    replace(APIGatewayBackend, "create_rest_api", create_rest_api)
    replace(APIGatewayBackend, "delete_rest_api", delete_rest_api)
    replace(RestAPI, "apply_patch_operations", apply_patch_operations)


def _patch_media_types(api: Any, operation: dict[str, Any]) -> None:  # noqa: ANN401  moto's class
    """The type stands in the path, its slash escaped; moto looks for it in the value."""
    media_type = operation["path"].removeprefix(MEDIA_TYPES).replace("~1", "/").replace("~0", "~")
    kept = [each for each in api.binaryMediaTypes if each != media_type]
    api.binaryMediaTypes = kept if operation["op"] == "remove" else [*kept, media_type]


def _patch_integrations() -> None:
    original = Integration.to_json

    def to_json(self: Any) -> dict[str, Any]:  # noqa: ANN401  moto's class
        mode = getattr(self, "local_transfer_mode", TransferMode.BUFFERED)
        return {**original(self), "responseTransferMode": str(mode)}

    replace(Integration, "to_json", to_json)


def _patch_deployments() -> None:
    original_create, original_delete = RestAPI.create_deployment, RestAPI.delete_deployment

    def create_deployment(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  moto's classes
        snapshot = _snapshot(self)
        deployment: Any = original_create(self, *args, **kwargs)
        deployment.local_snapshot = snapshot
        return deployment

    def delete_deployment(self: Any, deployment_id: str) -> Any:  # noqa: ANN401  moto's classes
        if any(stage.deployment_id == deployment_id for stage in self.stages.values()):
            raise StageStillActive
        return original_delete(self, deployment_id)

    replace(RestAPI, "create_deployment", create_deployment)
    replace(RestAPI, "delete_deployment", delete_deployment)


def _snapshot(api: Any) -> Snapshot | None:  # noqa: ANN401  moto's class
    """Return what is deployed now, None for an API that was never imported; all methods must have integrations."""
    document = api.local_document
    if document is None:
        return None
    if document.unintegrated:
        path, method = document.unintegrated[0]
        raise BadRequestException(f"No integration defined for method {method} of the resource at path '{path}'")
    return Snapshot(
        document=changed(
            document,
            policy=api.local_policy,
            endpoint_disabled=bool(api.disableExecuteApiEndpoint),
            binary_media_types=tuple(api.binaryMediaTypes),
            api_key_source=api.api_key_source,
        ),
        resource_ids={resource.get_path(): resource.id for resource in api.resources.values()},
        authorizer_ids={authorizer.name: authorizer.id for authorizer in api.authorizers.values()},
        endpoint_type=api.endpoint_configuration["types"][0],
    )


def _put_rest_api(
    self: Any,  # noqa: ANN401  moto's class
    function_id: str,
    api_doc: dict[str, Any],
    fail_on_warnings: bool,  # noqa: ARG001, FBT001  moto's signature; every warning is an error here
    mode: str = "merge",
) -> Any:  # noqa: ANN401
    api = self.get_rest_api(function_id)
    if mode not in MODES:
        raise InvalidOpenApiModeException
    if not str(api_doc.get("openapi", "")).startswith("3"):
        raise InvalidOpenApiDocVersionException
    source = merge_documents(api.local_source, api_doc) if mode == "merge" else copy.deepcopy(api_doc)
    try:
        document = parse_document(source)
    except DocumentError as error:
        raise BadRequestException(f"Errors found during import:\n\t{error}") from None
    api.local_source, api.local_document = source, document
    _apply_settings(api, document)
    _apply_authorizers(self, api, document)
    _apply_resources(self, api, document)
    return api


def _apply_settings(api: Any, document: Document) -> None:  # noqa: ANN401  moto's class
    """The document also sets what has arguments of its own in the API."""
    api.name, api.description = document.title or api.name, document.description or api.description
    _set_policy(api, json.dumps(document.policy) if document.policy else None)
    api.binaryMediaTypes = list(document.binary_media_types)
    api.api_key_source = document.api_key_source
    api.disableExecuteApiEndpoint = document.endpoint_disabled
    if document.vpc_endpoint_ids:
        api.endpoint_configuration = {**api.endpoint_configuration, "vpcEndpointIds": list(document.vpc_endpoint_ids)}
    api.gateway_responses = {}
    for name, response in document.gateway_responses.items():
        status = str(response.status) if response.status else None
        api.put_gateway_response(name, status, dict(response.parameters), dict(response.templates))


def _set_policy(api: Any, text: str | None) -> None:  # noqa: ANN401  moto's class
    """API Gateway shows a policy with its quotes escaped."""
    api.local_policy = json.loads(text) if text else None
    api.policy = json.dumps(text)[1:-1] if text else None


def _apply_authorizers(backend: Any, api: Any, document: Document) -> None:  # noqa: ANN401  moto's classes
    """An authorizer that has its name still keeps its id."""
    known = {authorizer.name: authorizer for authorizer in api.authorizers.values()}
    api.authorizers = {known[name].id: known[name] for name in document.authorizers if name in known}
    for name, wanted in document.authorizers.items():
        authorizer = known.get(name) or backend.create_authorizer(api.id, name, str(wanted.type))
        authorizer.type = str(wanted.type)
        authorizer.provider_arns = list(wanted.provider_arns)
        authorizer.authorizer_uri = wanted.uri or None
        authorizer.authorizer_credentials = wanted.credentials
        authorizer.identity_source = ", ".join(wanted.identity_sources)
        authorizer.identity_validation_expression = wanted.identity_validation
        authorizer.authorizer_result_ttl = wanted.ttl_seconds


def _apply_resources(backend: Any, api: Any, document: Document) -> None:  # noqa: ANN401  moto's classes
    """A path that is there still keeps its resource's id, and the root always does."""
    known = {resource.get_path(): resource for resource in api.resources.values()}
    for resource in known.values():
        resource.resource_methods = {}
    kept = {ROOT: known[ROOT]}
    for declared in sorted(document.resources, key=lambda each: each.path):
        for path in _ancestry(declared.path):
            if path not in kept:
                parent, _, part = path.rpartition("/")
                kept[path] = known.get(path) or backend.create_resource(api.id, kept[parent or ROOT].id, part)
        for method in declared.methods.values():
            _apply_method(backend, api, kept[declared.path], method)
    api.resources = {resource.id: resource for resource in kept.values()}


def _ancestry(path: str) -> list[str]:
    """Return every path from the root's children down to a path itself."""
    parts = path.strip("/").split("/") if path != ROOT else []
    return ["/" + "/".join(parts[: index + 1]) for index in range(len(parts))]


def _apply_method(backend: Any, api: Any, resource: Any, method: Method) -> None:  # noqa: ANN401  moto's classes
    asked = method.authorization
    ids = {authorizer.name: authorizer.id for authorizer in api.authorizers.values()}
    backend.put_method(
        api.id,
        resource.id,
        method.name,
        str(asked.type or AuthorizationType.NONE),
        api_key_required=asked.api_key_required,
        authorizer_id=ids.get(asked.authorizer),
        authorization_scopes=list(asked.scopes) or None,
    )
    for status, headers in method.response_headers.items():
        declared = {f"method.response.header.{name}": False for name in headers}
        backend.put_method_response(api.id, resource.id, method.name, status, None, declared)
    integration = method.integration
    if integration is None:
        return
    made = backend.put_integration(
        api.id,
        resource.id,
        method.name,
        str(integration.type),
        integration.uri,
        integration.http_method,
        credentials=integration.credentials,
        request_templates=dict(integration.request_templates),
        timeout_in_millis=integration.timeout_ms,
    )
    made.local_transfer_mode = integration.transfer_mode
    for response in integration.responses:
        pattern = "" if response.pattern == "default" else response.pattern
        templates, parameters = dict(response.templates), dict(response.parameters)
        made.create_integration_response(str(response.status), pattern, templates, parameters)
