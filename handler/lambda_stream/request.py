"""The HTTP request inside an event: Function URLs send payload 2.0, REST APIs payload 1.0.

Source: docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html (2.0) and
docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html (1.0).
"""

from binascii import a2b_base64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

PAYLOAD_1 = "1.0"
PAYLOAD_2 = "2.0"


def payload_version(event: object) -> str | None:
    """`"2.0"` or `"1.0"` for an HTTP event, None for any other event."""
    context = event.get("requestContext") if isinstance(event, dict) else None
    # A load balancer's event looks like a REST API's, but it can't read a prelude.
    if not isinstance(event, dict) or not isinstance(context, dict) or "elb" in context:
        return None
    if isinstance(context.get("http"), dict):
        return PAYLOAD_2
    return PAYLOAD_1 if isinstance(event.get("httpMethod"), str) else None


class Request:
    """An HTTP request.

    Attributes:
        method: In upper case.
        path: As the event gives it, without the query; on a REST API, also without the stage or a domain's base path.
        headers: Names in lower case; repeated ones joined by commas, as the event gives them.
        query: The parameters; repeated ones joined by commas (payload 2.0) or the last one (1.0).
        body: The bytes that the client sent.
        request_context: The event's `requestContext`: what AWS says of the request, such as who signed it.
        version: The event's payload version, "2.0" or "1.0".

    Raises:
        ValueError: the event is not an HTTP event, or its body is not the base64 that it claims to be.
    """

    __slots__ = ("body", "headers", "method", "path", "query", "request_context", "version")

    def __init__(self, event: object) -> None:
        version = payload_version(event)
        if version is None or not isinstance(event, dict):
            raise ValueError("not an HTTP event: it has neither requestContext.http nor httpMethod")
        self.version = version
        self.request_context: Mapping[str, object] = event["requestContext"]
        if version == PAYLOAD_2:
            method, path = event["requestContext"]["http"].get("method"), event.get("rawPath")
        else:
            method, path = event["httpMethod"], _path_below_the_stage(event)
        self.method = str(method).upper()
        self.path = path if isinstance(path, str) and path else "/"
        self.headers = {
            name.lower(): value for name, value in {**_strings(event.get("headers")), **_joined(event)}.items()
        }
        self.query = _strings(event.get("queryStringParameters"))
        self.body = _body(event)


def _path_below_the_stage(event: "Mapping[str, object]") -> object:
    """The resource with its variables filled in: `path` also has the base path that an own domain may have."""
    resource, values = event.get("resource"), _strings(event.get("pathParameters"))
    parts = resource.split("/") if isinstance(resource, str) and resource else ["{}"]
    filled = [values.get(part.strip("{+}")) if part.startswith("{") else part for part in parts]
    return event.get("path") if None in filled else "/".join(map(str, filled))


def header_of(event: object, name: str) -> str | None:
    """One header of an HTTP event by its name in lower case; much cheaper than a whole Request."""
    headers = event.get("headers") if isinstance(event, dict) else None
    found = (value for key, value in _strings(headers).items() if key.lower() == name)
    return next(found, None)


def _strings(value: object) -> "Mapping[str, str]":
    if not isinstance(value, dict):
        return {}
    return {name: text for name, text in value.items() if isinstance(text, str)}


def _joined(event: "Mapping[str, object]") -> "Mapping[str, str]":
    """Headers that an event keeps as lists: repeated ones (payload 1.0), and cookies (2.0)."""
    repeated = event.get("multiValueHeaders")
    lists = repeated if isinstance(repeated, dict) else {}
    joined = {name: ",".join(map(str, values)) for name, values in lists.items() if isinstance(values, list)}
    cookies = event.get("cookies")
    return {**joined, "cookie": "; ".join(map(str, cookies))} if isinstance(cookies, list) else joined


def _body(event: "Mapping[str, object]") -> bytes:
    body = event.get("body")
    if not isinstance(body, str):
        return b""
    if event.get("isBase64Encoded") is True:
        return a2b_base64(body.encode("ascii"), strict_mode=True) if body else b""
    # A lone surrogate is legal in a JSON string and is no text: whoever decodes these bytes is told so.
    return body.encode("utf-8", "surrogatepass")
