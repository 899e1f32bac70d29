"""Images and documents of a request. No I/O.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html (sizes and counts),
API_runtime_ImageBlock.html and API_runtime_DocumentBlock.html beside it.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from localaws.bedrock.validation import ValidationError, a_text, an_object, matching, one_of, only_key, unsatisfied

IMAGE_FORMATS = ("png", "jpeg", "gif", "webp")
DOCUMENT_FORMATS = ("pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md")
MAX_IMAGE_BYTES = 3_932_160  # 3.75 MB
MAX_DOCUMENT_BYTES = 4_718_592  # 4.5 MB
MAX_DOCUMENT_NAME_CHARACTERS = 200
# A file of the format begins so; `.` is any byte.
BEGINNINGS = {
    "png": rb"\x89PNG\r\n\x1a\n",
    "jpeg": rb"\xff\xd8\xff",
    "gif": rb"GIF8[79]a",
    "webp": rb"RIFF.{4}WEBP",
}
# Underscores are not in Bedrock's message, and yet it takes them; of whitespace, only single spaces.
DOCUMENT_NAME = re.compile(r"(?:[A-Za-z0-9_()\[\]-]| (?! ))+")


@dataclass(frozen=True, slots=True)
class Image:
    """A picture whose bytes are what its format says; None for bytes that are in S3."""

    format: str
    data: bytes | None


@dataclass(frozen=True, slots=True)
class Document:
    """A file; None for bytes that are in S3, or given as text."""

    format: str | None
    name: str
    data: bytes | None


def parse_image(value: object, path: str) -> Image:
    """Return the image of a content block."""
    fields = an_object(value, path)
    image_format = one_of(fields.get("format"), f"{path}.format", IMAGE_FORMATS)
    data = _bytes(fields.get("source"), f"{path}.source", "ImageSource", ("bytes", "s3Location"))
    if data is not None:
        _check_image(data, image_format, path)
    return Image(image_format, data)


def parse_document(value: object, path: str) -> Document:
    """Return the document of a content block."""
    fields = an_object(value, path)
    name = matching(fields.get("name"), f"{path}.name", r"[\s\S]+", MAX_DOCUMENT_NAME_CHARACTERS)
    if not DOCUMENT_NAME.fullmatch(name):
        raise ValidationError(
            "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, "
            "parentheses, and square brackets. The name can't contain more than one consecutive whitespace character. "
            "Check that the file name conforms to these restrictions and retry your request."
        )
    stated = fields.get("format")
    document_format = None if stated is None else one_of(stated, f"{path}.format", DOCUMENT_FORMATS)
    kinds = ("bytes", "s3Location", "text", "content")
    data = _bytes(fields.get("source"), f"{path}.source", "DocumentSource", kinds)
    if data is not None and len(data) > MAX_DOCUMENT_BYTES:
        raise ValidationError(f"The document at {path} has {len(data)} bytes, and 4.5 MB is the most.")
    return Document(document_format, name, data)


def _bytes(source: object, path: str, kind: str, known: tuple[str, ...]) -> bytes | None:
    if only_key(source, path, kind, known) != "bytes":
        return None
    fields: dict[str, Any] = an_object(source, path)
    encoded = a_text(fields["bytes"], f"{path}.bytes", min_length=1)
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise unsatisfied(f"{path}.bytes", "be base64") from None


def _check_image(data: bytes, image_format: str, path: str) -> None:
    if len(data) > MAX_IMAGE_BYTES:
        raise ValidationError(f"The image at {path} has {len(data)} bytes, and 3.75 MB is the most.")
    if not re.match(BEGINNINGS[image_format], data, re.DOTALL):
        raise ValidationError(
            "The model returned the following errors: "
            f"The provided image does not match the specified image format: {image_format} at {path}."
        )
