"""The operator's settings."""

import json
from typing import Any

import pytest

from bedrock_chat.capabilities import Capabilities
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
        client_system_prompt=False,
        interfaces=frozenset({"openai", "ai-sdk"}),
        capabilities={},
    )


def test_every_setting_is_read() -> None:
    """The default model is always allowed; blanks around ids don't count."""
    environment = {
        **MODEL,
        "BEDROCK_CHAT_ALLOWED_MODEL_IDS": "a, b,,",
        "BEDROCK_CHAT_MAX_TOKENS": "5",
        "BEDROCK_CHAT_MAX_INPUT_BYTES": "1000",
        "BEDROCK_CHAT_SYSTEM_PROMPT": "Be brief.",
        "BEDROCK_CHAT_CLIENT_SYSTEM_PROMPT": "true",
        "BEDROCK_CHAT_INTERFACES": " page,openai",
        "BEDROCK_CHAT_CAPABILITIES": json.dumps({"a": {"images": False}}),
        "BEDROCK_CHAT_CLIENT": "boto3",
        "BEDROCK_CHAT_CALL_PARAMETERS": json.dumps({"serviceTier": {"type": "flex"}}),
    }
    settings = Settings.from_environment(environment)
    assert settings.allowed_model_ids == {"amazon.nova-lite-v1:0", "a", "b"}
    assert (settings.max_tokens, settings.max_input_bytes, settings.system_prompt) == (5, 1000, "Be brief.")
    assert settings.client_system_prompt
    assert settings.interfaces == {"page", "openai"}
    assert settings.capabilities == {"a": Capabilities(images=False)}
    assert settings.client == "boto3"
    assert settings.call_parameters == {"serviceTier": {"type": "flex"}}


def test_interfaces_can_be_turned_off() -> None:
    """By naming none."""
    assert Settings.from_environment({**MODEL, "BEDROCK_CHAT_INTERFACES": ""}).interfaces == frozenset()


def test_a_client_has_no_system_prompt_unless_it_is_let() -> None:
    """Written out or not."""
    assert not Settings.from_environment({**MODEL, "BEDROCK_CHAT_CLIENT_SYSTEM_PROMPT": "false"}).client_system_prompt


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "BEDROCK_CHAT_MODEL_ID is not set"),
        ({"BEDROCK_CHAT_MODEL_ID": " "}, "BEDROCK_CHAT_MODEL_ID is not set"),
        ({**MODEL, "BEDROCK_CHAT_MAX_TOKENS": "many"}, "BEDROCK_CHAT_MAX_TOKENS must be .* not 'many'"),
        ({**MODEL, "BEDROCK_CHAT_CLIENT": "curl"}, "BEDROCK_CHAT_CLIENT must be one of native, boto3, not 'curl'"),
        ({**MODEL, "BEDROCK_CHAT_MAX_TOKENS": "0"}, "BEDROCK_CHAT_MAX_TOKENS must be"),
        ({**MODEL, "BEDROCK_CHAT_MAX_INPUT_BYTES": "-1"}, "BEDROCK_CHAT_MAX_INPUT_BYTES must be"),
        ({**MODEL, "BEDROCK_CHAT_MAX_INPUT_BYTES": ""}, "BEDROCK_CHAT_MAX_INPUT_BYTES must be"),
        (
            {**MODEL, "BEDROCK_CHAT_CLIENT_SYSTEM_PROMPT": "True"},
            "CLIENT_SYSTEM_PROMPT must be true or false, not 'True'",
        ),
        ({**MODEL, "BEDROCK_CHAT_INTERFACES": "openai,web"}, "INTERFACES may name openai, ai-sdk, page, not 'web'"),
    ],
)
def test_a_wrong_variable_is_named(environment: dict[str, str], message: str) -> None:
    """The operator reads it in the function's log."""
    with pytest.raises(SettingsError, match=message):
        Settings.from_environment(environment)


def with_capabilities(capabilities: Any) -> Settings:
    text = capabilities if isinstance(capabilities, str) else json.dumps(capabilities)
    return Settings.from_environment(
        {**MODEL, "BEDROCK_CHAT_ALLOWED_MODEL_IDS": "other", "BEDROCK_CHAT_CAPABILITIES": text}
    )


