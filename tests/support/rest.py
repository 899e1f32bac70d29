"""An exchange of a REST API, as the pure parts of the local AWS see it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from localaws.rest.document import Document, Integration, IntegrationType, Method, Resource
from localaws.rest.exchange import Arrival, Exchange, Location, Stage
from localaws.rest.routing import find_route
from localaws.sigv4 import ReceivedRequest

NOW = datetime(2026, 11, 20, 6, 7, 8, 900000, UTC)
ARRIVAL = Arrival("req-1", "ext-1", "Root=1-2-3;Parent=4;Sampled=1", "127.0.0.1", NOW, started=0.0)
METHOD = Method("ANY", Integration(IntegrationType.AWS_PROXY))
DOCUMENT = Document("api", resources=(Resource("/chat/{id}", {"ANY": METHOD}), Resource("/", {"ANY": METHOD})))


def make_exchange(
    target: str = "/live/chat/1",
    headers: Mapping[str, str] | list[tuple[str, str]] | None = None,
    body: bytes = b"",
    document: Document = DOCUMENT,
    **stage: Any,
) -> Exchange:
    """A POST to the stage `live`, routed; `stage` are members of the stage."""
    names = {resource.path: f"id{index}" for index, resource in enumerate(document.resources)}
    where = Stage("api123", "us-east-1", "live", "dep1", document, names, {}, **stage)
    path = target.partition("?")[0].removeprefix("/live")
    sent = tuple(headers.items()) if isinstance(headers, Mapping) else tuple(headers or ())
    request = ReceivedRequest("POST", target, [(name.lower(), value) for name, value in sent], body)
    location = Location(where, "api123.execute-api.us-east-1.amazonaws.com", "/live", path)
    return Exchange(request, sent, ARRIVAL, location, find_route(document, "POST", path))
