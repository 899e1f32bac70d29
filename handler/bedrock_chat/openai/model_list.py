"""The models that are offered, as OpenAI describes models.

Source: platform.openai.com/docs/api-reference/models
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

# Before the provider in the id of an inference profile; the other geographies have two letters.
LONG_GEOGRAPHIES = ("apac", "global", "us-gov")
TWO_LETTERS = 2


def model_list(model_ids: "Iterable[str]") -> dict[str, Any]:
    """The list, in the order of the ids."""
    return {"object": "list", "data": [model_card(model_id) for model_id in sorted(model_ids)]}


def model_card(model_id: str) -> dict[str, Any]:
    """One model. Bedrock doesn't say when it was made, so `created` is 0."""
    return {"id": model_id, "object": "model", "created": 0, "owned_by": provider(model_id)}


def provider(model_id: str) -> str:
    """Who made the model, where its id or ARN says so."""
    first, dot, rest = model_id.rpartition("/")[2].partition(".")
    if dot and (first in LONG_GEOGRAPHIES or len(first) == TWO_LETTERS):
        first = rest.partition(".")[0]
    return first if dot else "bedrock"
