"""Frames of `application/vnd.amazon.eventstream`. No I/O.

A frame is: total length, headers length, CRC-32 of these eight bytes (each 4 bytes, big-endian), headers, payload,
CRC-32 of everything before it. A header is: length of the name (1 byte), name, type (1 byte, 7 = string), length of
the value (2 bytes), value.

Source: https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTENT_TYPE = "application/vnd.amazon.eventstream"
STRING = 7
OVERHEAD_BYTES = 16


def event(name: str, members: Mapping[str, object]) -> bytes:
    """Return the frame of an event of the stream."""
    headers = {":event-type": name, ":content-type": "application/json", ":message-type": "event"}
    return frame(headers, _json(members))


def exception(name: str, members: Mapping[str, object]) -> bytes:
    """Return the frame of a modelled error inside the stream."""
    headers = {":exception-type": name, ":content-type": "application/json", ":message-type": "exception"}
    return frame(headers, _json(members))


def frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    """Return one frame with string headers."""
    encoded = b"".join(_header(name, value) for name, value in headers.items())
    lengths = struct.pack(">II", OVERHEAD_BYTES + len(encoded) + len(payload), len(encoded))
    message = lengths + struct.pack(">I", crc32(lengths)) + encoded + payload
    return message + struct.pack(">I", crc32(message))


def with_wrong_crc(good: bytes) -> bytes:
    """Return a frame that differs only in its last checksum."""
    return good[:-1] + bytes([good[-1] ^ 0xFF])


def _header(name: str, value: str) -> bytes:
    name_bytes, value_bytes = name.encode(), value.encode()
    return struct.pack(">B", len(name_bytes)) + name_bytes + struct.pack(">BH", STRING, len(value_bytes)) + value_bytes


def _json(members: Mapping[str, object]) -> bytes:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()
