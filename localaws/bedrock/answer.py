"""The text that the stand-in generates, cut into tokens. No I/O."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from localaws.bedrock.request import Converse

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


@dataclass(frozen=True, slots=True)
class Answer:
    """Tokens, and why no more of them follow."""

    tokens: tuple[str, ...]
    stop_reason: str


def answer_to(request: Converse) -> Answer:
    """Return what a request asks for: JSON that fits its schema, else so many tokens of the demonstration."""
    if request.json_text is not None:
        return said(request, request.json_text)
    wanted = request.directive.tokens
    return _within_limits(request, tokens(wanted), len(DEFAULT_TOKENS) if wanted is None else wanted)


def said(request: Converse, text: str) -> Answer:
    """Return a text, as far as the request's limits let it be said."""
    pieces = cut(text)
    return _within_limits(request, pieces, len(pieces))


def cut(text: str) -> list[str]:
    """Return the tokens of a text."""
    return TOKEN.findall(text)


def _within_limits(request: Converse, generated: Iterable[str], full: int) -> Answer:
    """Return never more than maxTokens, and nothing from the first stop sequence on."""
    count = full if request.max_tokens is None else min(full, request.max_tokens)
    kept = tuple(itertools.islice(generated, count))
    stop = None if request.directive.stamp else _find_first("".join(kept), request.stop_sequences)
    if stop is not None:
        return Answer(tuple(_head(kept, stop)), "stop_sequence")
    return Answer(kept, "max_tokens" if count < full else "end_turn")


def tokens(count: int | None) -> Iterator[str]:
    """Yield the demonstration's tokens: all of them once, or `count` of them round and round."""
    if count is None:
        return iter(DEFAULT_TOKENS)
    again = itertools.chain(DEFAULT_TOKENS, itertools.cycle((f" {DEFAULT_TOKENS[0]}", *DEFAULT_TOKENS[1:])))
    return itertools.islice(again, count)


def _find_first(text: str, sequences: Iterable[str]) -> int | None:
    starts = [start for sequence in sequences if (start := text.find(sequence)) >= 0]
    return min(starts, default=None)


def _head(pieces: Iterable[str], length: int) -> Iterator[str]:
    """Yield the pieces up to so many characters, the last one cut."""
    for piece in pieces:
        if length <= 0:
            return
        yield piece[:length]
        length -= len(piece)
