"""Integrations that buffer although their document says that they stream.

Through AWS's API that takes UpdateIntegration and a new deployment. The local AWS has no UpdateIntegration, since it
executes imported documents: so moto's integrations and the snapshots of the deployments are changed here, and put back.
Written for moto 5.2.5, with `moto_patches.rest_apis`.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from moto.backends import get_backend

from localaws.identity import ACCOUNT_ID
from localaws.rest.document import TransferMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localaws.rest.document import Document, Integration, Method

STREAMED = ("/2021-11-15/", "/response-streaming-invocations")
BUFFERED = ("/2015-03-31/", "/invocations")
MAX_TIMEOUT_MS = 29_000


@contextlib.contextmanager
def buffered_integrations(region: str, api_id: str) -> Iterator[int]:
    """Let an API's streaming integrations buffer for a while; yields how many there are."""
    api: Any = get_backend("apigateway")[ACCOUNT_ID][region].apis[api_id]
    shown = [each for each in _shown(api) if each.local_transfer_mode is TransferMode.STREAM]
    before = [(each, dict(vars(each))) for each in shown]
    deployed = [(each, each.local_snapshot) for each in api.deployments.values() if each.local_snapshot]
    for each in shown:
        each.local_transfer_mode, each.uri = TransferMode.BUFFERED, buffered_uri(each.uri)
        each.timeout_in_millis = min(int(each.timeout_in_millis), MAX_TIMEOUT_MS)
    for deployment, snapshot in deployed:
        deployment.local_snapshot = replace(snapshot, document=buffered_document(snapshot.document))
    try:
        yield len(shown)
    finally:
        for each, members in before:
            vars(each).update(members)
        for deployment, snapshot in deployed:
            deployment.local_snapshot = snapshot


def buffered_document(document: Document) -> Document:
    """Return the document with every streaming integration as the buffered one of the same function."""
    resources = tuple(
        replace(each, methods={name: _buffered_method(method) for name, method in each.methods.items()})
        for each in document.resources
    )
    return replace(document, resources=resources)


def buffered_uri(uri: str) -> str:
    """Return the URI that invokes the same function without streaming."""
    for streamed, buffered in zip(STREAMED, BUFFERED, strict=True):
        uri = uri.replace(streamed, buffered)
    return uri


def _buffered_method(method: Method) -> Method:
    integration = method.integration
    if integration is None or integration.transfer_mode is not TransferMode.STREAM:
        return method
    return replace(method, integration=_buffered(integration))


def _buffered(integration: Integration) -> Integration:
    return replace(
        integration,
        transfer_mode=TransferMode.BUFFERED,
        uri=buffered_uri(integration.uri),
        timeout_ms=min(integration.timeout_ms, MAX_TIMEOUT_MS),
    )


def _shown(api: Any) -> Iterator[Any]:  # noqa: ANN401  moto's classes
    for resource in list(api.resources.values()):
        for method in resource.resource_methods.values():
            if method.method_integration and hasattr(method.method_integration, "local_transfer_mode"):
                yield method.method_integration
