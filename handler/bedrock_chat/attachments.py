"""Pictures and files that come as data URLs, as Bedrock takes them.

Source: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html, www.rfc-editor.org/rfc/rfc2397
"""

from binascii import a2b_base64
from typing import TYPE_CHECKING

from bedrock_chat.conversation import Document, Image, Message, Text
from bedrock_chat.errors import InvalidRequest
from bedrock_chat.fields import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bedrock_chat.conversation import Part

IMAGE_FORMATS: "Mapping[str, str]" = {
    "image/png": "png",
    "image/jpeg": "jpeg",
    "image/jpg": "jpeg",  # is registered nowhere and sent often
    "image/gif": "gif",
    "image/webp": "webp",
}
DOCUMENT_FORMATS: "Mapping[str, str]" = {
    "application/pdf": "pdf",
    "text/csv": "csv",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "text/html": "html",
    "text/plain": "txt",
    "text/markdown": "md",
}
UNNAMED = "document"
# Bedrock takes 200; the rest is room for the number that tells two of one name apart.
MAX_NAME_CHARACTERS = 190


def image(url: object, where: str) -> Image:
    """The picture in a data URL.

    Raises:
        InvalidRequest: `url` is none, or not of a picture that Bedrock takes.
    """
    media_type, data = data_url(url, where)
    return Image(_format(media_type, IMAGE_FORMATS, where), data)


def document(url: object, filename: str, where: str) -> Document:
    """The file in a data URL, under a name that Bedrock takes.

    Raises:
        InvalidRequest: `url` is none, or not of a kind of file that Bedrock takes.
    """
    media_type, data = data_url(url, where)
    return Document(_format(media_type, DOCUMENT_FORMATS, where), document_name(filename), data)


def data_url(url: object, where: str) -> tuple[str, bytes]:
    """The media type, in lower case and without parameters, and the data.

    Raises:
        InvalidRequest: `url` is no data URL in base64, or has no data.
    """
    head, comma, encoded = url.partition(",") if isinstance(url, str) else ("", "", "")
    media_type, *parameters = head.lower().split(";")
    if not (comma and media_type.startswith("data:") and parameters[-1:] == ["base64"]):
        raise InvalidRequest(
            f"{where} must be a data URL such as 'data:image/png;base64,...', not {shown(url)}: nothing is fetched",
            where,
        )
    try:
        data = a2b_base64(encoded, strict_mode=True)
    except ValueError as error:
        raise InvalidRequest(f"{where} holds wrong base64: {error}", where) from error
    if not data:
        raise InvalidRequest(f"{where} holds no data", where)
    return media_type.removeprefix("data:"), data


def document_name(filename: str) -> str:
    """The file's name without its extension, of the characters that Bedrock takes.

    They are letters, digits, hyphens, brackets, and white space that is never twice in a row.
    """
    stem = filename.rpartition(".")[0] or filename
    kept = (letter if letter.isascii() and (letter.isalnum() or letter in "-()[]") else " " for letter in stem)
    return " ".join("".join(kept).split())[:MAX_NAME_CHARACTERS].rstrip() or UNNAMED


def with_distinct_documents(messages: "Iterable[Message]") -> tuple[Message, ...]:
    """The messages, with a number after each document's name that came before: Bedrock wants all to differ.

    Raises:
        InvalidRequest: a turn has a document and no words, which Bedrock wants too.
    """
    taken: dict[str, int] = {}
    return tuple(
        message._replace(parts=tuple(_distinct(part, taken) for part in _with_words(message.parts)))
        for message in messages
    )


def _with_words(parts: "tuple[Part, ...]") -> "tuple[Part, ...]":
    kinds = set(map(type, parts))
    if Document in kinds and Text not in kinds:
        raise InvalidRequest(
            "a file must come with text in the same turn: say what the model shall do with it", "messages"
        )
    return parts


def _distinct(part: "Part", taken: dict[str, int]) -> "Part":
    """The part under a name that isn't in `taken`, which keeps with each name the number that its last namesake got."""
    if not isinstance(part, Document):
        return part
    name, number = part.name, taken.get(part.name.lower(), 1)
    while name.lower() in taken:
        number += 1
        name = f"{part.name} {number}"
    taken[part.name.lower()] = number
    taken.setdefault(name.lower(), 1)
    return part._replace(name=name)


def _format(media_type: str, formats: "Mapping[str, str]", where: str) -> str:
    if media_type not in formats:
        raise InvalidRequest(f"{where} must be of {', '.join(formats)}, not {shown(media_type)}", where)
    return formats[media_type]