def test_capabilities_by_model() -> None:
    """What isn't said of a model is what the defaults say."""
    effort = {"low": {"reasoning_effort": "low"}, "none": {}}
    described = {
        "images": False,
        "documents": False,
        "tools": False,
        "json_schema": "native",
        "reasoning_effort": effort,
        "default_reasoning_effort": "none",
        "prompt_caching": ["messages", "system", "tools"],
        "prompt_cache_ttl": "1h",
    }
    settings = with_capabilities({"amazon.nova-lite-v1:0": described, "other": {}})
    assert settings.capabilities_of("amazon.nova-lite-v1:0") == Capabilities(
        images=False, documents=False, tools=False, json_schema="native", reasoning_effort=effort,
        default_reasoning_effort="none", prompt_caching=["messages", "system", "tools"], prompt_cache_ttl="1h",
    )  # fmt: skip
    assert settings.capabilities_of("other") == settings.capabilities_of("not mentioned") == Capabilities()
    defaults = Capabilities()
    assert (defaults.images, defaults.documents, defaults.tools) == (True, True, True)
    assert (defaults.json_schema, dict(defaults.reasoning_effort)) == ("unsupported", {})
    assert (defaults.default_reasoning_effort, defaults.prompt_caching, defaults.prompt_cache_ttl) == (None, (), None)


@pytest.mark.parametrize("name", Capabilities._fields)
def test_every_capability_can_be_said(name: str) -> None:
    """None that the application knows is refused as unknown."""
    said = getattr(Capabilities(reasoning_effort={}, prompt_caching=[]), name)
    assert getattr(with_capabilities({"other": {name: said}}).capabilities_of("other"), name) == said


@pytest.mark.parametrize(
    ("capabilities", "message"),
    [
        ("", "BEDROCK_CHAT_CAPABILITIES is not JSON: "),
        ("{", "BEDROCK_CHAT_CAPABILITIES is not JSON: "),
        ("[]", r"BEDROCK_CHAT_CAPABILITIES must be a JSON object with a field for each model, not '\[\]'"),
        ({"othr": {}}, "names the model 'othr'; the models here are amazon.nova-lite-v1:0, other"),
        ({"other": True}, "CAPABILITIES: model other must have an object of what it can do, not True"),
        ({"other": {"image": True}}, "model other has the unknown field 'image'; known are images, documents, tools, "),
        ({"other": {"images": "true"}}, "model other has images 'true'; it must be true or false"),
        ({"other": {"documents": 1}}, "model other has documents 1; it must be true or false"),
        ({"other": {"tools": None}}, "model other has tools None; it must be true or false"),
        ({"other": {"json_schema": "yes"}}, "has json_schema 'yes'; it must be one of native, tool, unsupported"),
        ({"other": {"json_schema": ["tool"]}}, "it must be one of native, tool, unsupported"),
        (
            {"other": {"reasoning_effort": ["low"]}},
            "it must be an object that holds an object of fields for each effort",
        ),
        (
            {"other": {"reasoning_effort": {"low": "low"}}},
            "model other has reasoning_effort {'low': 'low'}; it must be an",
        ),
        (
            {"other": {"reasoning_effort": {"low": {}, "high": {}}, "default_reasoning_effort": "max"}},
            "model other has default_reasoning_effort 'max'; its reasoning_effort has low, high",
        ),
        (
            {"other": {"default_reasoning_effort": "low"}},
            "default_reasoning_effort 'low'; its reasoning_effort has none",
        ),
        ({"other": {"default_reasoning_effort": ["low"]}}, "default_reasoning_effort .* it must be a text, or null"),
        ({"other": {"prompt_caching": True}}, "has prompt_caching True; it must be a list of some of system, tools, "),
        ({"other": {"prompt_caching": ["all"]}}, "it must be a list of some of system, tools, messages"),
        ({"other": {"prompt_cache_ttl": "2h"}}, "has prompt_cache_ttl '2h'; it must be one of 5m, 1h, or null"),
    ],
)
def test_wrong_capabilities_are_named(capabilities: Any, message: str) -> None:
    """With the model, the field and what it must be."""
    with pytest.raises(SettingsError, match=message):
        with_capabilities(capabilities)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ("{", "BEDROCK_CHAT_CALL_PARAMETERS is not JSON: "),
        (
            "[1]",
            r"BEDROCK_CHAT_CALL_PARAMETERS must be a JSON object with objects named guardrailConfig, .* not '\[1\]'",
        ),
        ('{"modelId": {}}', "CALL_PARAMETERS has the unknown field 'modelId'; known are guardrailConfig, "),
        ('{"serviceTier": "flex"}', "CALL_PARAMETERS has serviceTier 'flex'; it must be an object"),
    ],
)
def test_wrong_call_parameters_are_named(parameters: str, message: str) -> None:
    """What a request or another setting decides is none of them."""
    with pytest.raises(SettingsError, match=message):
        Settings.from_environment({**MODEL, "BEDROCK_CHAT_CALL_PARAMETERS": parameters})
