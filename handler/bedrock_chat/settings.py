"""The operator's settings, from the environment."""

from typing import TYPE_CHECKING, NamedTuple

from bedrock_chat.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "BEDROCK_CHAT_"
DEFAULT_MAX_TOKENS = 2048
DEFAULT_MAX_INPUT_BYTES = 262_144


class Settings(NamedTuple):
    """What a client can't change.

    Attributes:
        model_id: The model that answers when a request names none.
        allowed_model_ids: Every model that a request may name, the default one included.
        max_tokens: The longest answer that a request may ask for, in tokens.
        max_input_bytes: The longest body that a request may have.
        system_prompt: Sent with every request, or None.
    """

    model_id: str
    allowed_model_ids: frozenset[str]
    max_tokens: int = DEFAULT_MAX_TOKENS
    max_input_bytes: int = DEFAULT_MAX_INPUT_BYTES
    system_prompt: str | None = None

    @classmethod
    def from_environment(cls, environment: "Mapping[str, str]") -> "Settings":
        """The settings that the `BEDROCK_CHAT_*` variables give.

        Raises:
            SettingsError: a variable is missing or wrong; the message names it.
        """
        model_id = environment.get(f"{PREFIX}MODEL_ID", "").strip()
        if not model_id:
            raise SettingsError(f"{PREFIX}MODEL_ID is not set: it names the Bedrock model that answers")
        others = environment.get(f"{PREFIX}ALLOWED_MODEL_IDS", "").split(",")
        return cls(
            model_id=model_id,
            allowed_model_ids=frozenset({model_id, *(other.strip() for other in others if other.strip())}),
            max_tokens=_positive(environment, "MAX_TOKENS", DEFAULT_MAX_TOKENS),
            max_input_bytes=_positive(environment, "MAX_INPUT_BYTES", DEFAULT_MAX_INPUT_BYTES),
            system_prompt=environment.get(f"{PREFIX}SYSTEM_PROMPT", "").strip() or None,
        )


def _positive(environment: "Mapping[str, str]", name: str, default: int) -> int:
    text = environment.get(PREFIX + name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise SettingsError(f"{PREFIX}{name} must be a whole number above 0, not {text!r}")
    return int(text)
