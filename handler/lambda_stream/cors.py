"""CORS headers on a REST API's answers.

API Gateway answers preflights by itself, and passes on what the function sends on any other request. A Function URL
adds the headers from its own configuration, and a browser rejects doubled ones: its events get none here.

Source: fetch.spec.whatwg.org, section "HTTP-CORS protocol", and
docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html, section on proxy integrations.
"""

import json

from lambda_stream.response import Response

ANY = "*"
ALLOW_ORIGIN = "access-control-allow-origin"
VARY = "vary"


class Cors:
    """Which pages may read an answer, and what of it.

    Attributes:
        allow_origins: Origins, or `*`.
        expose_headers: Names of response headers.
        allow_credentials: Whether the page may send cookies.
    """

    __slots__ = ("allow_credentials", "allow_origins", "expose_headers")

    def __init__(
        self, allow_origins: list[str], expose_headers: list[str] | None = None, *, allow_credentials: bool = False
    ) -> None:
        self.allow_origins = allow_origins
        self.expose_headers = expose_headers or []
        self.allow_credentials = allow_credentials

    @classmethod
    def from_json(cls, text: str) -> "Cors":
        """The settings in a JSON object whose members have the attributes' names; only the origins must be there.

        Raises:
            ValueError: it is no such object.
        """
        document = json.loads(text)
        if not isinstance(document, dict) or document.keys() - set(cls.__slots__):
            raise ValueError(f"must be an object of {', '.join(cls.__slots__)}, not {text}")
        origins, exposed = document.get("allow_origins"), document.get("expose_headers", [])
        if not _is_names(origins) or not origins or not _is_names(exposed):
            raise ValueError(f"allow_origins and expose_headers must be lists of texts, the first not empty: {text}")
        return cls(origins, exposed, allow_credentials=document.get("allow_credentials") is True)

    def allow(self, response: Response, origin: str | None) -> Response:
        """The response with what a browser wants to see, as a copy; a handler's own CORS headers stay as they are."""
        headers = response.headers
        names = {str(name).lower(): name for name in (*response.multi_value_headers, *headers)}
        if ALLOW_ORIGIN in names:
            return response
        if self.allow_origins == [ANY]:
            return _with_headers(response, {**headers, ALLOW_ORIGIN: ANY, **self._exposed()})
        # A cache must not give one origin's answer to another, nor to a client that sent none.
        vary = names.get(VARY, VARY)
        varied = {**headers, vary: ", ".join(filter(None, (headers.get(vary), "origin")))}
        if origin is None or (origin not in self.allow_origins and ANY not in self.allow_origins):
            return _with_headers(response, varied)
        credentials = {"access-control-allow-credentials": "true"} if self.allow_credentials else {}
        return _with_headers(response, {**varied, ALLOW_ORIGIN: origin, **credentials, **self._exposed()})

    def _exposed(self) -> dict[str, str]:
        return {"access-control-expose-headers": ", ".join(self.expose_headers)} if self.expose_headers else {}


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _with_headers(response: Response, headers: dict[str, str]) -> Response:
    return Response(
        response.body,
        status=response.status,
        headers=headers,
        cookies=response.cookies,
        multi_value_headers=response.multi_value_headers,
        heartbeat=response.heartbeat,
    )
