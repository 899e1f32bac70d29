"""Content blocks of a ConverseStream request: what Bedrock takes, and what it says of the rest."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from localaws.bedrock.content import Reasoning, Text, ToolResult, ToolUse, Unchecked, parse_messages
from localaws.bedrock.media import MAX_DOCUMENT_BYTES, MAX_IMAGE_BYTES, Document, Image
from localaws.bedrock.validation import ValidationError

BEGINNINGS = {
    "png": b"\x89PNG\r\n\x1a\n",
    "jpeg": b"\xff\xd8\xff\xe0",
    "gif": b"GIF89a",
    "webp": b"RIFF\n\x00\n\x00WEBPVP8 ",
}
TEXT = {"text": "look"}


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def image(image_format: str = "png", data: bytes = BEGINNINGS["png"]) -> dict[str, Any]:
    return {"image": {"format": image_format, "source": {"bytes": encoded(data)}}}


def document(name: str = "report", data: bytes = b"x", **fields: Any) -> dict[str, Any]:
    return {"document": {"format": "txt", "name": name, "source": {"bytes": encoded(data)}, **fields}}


def use(**fields: Any) -> dict[str, Any]:
    return {"toolUse": {"toolUseId": "t1", "name": "find", "input": {}, **fields}}


def result(*content: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"toolResult": {"toolUseId": "t1", "content": list(content), **fields}}


def thought(**fields: Any) -> dict[str, Any]:
    return {"reasoningContent": {"reasoningText": fields}}


def user(*blocks: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(blocks)}


def assistant(*blocks: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": list(blocks)}


@pytest.mark.parametrize(("image_format", "beginning"), BEGINNINGS.items())
def test_images(image_format: str, beginning: bytes) -> None:
    """Of each format, by their first bytes."""
    (message,) = parse_messages([user(image(image_format, beginning + b"..."))])
    assert message.blocks == (Image(image_format, beginning + b"..."),)


@pytest.mark.parametrize("stated", BEGINNINGS)
@pytest.mark.parametrize("real", BEGINNINGS)
def test_an_image_is_of_the_format_that_it_says(stated: str, real: str) -> None:
    """Bedrock looks at its bytes."""
    if stated == real:
        return
    with pytest.raises(ValidationError, match=f"does not match the specified image format: {stated}"):
        parse_messages([user(image(stated, BEGINNINGS[real]))])


@pytest.mark.parametrize(
    ("stated", "beginning"),
    [
        ("png", b"\x89PNG\r\n\x1a\r"),
        ("png", b"\x89PNG\n\x1a\n"),
        ("jpeg", b"\xff\xd8\xfe"),
        ("gif", b"GIF88a"),
        ("webp", b"RIFF\n\x00\n\x00WEBM"),
        ("webp", b"RIFF\n\x00\n\x00\x00WEBP"),
    ],
)
def test_an_image_that_begins_almost_right(stated: str, beginning: bytes) -> None:
    """It's none."""
    with pytest.raises(ValidationError, match=f"does not match the specified image format: {stated}"):
        parse_messages([user(image(stated, beginning))])


def test_other_blocks() -> None:
    """Files, thoughts with a signature and without, calls of tools and their results."""
    messages = parse_messages(
        [
            user(TEXT, document("Report (1) [a-b]_c", b"%PDF", format="pdf"), {"cachePoint": {"type": "default"}}),
            assistant(
                thought(text="hm", signature="c2ln"),
                thought(text="hm"),
                {"reasoningContent": {"redactedContent": "AA=="}},
                use(input={"q": 1}),
            ),
            user(result({"text": ""}, {"json": {"n": 1}}, image(), document(), {"video": {}}, status="error")),
        ]
    )
    assert [message.blocks for message in messages] == [
        (Text("look"), Document("pdf", "Report (1) [a-b]_c", b"%PDF"), Unchecked("cachePoint")),
        (Reasoning("hm", "c2ln"), Reasoning("hm", None), Unchecked("redactedContent"), ToolUse("t1", "find", {"q": 1})),
        (
            ToolResult(
                "t1",
                ("", "{'n': 1}", "(png image)", "(document report)", "(video)"),
                failed=True,
                documents=(Document("txt", "report", b"x"),),
            ),
        ),
    ]
    assert messages[2].text == " {'n': 1} (png image) (document report) (video)"
    assert messages[1].text == ""


