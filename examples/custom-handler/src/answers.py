"""What the routes share: how a request is refused, and its JSON read."""

import json

from lambda_stream import Response


class Refused(Exception):
    """The request can't be answered; the message says why."""


def refusal(status, code, message, **headers):
    """An error status with a JSON body."""
    body = json.dumps({"error": {"code": code, "message": message}})
    return Response(body, status=status, headers={"content-type": "application/json", **headers})


def json_object(request):
    """The object in the request's body; raises Refused when there is none."""
    try:
        value = json.loads(request.body)
    except ValueError:
        raise Refused("The body must be JSON.") from None
    if not isinstance(value, dict):
        raise Refused("The body must be a JSON object.")
    return value


def number(value, name, least, most):
    """The value as a whole number; raises Refused when it is none or out of range."""
    try:
        found = int(value)
    except (TypeError, ValueError):
        found = None
    if found is None or not least <= found <= most:
        raise Refused(f"{name} must be a whole number from {least} to {most}.")
    return found
