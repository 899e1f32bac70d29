"""What CloudFront does to the headers of requests and responses. No I/O.

Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
and using-managed-response-headers-policies.html beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Header = tuple[str, str]

COUNTRY_HEADER = "x-test-country"
"""Stands for the country of a viewer's address; the origin doesn't see it."""

HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
}
HOP_BY_HOP |= {"transfer-encoding", "upgrade"}
NOT_FORWARDED = HOP_BY_HOP | {"host", "expect", COUNTRY_HEADER, "via", "x-forwarded-for", "x-amz-cf-id"}
SIGNATURE_HEADERS = {
    "authorization",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-source-account",
    "x-amz-source-arn",
}
SECURITY_HEADERS_POLICY = "67f7725c-6f97-4210-82d7-5512b31e9d03"
SECURITY_HEADERS = {
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Frame-Options": "SAMEORIGIN",
    "X-XSS-Protection": "1; mode=block",
}
"""What AWS's policy SecurityHeadersPolicy adds where the origin has said nothing; `nosniff` it sets in any case."""

FIRST_ERROR = 400


@dataclass(frozen=True, slots=True)
class Edge:
    """Which of CloudFront's servers answers, and the id that it gives to a request."""

    host: str
    request_id: str

    def via(self, http_version: str) -> str:
        """Return the entry of a Via header for a message that came in an HTTP version such as `1.1`."""
        return f"{http_version} {self.host} (CloudFront)"


@dataclass(frozen=True, slots=True)
class Viewer:
    """From where a request came: the address, and the HTTP version such as `1.1`."""

    address: str
    http_version: str


def origin_headers(headers: Iterable[Header], viewer: Viewer, edge: Edge) -> list[Header]:
    """Return what the origin gets of a viewer's headers, and what CloudFront adds; Host and signature still lack.

    The viewer's Authorization is among them, and whoever signs puts its own in its place.
    """
    given = list(headers)
    forwarded = [(name, value) for name, value in given if name.lower() not in NOT_FORWARDED]
    addresses = [value for name, value in given if name.lower() == "x-forwarded-for"]
    vias = [value for name, value in given if name.lower() == "via"]
    return [
        *forwarded,
        ("Via", ", ".join([*vias, edge.via(viewer.http_version)])),
        ("X-Forwarded-For", ", ".join([*addresses, viewer.address])),
        ("X-Amz-Cf-Id", edge.request_id),
    ]


def signed_headers(headers: Iterable[Header], signature: Iterable[Header]) -> list[Header]:
    """Return the headers with CloudFront's signature in the place of whatever the viewer sent under those names."""
    replaced = SIGNATURE_HEADERS | {name.lower() for name, _ in signature}
    return [*((name, value) for name, value in headers if name.lower() not in replaced), *signature]


def viewer_headers(
    status: int, headers: Sequence[Header], policy_id: str | None, edge: Edge, age_s: int | None = None
) -> list[Header]:
    """Return what the viewer gets of the origin's headers, and what CloudFront and the policy add.

    `age_s` is for how many seconds an answer has been kept, None for one that comes from the origin.
    """
    kept = [(name, value) for name, value in headers if name.lower() not in HOP_BY_HOP]
    if policy_id == SECURITY_HEADERS_POLICY:
        kept = [(name, value) for name, value in kept if name.lower() != "x-content-type-options"]
        there = {name.lower() for name, _ in kept}
        kept += [(name, value) for name, value in SECURITY_HEADERS.items() if name.lower() not in there]
        kept.append(("X-Content-Type-Options", "nosniff"))
    if age_s is not None:
        kept += [("Age", str(age_s)), ("X-Cache", "Hit from cloudfront")]
    else:
        kept.append(("X-Cache", "Miss from cloudfront" if status < FIRST_ERROR else "Error from cloudfront"))
    return [
        *kept,
        ("Via", edge.via("1.1")),
        ("X-Amz-Cf-Pop", "LOCAL50-P1"),
        ("X-Amz-Cf-Id", edge.request_id),
    ]