def test_media_that_are_elsewhere() -> None:
    """In S3, or given as text: they are not looked at, and a file needs no format."""
    place = {"s3Location": {"uri": "s3://bucket/key"}}
    blocks = [TEXT, {"image": {"format": "png", "source": place}}, {"document": {"name": "a", "source": {"text": "x"}}}]
    (message,) = parse_messages([user(*blocks)])
    assert message.blocks == (Text("look"), Image("png", None), Document(None, "a", None))


def test_the_largest_that_is_allowed() -> None:
    """Of each limit, what is still within it."""
    largest = BEGINNINGS["png"] + bytes(MAX_IMAGE_BYTES - 8)
    documents = [document(f"{number}", bytes(MAX_DOCUMENT_BYTES)) for number in range(5)]
    parse_messages([user(TEXT, image(data=largest), *[image()] * 19, *documents), assistant(use(toolUseId="x" * 64))])


WRONG_BLOCKS: dict[str, tuple[list[Any], str]] = {
    "nothing in it": ([{}], "ContentBlock object at messages.0.content.0 must set one of the following keys: text, "),
    "an unknown kind": ([{"txt": "x"}], "must set one of the following keys: text, image, document, toolUse"),
    "two kinds": ([{**TEXT, **image()}], "must set one of the following keys"),
    "blank": ([TEXT, {"text": "\n"}], "ContentBlock object at messages.0.content.1 is blank"),
    "an image that is none": ([{"image": "x"}], "messages.0.content.0.image' .* be an object"),
    "an image without a format": ([{"image": {"source": {"bytes": "AA=="}}}], r"image.format' .* \[png, jpeg, gif"),
    "jpg": ([image("jpg", BEGINNINGS["jpeg"])], r"image.format' .* enum value set: \[png, jpeg, gif, webp\]"),
    "an image without a source": ([{"image": {"format": "png"}}], "image.source' .* be an object"),
    "an image with two": (
        [{"image": {"format": "png", "source": {"bytes": "AA==", "s3Location": {}}}}],
        "ImageSource object at messages.0.content.0.image.source must set one",
    ),
    "an image of no bytes": ([image(data=b"")], "source.bytes' .* greater than or equal to 1"),
    "not base64": ([{"image": {"format": "png", "source": {"bytes": "é!"}}}], "source.bytes' .* be base64"),
    "base64 with a line end": ([{"image": {"format": "png", "source": {"bytes": "iVBORw0K\nGgo="}}}], "be base64"),
    "base64 cut short": ([{"image": {"format": "png", "source": {"bytes": "iVBOR"}}}], "be base64"),
    "bytes that are a number": ([{"image": {"format": "png", "source": {"bytes": 1}}}], "be a string"),
    "too large an image": ([image(data=BEGINNINGS["png"] + bytes(MAX_IMAGE_BYTES - 7))], "3.75 MB is the most"),
    "too many images": ([image()] * 21, "has 21 images, and 20 is the most"),
    "too large a document": ([TEXT, document(data=bytes(MAX_DOCUMENT_BYTES + 1))], "4.5 MB is the most"),
    "too many documents": ([TEXT, *(document(str(number)) for number in range(6))], "has 6 documents, and 5"),
    "a document alone": ([document()], "must also have a text block"),
    "two documents of one name": ([TEXT, document(), document()], "Two documents have the name 'report'"),
    "a document's extension": ([TEXT, document("report.pdf")], "The document file name can only contain"),
    "two spaces": ([TEXT, document("a  b")], "more than one consecutive whitespace"),
    "a wide space": ([TEXT, document("a\u3000b")], "The document file name can only contain"),
    "no name": ([TEXT, document("")], "document.name' .* regular expression"),
    "too long a name": ([TEXT, document("x" * 201)], "less than or equal to 200"),
    "another format": ([TEXT, document(format="json")], r"document.format' .* \[pdf, csv,"),
    "a document without a source": ([TEXT, document(source={})], "DocumentSource object at .* must set one"),
    "a user's call of a tool": ([use()], "messages.0.content has a kind that the role user can't have"),
    "a user's thought": ([thought(text="hm")], "the role user can't have"),
}


