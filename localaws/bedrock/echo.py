"""A request described as JSON, so that a client's test can see what has arrived. No I/O."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

MEDIA = ("image", "document")


def described(fields: dict[str, Any]) -> str:
    """Return a valid request as JSON text, with a count and a SHA-256 digest in the place of media's bytes."""
    messages = [
        {"role": message["role"], "content": [_block(block) for block in message["content"]]}
        for message in fields["messages"]
    ]
    return json.dumps({**fields, "messages": messages}, ensure_ascii=False)


def _block(block: dict[str, Any]) -> dict[str, Any]:
    if result := block.get("toolResult"):
        return {"toolResult": {**result, "content": [_block(part) for part in result["content"]]}}
    return {kind: _media(member) if kind in MEDIA and member else member for kind, member in block.items()}


def _media(media: dict[str, Any]) -> dict[str, Any]:
    encoded = media["source"].get("bytes")
    if encoded is None:
        return media
    data = base64.b64decode(encoded)
    return {**media, "source": {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}}
