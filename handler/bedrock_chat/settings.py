"""The operator's settings, from the environment."""

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from bedrock_chat.capabilities import CACHE_TTLS, CACHEABLE, JSON_SCHEMA_MODES, Capabilities
from bedrock_chat.errors import SettingsError
from bedrock_chat.fields import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from bedrock_chat.privacy.settings import Redaction

PREFIX = "BEDROCK_CHAT_"
DEFAULT_MAX_TOKENS = 2048
DEFAULT_MAX_INPUT_BYTES = 262_144
DEFAULT_PROMPT_KEY = "system.md"
DEFAULT_PROMPT_REFRESH_SECONDS = 60
DEFAULT_HISTORY_TTL_DAYS = 30
DEFAULT_HISTORY_CONTEXT_TOKENS = 8000

OPENAI = "openai"
AI_SDK = "ai-sdk"
PAGE = "page"
INTERFACES = (OPENAI, AI_SDK, PAGE)
NATIVE = "native"
BOTO3 = "boto3"
CLIENTS = (NATIVE, BOTO3)
DEFAULT_INTERFACES = frozenset({OPENAI, AI_SDK})

# What of ConverseStream's parameters is the operator's alone; each is an object.
CALL_PARAMETERS = ("guardrailConfig", "performanceConfig", "requestMetadata", "serviceTier")


