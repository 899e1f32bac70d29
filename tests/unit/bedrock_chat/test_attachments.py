"""Pictures and files in data URLs, taken or refused."""

import base64
import string
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_chat.attachments import data_url, document, document_name, image, with_distinct_documents
from bedrock_chat.conversation import Document, Image, Message, Text
from bedrock_chat.errors import InvalidRequest
from support.exact import exact

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
LIMIT_S = 5
NAME_LETTERS = frozenset(string.ascii_letters + string.digits + " -()[]")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("data:image/png;base64,aGk=", Image("png", b"hi")),
        ("data:IMAGE/JPG;BASE64,aGk=", Image("jpeg", b"hi")),
        ("data:image/webp;name=a;base64,aGk=", Image("webp", b"hi")),
    ],
)
def test_a_picture_is_read(url: str, expected: Image) -> None:
    """Its type may be in capitals, be misnamed as is usual, and have parameters."""
    assert exact(image(url, "here")) == exact(expected)


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [("application/pdf", "pdf"), ("text/plain;charset=utf-8", "txt"), ("text/markdown", "md"), (DOCX, "docx")],
)
def test_a_file_is_read(media_type: str, expected: str) -> None:
    """With the name that Bedrock takes."""
    assert exact(document(f"data:{media_type};base64,aGk=", "a.b", "here")) == exact(Document(expected, "a", b"hi"))


WRONG: dict[str, tuple[Any, str]] = {
    "a web address": ("https://example.com/a.png", "must be a data URL such as .*nothing is fetched"),
    "no text": (5, "must be a data URL"),
    "no data": ("data:image/png;base64", "must be a data URL"),
    "no base64": ("data:image/png,%89PNG", "must be a data URL"),
    "wrong base64": ("data:image/png;base64,aGk", "holds wrong base64"),
    "base64 of other letters": ("data:image/png;base64,aé==", "holds wrong base64"),
    "base64 with a space": ("data:image/png;base64,aG k=", "holds wrong base64"),
    "empty": ("data:image/png;base64,", "holds no data"),
    "another type": ("data:image/svg+xml;base64,aGk=", "must be of image/png, .*, not 'image/svg.xml'"),
    "a type that is none": ("data:;base64,aGk=", "must be of image/png, .*, not ''"),
}


@pytest.mark.parametrize(("url", "message"), WRONG.values(), ids=WRONG)
def test_anything_else_is_refused(url: Any, message: str) -> None:
    """And says where it stood."""
    with pytest.raises(InvalidRequest, match=message) as refused:
        image(url, "messages[0]")
    assert refused.value.param == "messages[0]"


@given(st.binary(min_size=1))
def test_any_data_is_read_back(data: bytes) -> None:
    """Byte for byte."""
    assert data_url(f"data:a/b;base64,{base64.b64encode(data).decode()}", "here") == ("a/b", data)


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("report.pdf", "report"),
        ("Übersicht_2024  (v1.2) [final].pdf", "bersicht 2024 (v1 2) [final]"),
        ("Makefile", "Makefile"),
        (".gitignore", "gitignore"),
        ("報告.pdf", "document"),
        ("x" * 300, "x" * 190),
    ],
)
def test_a_name_keeps_what_bedrock_takes(filename: str, expected: str) -> None:
    """Without the extension, which the format says."""
    assert document_name(filename) == expected


@given(st.text(max_size=300))
def test_any_name_becomes_one_that_bedrock_takes(filename: str) -> None:
    """Of its letters, its length, and without two spaces in a row."""
    name = document_name(filename)
    assert NAME_LETTERS.issuperset(name)
    assert name == " ".join(name.split())
    assert 1 <= len(name) <= 190


def test_names_that_come_twice_are_numbered() -> None:
    """Over all turns and whatever their capitals: Bedrock refuses two documents of one name."""

    def turn(*names: str) -> Message:
        return Message("user", (Text("Read"), *(Document("pdf", name, b"x") for name in names)))

    turns = with_distinct_documents([turn("a", "A"), Message.of_text("assistant", "Done"), turn("a 2", "a", "b")])
    names = [part.name for message in turns for part in message.parts if isinstance(part, Document)]
    assert names == ["a", "A 2", "a 2 2", "a 3", "b"]


def test_a_file_without_words_is_refused() -> None:
    """Bedrock would refuse it too, after the upload."""
    with pytest.raises(InvalidRequest, match="a file must come with text in the same turn"):
        with_distinct_documents([Message("user", (Document("pdf", "a", b"x"), Image("png", b"x")))])


def test_many_names_take_no_longer_each_than_a_few() -> None:
    """A body of the size that Lambda takes has tens of thousands, and must not keep the function busy."""
    documents = [Document("pdf", "a", b"x")] * 20_000
    started = time.process_time()
    (turn,) = with_distinct_documents([Message("user", (Text("Read"), *documents))])
    assert time.process_time() - started < LIMIT_S
    assert exact(turn.parts[-1]) == exact(Document("pdf", "a 20000", b"x"))
