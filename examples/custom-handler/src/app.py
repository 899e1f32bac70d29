"""One function, several routes: each streams in its own way."""

import export
import formats
import progress
import words
from answers import Refused, refusal
from lambda_stream import Request, payload_version

ROUTES = {
    ("POST", "/words"): words.handle,
    ("GET", "/stream"): formats.handle,
    ("POST", "/progress"): progress.handle,
    ("GET", "/export"): export.handle,
}


def handler(event, context):
    """The answer of the route that the request asks for; to an event that is no HTTP request, its sentence."""
    if payload_version(event) is None:
        return words.spoken(event["sentence"])
    request = Request(event)
    route = ROUTES.get((request.method, request.path))
    if route is None:
        return elsewhere(request)
    try:
        return route(request)
    except Refused as error:
        return refusal(400, "invalid_request", str(error))


def elsewhere(request):
    """405 for a path that is there, else 404; both say what there is."""
    methods = ", ".join(method for method, path in ROUTES if path == request.path)
    if methods:
        return refusal(405, "method_not_allowed", f"Use {methods}.", allow=methods)
    routes = ", ".join(f"{method} {path}" for method, path in ROUTES)
    return refusal(404, "not_found", f"There are {routes}.")
