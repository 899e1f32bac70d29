"""The operator's settings."""

import pytest

from bedrock_chat.errors import SettingsError
from bedrock_chat.settings import Settings

MODEL = {"BEDROCK_CHAT_MODEL_ID": "amazon.nova-lite-v1:0"}


def test_only_the_model_must_be_set() -> None:
    """Everything else has a default."""
    assert Settings.from_environment(MODEL) == Settings(
        model_id="amazon.nova-lite-v1:0",
        allowed_model_ids=frozenset({"amazon.nova-lite-v1:0"}),
        max_tokens=2048,
        max_input_bytes=262_144,
        system_prompt=None,
    )


def test_every_setting_is_read() -> None:
    """The default model is always allowed; blanks around ids don't count."""
    environment = {
        **MODEL,
        "BEDROCK_CHAT_ALLOWED_MODEL_IDS": "a, b,,",
        "BEDROCK_CHAT_MAX_TOKENS": "5",
        "BEDROCK_CHAT_MAX_INPUT_BYTES": "1000",
        "BEDROCK_CHAT_SYSTEM_PROMPT": "Be brief.",
    }
    settings = Settings.from_environment(environment)
    assert settings.allowed_model_ids == {"amazon.nova-lite-v1:0", "a", "b"}
    assert (settings.max_tokens, settings.max_input_bytes, settings.system_prompt) == (5, 1000, "Be brief.")


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "BEDROCK_CHAT_MODEL_ID is not set"),
        ({"BEDROCK_CHAT_MODEL_ID": " "}, "BEDROCK_CHAT_MODEL_ID is not set"),
        ({**MODEL, "BEDROCK_CHAT_MAX_TOKENS": "many"}, "BEDROCK_CHAT_MAX_TOKENS must be .* not 'many'"),
        ({**MODEL, "BEDROCK_CHAT_MAX_TOKENS": "0"}, "BEDROCK_CHAT_MAX_TOKENS must be"),
        ({**MODEL, "BEDROCK_CHAT_MAX_INPUT_BYTES": "-1"}, "BEDROCK_CHAT_MAX_INPUT_BYTES must be"),
        ({**MODEL, "BEDROCK_CHAT_MAX_INPUT_BYTES": ""}, "BEDROCK_CHAT_MAX_INPUT_BYTES must be"),
    ],
)
def test_a_wrong_variable_is_named(environment: dict[str, str], message: str) -> None:
    """The operator reads it in the function's log."""
    with pytest.raises(SettingsError, match=message):
        Settings.from_environment(environment)
