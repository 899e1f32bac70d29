"""The answers that come to their end: text, thoughts, calls of tools, and texts for looking at. No I/O.

Each is a function from the request to the steps of a stream; scenarios.py gives them their model ids.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from localaws.bedrock.answer import DEFAULT_TOKENS, Answer, answer_to, cut, said
from localaws.bedrock.blocks import Block, text_block
from localaws.bedrock.guarded import message
from localaws.bedrock.tools import Tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from localaws.bedrock.content import ToolResult
    from localaws.bedrock.request import Converse
    from localaws.bedrock.steps import Step

SLOW_MS = 2_500.0
TEN = DEFAULT_TOKENS[:10]
THOUGHTS = ("The question", " is about", " streaming,", " so I explain", " tokens.")
SIGNATURE = "c3RhbmQtaW4gc2lnbmF0dXJl"
WEATHER = Tool("get_weather", {"city": "Prague", "days": 2})
BEFORE_TOOLS = "I ask the tools that I have."
CACHE_READ_TOKENS = 1024
CACHE_WRITE_TOKENS = 256
ECHO_PIECE_CHARACTERS = 40
CITATIONS = (
    {
        "title": "Streaming",
        "sourceContent": [{"text": "A streamed answer does not wait to be finished."}],
        "location": {"documentChar": {"documentIndex": 0, "start": 0, "end": 47}},
    },
    {
        "title": "Response streaming",
        "sourceContent": [{"text": "Nothing is collected on the way."}],
        "location": {"web": {"url": "https://example.com/streaming", "domain": "example.com"}},
    },
)


def answers(request: Converse) -> Iterator[Step]:
    """Answer in full, or call the tool that must be called."""
    return _answer(request)


def slow_first_token(request: Converse) -> Iterator[Step]:
    """Answer in full, but think for long before the first token."""
    return _answer(request, SLOW_MS)


def cached(request: Converse) -> Iterator[Step]:
    """Answer in full, with a part of the prompt read from the cache and a part written to it."""
    counts = {"cacheReadInputTokens": CACHE_READ_TOKENS, "cacheWriteInputTokens": CACHE_WRITE_TOKENS}
    return _answer(request, **counts)


def reasoning(request: Converse) -> Iterator[Step]:
    """Think aloud and sign it, in a block of its own, then answer in full or call the tool that must be called."""
    thoughts = Block(
        (
            *({"reasoningContent": {"text": thought}} for thought in THOUGHTS),
            {"reasoningContent": {"signature": SIGNATURE}},
        )
    )
    block, stop_reason = _main_block(request)
    return message(request, [thoughts, block], stop_reason)


def tool_use(request: Converse) -> Iterator[Step]:
    """Call the first tool, its input in fragments that are no JSON each; after a tool's result, quote that."""
    if request.tool_results:
        answer = said(request, quoted(request.tool_results))
        return message(request, [text_block(answer.tokens)], answer.stop_reason)
    config = request.tool_config
    block, stop_reason = _call(request, config.forced or next(iter(config.tools), WEATHER))
    return message(request, [block], stop_reason)


def every_tool(request: Converse) -> Iterator[Step]:
    """Say something, then call every tool, each in a block of its own; after the results, quote them."""
    if request.tool_results:
        return tool_use(request)
    tools = request.tool_config.tools or (WEATHER, WEATHER)
    calls = [_call(request, tool, number)[0] for number, tool in enumerate(tools)]
    return message(request, [text_block(cut(BEFORE_TOOLS)), *calls], "tool_use")


def citations(request: Converse) -> Iterator[Step]:
    """Answer in full, and name two sources for it: one in a document, one on the web."""
    answer = answer_to(request)
    cited = tuple({"citation": citation} for citation in CITATIONS)
    return message(request, [Block((*text_block(answer.tokens).deltas, *cited))], answer.stop_reason)


def echo(request: Converse) -> Iterator[Step]:
    """Answer with a description of the request, whole whatever the request's limits are."""
    text, size = request.description, ECHO_PIECE_CHARACTERS
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    return message(request, [text_block(pieces)], "end_turn")


def says(text: str) -> Callable[[Converse], Iterator[Step]]:
    """Return a scenario that answers with a text."""

    def steps(request: Converse) -> Iterator[Step]:
        answer = said(request, text)
        return message(request, [text_block(answer.tokens)], answer.stop_reason)

    return steps


def stops_with(reason: str) -> Callable[[Converse], Iterator[Step]]:
    """Return a scenario that sends some tokens and stops for a reason of its own."""
    return lambda request: message(request, [text_block(TEN)], reason)


def quoted(results: tuple[ToolResult, ...]) -> str:
    """Return a sentence for each result of a tool."""
    return " ".join(
        f"The tool {'failed and ' if result.failed else ''}said: {' '.join(result.texts) or 'nothing'}"
        for result in results
    )


def _answer(request: Converse, first_ms: float | None = None, **usage: int) -> Iterator[Step]:
    block, stop_reason = _main_block(request)
    return message(request, [block], stop_reason, first_ms, **usage)


def _main_block(request: Converse) -> tuple[Block, str]:
    if request.tool_config.forced:
        return _call(request, request.tool_config.forced)
    answer = answer_to(request)
    return text_block(answer.tokens), answer.stop_reason


def _call(request: Converse, tool: Tool, number: int = 0) -> tuple[Block, str]:
    """Return the call of a tool: at most maxTokens fragments of its input, and then the reason is that."""
    answer: Answer = said(request, json.dumps(tool.input, ensure_ascii=False))
    reason = "tool_use" if answer.stop_reason == "end_turn" else answer.stop_reason
    fragments = tuple({"toolUse": {"input": token}} for token in answer.tokens)
    return Block(fragments, {"toolUse": {"toolUseId": _tool_use_id(request, number), "name": tool.name}}), reason


def _tool_use_id(request: Converse, number: int) -> str:
    """Return an id that no earlier call in the conversation has, and the same each time."""
    return f"tooluse_standin{request.tool_calls + number:015}"
