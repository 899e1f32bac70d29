"""Serves the chat page, under a policy that lets nothing run or load but what the file itself holds."""

import hashlib
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lambda_stream import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedrock_chat.service import Service
    from lambda_stream import Context, Request

FILE = Path(__file__).with_name("page.html")


class _Page(NamedTuple):
    body: bytes
    headers: "Mapping[str, str]"


def page(service: "Service", request: "Request", _context: "Context") -> Response:
    """The page: the whole of it, its headers alone for HEAD, or a 304 to a browser that has it.

    Where conversations are kept it names a session instead of sending what was said before.
    """
    body, headers = _page(service.conversations is not None)
    # Whatever compresses on the way, such as a CDN, makes the tag a weak one.
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if headers["etag"] in known:
        return Response(b"", status=304, headers=headers)
    return Response(b"" if request.method == "HEAD" else body, headers=headers)


@cache
def _page(kept: bool) -> _Page:  # noqa: FBT001 - what its results are kept by
    """The file and its headers, read by the first request that wants them."""
    body = FILE.read_bytes()
    if kept:
        body = body.replace(b"<html ", b"<html data-kept ", 1)
    return _Page(
        body,
        {
            "content-type": "text/html; charset=utf-8",
            "content-security-policy": _policy(body),
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            # Asked for anew at each visit, so that a new version is there at once. Not no-store, with which a browser
            # forgets a page that is left, and the conversation in it.
            "cache-control": "no-cache",
            "etag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        },
    )


def _policy(body: bytes) -> str:
    """What the page may do: run and look as the file says, show its icon, and post to where it comes from.

    Trusted Types let no string become markup or code, whatever a script does with it.

    Source: www.w3.org/TR/CSP3/ and w3c.github.io/trusted-types/dist/spec/
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hashes(body, b'script')}",
            f"style-src {_hashes(body, b'style')}",
            "connect-src 'self'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _hashes(body: bytes, element: bytes) -> str:
    """The hash of the text between each pair of tags of `element`."""
    blocks = [block.partition(b"</" + element + b">")[0] for block in body.split(b"<" + element + b">")[1:]]
    return " ".join(f"'sha256-{b64encode(hashlib.sha256(block).digest()).decode()}'" for block in blocks)