@pytest.mark.parametrize(("blocks", "words"), WRONG_BLOCKS.values(), ids=WRONG_BLOCKS)
def test_wrong_blocks(blocks: list[Any], words: str) -> None:
    """Each is refused with a sentence that says where."""
    with pytest.raises(ValidationError, match=words):
        parse_messages([user(*blocks)])


WRONG_ANSWERS: dict[str, tuple[dict[str, Any], str]] = {
    "an image of the model's": (image(), "messages.1.content has a kind that the role assistant can't have"),
    "a document of the model's": (document(), "the role assistant can't have"),
    "a result of the model's": (result(TEXT), "the role assistant can't have"),
    "no id": ({"toolUse": {"name": "find", "input": {}}}, "toolUseId' .* be a string"),
    "an empty id": (use(toolUseId=""), "toolUseId' .* regular expression"),
    "an id with a slash": (use(toolUseId="a/b"), "toolUseId' .* regular expression"),
    "too long an id": (use(toolUseId="x" * 65), "less than or equal to 64"),
    "a name with a dot": (use(name="a.b"), "toolUse.name' .* regular expression"),
    "an input that is text": (use(input="{}"), "messages.1.content.0.toolUse.input is invalid. Provide a json object"),
    "a thought without text": (thought(), "reasoningText.text' .* be a string"),
    "a signature that is none": (thought(text="hm", signature=1), "reasoningText.signature' .* be a string"),
    "a thought of another kind": ({"reasoningContent": {"text": "hm"}}, "ReasoningContentBlock object at .* must set"),
}


@pytest.mark.parametrize(("block", "words"), WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
def test_wrong_blocks_of_the_model(block: dict[str, Any], words: str) -> None:
    """A client that tells its history must tell it right."""
    with pytest.raises(ValidationError, match=words):
        parse_messages([user(TEXT), assistant(block)])


WRONG_RESULTS: dict[str, tuple[dict[str, Any], str]] = {
    "another status": (result(TEXT, status="failed"), r"toolResult.status' .* \[success, error\]"),
    "an error without content": (result(status="error"), "toolResult cannot be empty when status value is error"),
    "content that is text": ({"toolResult": {"toolUseId": "t1", "content": "x"}}, "content' .* be a list"),
    "json that is a list": (result({"json": [1]}), "content.0.json is invalid. Provide a json object"),
    "text that is a number": (result({"text": 1}), "content.0.text' .* be a string"),
    "another kind": (result({"toolUse": {}}), "ToolResultContentBlock object at .* must set one"),
    "a wrong image": (result(image("gif")), "does not match the specified image format: gif"),
    "no id": ({"toolResult": {"content": []}}, "toolResult.toolUseId' .* be a string"),
    "the name of another document": (result(document("first")), "Two documents have the name 'first'"),
}


@pytest.mark.parametrize(("block", "words"), WRONG_RESULTS.values(), ids=WRONG_RESULTS)
def test_wrong_results(block: dict[str, Any], words: str) -> None:
    """Of a tool."""
    with pytest.raises(ValidationError, match=words):
        parse_messages([user(TEXT, document("first")), assistant(use()), user(block)])
