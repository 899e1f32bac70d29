"""Whose a conversation is. No input or output here.

A subject is what AWS has authenticated: it comes from the event's `requestContext`, which no client of a URL or an API
can write; who may invoke the function itself writes all of its event. The name of a session is made here and
unguessable, also for subjects that are known: where many callers share one subject, or are nobody at all, the name is
the only key.
"""

import hashlib
import json
from binascii import b2a_base64
from typing import TYPE_CHECKING

from bedrock_chat.errors import InvalidRequest
from bedrock_chat.fields import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lambda_stream import Request

SESSION_BYTES = 18  # 144 bits: a multiple of three, so that base64 needs no padding
SESSION_CHARACTERS = SESSION_BYTES * 4 // 3
_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")

ANONYMOUS = ("anonymous",)
# What CloudFront signs requests to its origins as, and names its distribution in, on behalf of all of its viewers. The
# role is not documented: either is enough.
_CLOUDFRONT_ROLE = ":assumed-role/OriginAccessControlRole/"
_SOURCE_HEADER = "x-amz-source-arn"
_DISTRIBUTION = ":cloudfront:"


def subject_of(request: "Request") -> tuple[str, ...]:
    """Who the caller is: the way that AWS knows it, and the name by that way; ANONYMOUS where it doesn't.

    A header can only make a caller anonymous: who has it gives up its own subject, and gains nobody's.

    Source: docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html and
    docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html, `requestContext`.
    """
    authorizer = _mapping(request.request_context.get("authorizer"))
    for claims in (_mapping(authorizer.get("claims")), _mapping(_mapping(authorizer.get("jwt")).get("claims"))):
        if claims.get("sub"):
            return ("claims", str(claims.get("iss") or ""), str(claims["sub"]))
    if authorizer.get("principalId"):
        return ("authorizer", str(authorizer["principalId"]))
    signer = _mapping(authorizer.get("iam")) or _mapping(request.request_context.get("identity"))
    arn = str(signer.get("userArn") or "")
    by_cloudfront = _CLOUDFRONT_ROLE in arn or _DISTRIBUTION in request.headers.get(_SOURCE_HEADER, "")
    return ("iam", arn) if arn and not by_cloudfront else ANONYMOUS


def new_session(random_bytes: "Callable[[int], bytes]") -> str:
    """The name of a new session, of 144 random bits."""
    name = b2a_base64(random_bytes(SESSION_BYTES), newline=False).decode()
    return name.replace("+", "-").replace("/", "_")


def session_name(value: object) -> str:
    """A client's name of a session.

    Raises:
        InvalidRequest: no session can have it.
    """
    if value is None:
        raise InvalidRequest("session is missing: give the name that an earlier answer's start event gave", "session")
    if not isinstance(value, str) or len(value) != SESSION_CHARACTERS or not _ALPHABET.issuperset(value):
        raise InvalidRequest(
            f"session must be the name that an earlier answer's start event gave, not {shown(value)}: "
            "leave it out to begin a conversation",
            "session",
        )
    return value


def conversation_key(subject: tuple[str, ...], session: str) -> str:
    """The key of a subject's session in a table: another subject's has another one, whatever the names are."""
    return hashlib.sha256(json.dumps([*subject, session]).encode()).hexdigest()


def _mapping(value: object) -> "Mapping[str, object]":
    return value if isinstance(value, dict) else {}