class Settings(NamedTuple):
    """What a client can't change.

    Attributes:
        model_id: The model that answers when a request names none.
        allowed_model_ids: Every model that a request may name, the default one included.
        max_tokens: The longest answer that a request may ask for, in tokens.
        max_input_bytes: The longest body that a request may have.
        system_prompt: Sent with every request, or None.
        client_system_prompt: Whether a client may add instructions of its own after that prompt.
        interfaces: Which of INTERFACES are served besides `/chat`.
        capabilities: What each model can do, where it isn't what the defaults say.
        client: Who calls Bedrock, one of CLIENTS.
        redaction: How personal data is kept from the model; None lets it through.
        prompt_bucket: The S3 bucket that has the system prompt, or None; `system_prompt` serves while it can't be read.
        prompt_key: The object there.
        prompt_refresh_seconds: For how many seconds it is used without a look whether it has changed.
        history_table: The DynamoDB table that conversations are kept in, or None.
        history_ttl_days: For how many days a message is kept.
        history_key: ARN of the KMS key that encrypts what stands for personal data there; only redaction needs it.
        history_context_tokens: How much of a conversation the model is told again with a new message.
        call_parameters: What every call of Bedrock has besides, of CALL_PARAMETERS.
    """

    model_id: str
    allowed_model_ids: frozenset[str]
    max_tokens: int = DEFAULT_MAX_TOKENS
    max_input_bytes: int = DEFAULT_MAX_INPUT_BYTES
    system_prompt: str | None = None
    client_system_prompt: bool = False
    interfaces: frozenset[str] = DEFAULT_INTERFACES
    capabilities: "Mapping[str, Capabilities]" = MappingProxyType({})
    client: str = NATIVE
    redaction: "Redaction | None" = None
    prompt_bucket: str | None = None
    prompt_key: str = DEFAULT_PROMPT_KEY
    prompt_refresh_seconds: int = DEFAULT_PROMPT_REFRESH_SECONDS
    history_table: str | None = None
    history_key: str | None = None
    history_ttl_days: int = DEFAULT_HISTORY_TTL_DAYS
    history_context_tokens: int = DEFAULT_HISTORY_CONTEXT_TOKENS
    call_parameters: "Mapping[str, Any]" = MappingProxyType({})

    @classmethod
    def from_environment(cls, environment: "Mapping[str, str]") -> "Settings":
        """The settings that the `BEDROCK_CHAT_*` variables give.

        Raises:
            SettingsError: a variable is missing or wrong; the message names it.
        """
        model_id = environment.get(f"{PREFIX}MODEL_ID", "").strip()
        if not model_id:
            raise SettingsError(f"{PREFIX}MODEL_ID is not set: it names the Bedrock model that answers")
        model_ids = frozenset({model_id, *_names(environment.get(f"{PREFIX}ALLOWED_MODEL_IDS", ""))})
        return cls(
            model_id=model_id,
            allowed_model_ids=model_ids,
            max_tokens=_positive(environment, "MAX_TOKENS", DEFAULT_MAX_TOKENS),
            max_input_bytes=_positive(environment, "MAX_INPUT_BYTES", DEFAULT_MAX_INPUT_BYTES),
            system_prompt=environment.get(f"{PREFIX}SYSTEM_PROMPT", "").strip() or None,
            client_system_prompt=_flag(environment, "CLIENT_SYSTEM_PROMPT"),
            interfaces=_interfaces(environment.get(f"{PREFIX}INTERFACES")),
            capabilities=_capabilities(environment.get(f"{PREFIX}CAPABILITIES"), model_ids),
            client=_client(environment.get(f"{PREFIX}CLIENT", NATIVE)),
            redaction=_redaction(environment.get(f"{PREFIX}REDACTION")),
            prompt_bucket=environment.get(f"{PREFIX}PROMPT_BUCKET", "").strip() or None,
            prompt_key=environment.get(f"{PREFIX}PROMPT_KEY") or DEFAULT_PROMPT_KEY,
            prompt_refresh_seconds=_positive(environment, "PROMPT_REFRESH_SECONDS", DEFAULT_PROMPT_REFRESH_SECONDS),
            history_table=environment.get(f"{PREFIX}HISTORY_TABLE", "").strip() or None,
            history_key=environment.get(f"{PREFIX}HISTORY_KEY", "").strip() or None,
            history_ttl_days=_positive(environment, "HISTORY_TTL_DAYS", DEFAULT_HISTORY_TTL_DAYS),
            history_context_tokens=_positive(environment, "HISTORY_CONTEXT_TOKENS", DEFAULT_HISTORY_CONTEXT_TOKENS),
            call_parameters=_call_parameters(environment.get(f"{PREFIX}CALL_PARAMETERS")),
        )

    def capabilities_of(self, model_id: str) -> Capabilities:
        """What the operator says that a model can do."""
        return self.capabilities.get(model_id, Capabilities())


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _positive(environment: "Mapping[str, str]", name: str, default: int) -> int:
    text = environment.get(PREFIX + name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise SettingsError(f"{PREFIX}{name} must be a whole number above 0, not {text!r}")
    return int(text)


def _flag(environment: "Mapping[str, str]", name: str) -> bool:
    text = environment.get(PREFIX + name, "false")
    if text not in ("true", "false"):
        raise SettingsError(f"{PREFIX}{name} must be true or false, not {text!r}")
    return text == "true"


def _interfaces(text: str | None) -> frozenset[str]:
    if text is None:
        return DEFAULT_INTERFACES
    names = frozenset(_names(text))
    if unknown := sorted(names.difference(INTERFACES)):
        raise SettingsError(f"{PREFIX}INTERFACES may name {', '.join(INTERFACES)}, not {unknown[0]!r}")
    return names


def _client(name: str) -> str:
    if name not in CLIENTS:
        raise SettingsError(f"{PREFIX}CLIENT must be one of {', '.join(CLIENTS)}, not {name!r}")
    return name


def _redaction(text: str | None) -> "Redaction | None":
    if text is None:
        return None
    from bedrock_chat.privacy.settings import parse_redaction  # noqa: PLC0415 - most functions redact nothing

    return parse_redaction(text, f"{PREFIX}REDACTION")


def _call_parameters(text: str | None) -> "Mapping[str, Any]":
    if text is None:
        return {}
    known = ", ".join(CALL_PARAMETERS)
    parameters = _object(text, "CALL_PARAMETERS", f"objects named {known}")
    for name, value in parameters.items():
        if name not in CALL_PARAMETERS:
            raise SettingsError(f"{PREFIX}CALL_PARAMETERS has the unknown field {name!r}; known are {known}")
        if not isinstance(value, dict):
            raise SettingsError(f"{PREFIX}CALL_PARAMETERS has {name} {shown(value)}; it must be an object")
    return parameters


def _object(text: str, name: str, members: str) -> "dict[str, Any]":
    """The JSON object in the variable `name`."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise SettingsError(f"{PREFIX}{name} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise SettingsError(f"{PREFIX}{name} must be a JSON object with {members}, not {shown(text)}")
    return document


def _capabilities(text: str | None, model_ids: frozenset[str]) -> "Mapping[str, Capabilities]":
    if text is None:
        return {}
    document = _object(text, "CAPABILITIES", "a field for each model")
    # A model that no request can name is a misspelt one, whose capabilities would do nothing.
    if unknown := sorted(document.keys() - model_ids):
        named = ", ".join(sorted(model_ids))
        raise SettingsError(f"{PREFIX}CAPABILITIES names the model {unknown[0]!r}; the models here are {named}")
    return {model_id: _capabilities_of(model_id, described) for model_id, described in document.items()}


def _capabilities_of(model_id: str, described: object) -> Capabilities:
    where = f"{PREFIX}CAPABILITIES: model {model_id}"
    if not isinstance(described, dict):
        raise SettingsError(f"{where} must have an object of what it can do, not {shown(described)}")
    if unknown := sorted(described.keys() - _CAPABILITY_FORMS.keys()):
        known = ", ".join(_CAPABILITY_FORMS)
        raise SettingsError(f"{where} has the unknown field {unknown[0]!r}; known are {known}")
    for name, value in described.items():
        form, fits = _CAPABILITY_FORMS[name]
        if not fits(value):
            raise SettingsError(f"{where} has {name} {shown(value)}; it must be {form}")
    capabilities = Capabilities(**described)
    effort = capabilities.default_reasoning_effort
    if effort is not None and effort not in capabilities.reasoning_effort:
        offered = ", ".join(capabilities.reasoning_effort) or "none"
        raise SettingsError(f"{where} has default_reasoning_effort {effort!r}; its reasoning_effort has {offered}")
    return capabilities


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_mode(value: object) -> bool:
    return value in JSON_SCHEMA_MODES


def _holds_objects(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(added, dict) for added in value.values())


def _is_text_or_null(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_ttl(value: object) -> bool:
    return value is None or value in CACHE_TTLS


def _are_cacheable(value: object) -> bool:
    return isinstance(value, list) and all(part in CACHEABLE for part in value)


_FLAG = ("true or false", _is_flag)
_CAPABILITY_FORMS: "Mapping[str, tuple[str, Callable[[object], bool]]]" = {
    "images": _FLAG,
    "documents": _FLAG,
    "tools": _FLAG,
    "json_schema": (f"one of {', '.join(JSON_SCHEMA_MODES)}", _is_mode),
    "reasoning_effort": ("an object that holds an object of fields for each effort", _holds_objects),
    "default_reasoning_effort": ("a text, or null", _is_text_or_null),
    "prompt_caching": (f"a list of some of {', '.join(CACHEABLE)}", _are_cacheable),
    "prompt_cache_ttl": (f"one of {', '.join(CACHE_TTLS)}, or null", _is_ttl),
}
