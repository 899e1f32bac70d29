"""The text that the stand-in generates, cut into tokens. No I/O."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = (
    "A streamed answer does not wait to be finished. The model produces one token after another, and each is sent "
    "the moment it exists: Bedrock frames it, the function decodes the frame and writes a chunk, Lambda passes the "
    "chunk on, and your screen shows it a few milliseconds later. Nothing is collected on the way. You begin to read "
    "after the first token instead of after the last, so an answer that takes five seconds feels immediate. "
    "It works in any script (čeština, 日本語, Ελληνικά), because a character is never cut in two, and it "
    "ends with the numbers that you pay for. Ask again: nothing here leaves your machine. 🙂"
)
TOKEN = re.compile(r"\s*\w{1,8}|\s*\W")
DEFAULT_TOKENS = tuple(TOKEN.findall(TEXT))


def tokens(count: int | None) -> Iterator[str]:
    """Yield the demonstration's tokens: all of them once, or `count` of them round and round."""
    if count is None:
        return iter(DEFAULT_TOKENS)
    again = itertools.chain(DEFAULT_TOKENS, itertools.cycle((f" {DEFAULT_TOKENS[0]}", *DEFAULT_TOKENS[1:])))
    return itertools.islice(again, count)
