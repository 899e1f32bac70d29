"""OpenAI's terms for why an answer ended, what it cost, and what went wrong.

Source: platform.openai.com/docs/api-reference/chat/object
"""

from typing import TYPE_CHECKING, Any

from bedrock_chat import stop_reasons

if TYPE_CHECKING:
    from bedrock_chat.events import Usage


def finish_reason(stop_reason: str) -> str:
    """OpenAI's word for one of Bedrock's stop reasons; one that isn't known yet is a plain end.

    Raises:
        ModelFailed: the model wrote what can't be read, for which OpenAI has no word.
    """
    return stop_reasons.finish_reason(stop_reason, "stop").replace("-", "_")


def usage(event: "Usage") -> dict[str, Any]:
    """The cost in tokens. Bedrock counts what the prompt cache held beside the input; OpenAI counts it in.

    Source: docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
    """
    prompt = event.whole_input_tokens
    counts: dict[str, Any] = {
        "prompt_tokens": prompt,
        "completion_tokens": event.output_tokens,
        "total_tokens": prompt + event.output_tokens,
    }
    if event.cache_read_tokens or event.cache_write_tokens:
        counts["prompt_tokens_details"] = {
            "cached_tokens": event.cache_read_tokens,
            "cache_write_tokens": event.cache_write_tokens,
        }
    return counts
