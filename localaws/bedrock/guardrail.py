"""A guardrail: what it blocks and masks, and how a request names it. No I/O.

Known are words, regular expressions, and of the types of personal data those that the local Comprehend finds. Topics,
content filters and grounding take models, and let everything through.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateGuardrail.html and
API_runtime_GuardrailStreamConfiguration.html beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from localaws.bedrock import validation
from localaws.comprehend.entities import ENGLISH, entities

if TYPE_CHECKING:
    from collections.abc import Mapping

IDENTIFIER = r"|[a-z0-9]+|arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:guardrail/[a-z0-9]+"
VERSION = r"|[1-9][0-9]{0,7}|DRAFT"
MAX_IDENTIFIER_CHARACTERS = 2048
MAX_VERSION_CHARACTERS = 8
MODES = ("sync", "async")
TRACES = ("enabled", "disabled", "enabled_full")
BLOCK, MASK = "BLOCK", "ANONYMIZE"


@dataclass(frozen=True, slots=True)
class Guardrail:
    """One version of a guardrail.

    Attributes:
        profile_arns: Its guardrail profile in every region that it reaches; none without cross-Region inference.
        settings: What it was created with, as CreateGuardrail takes it.
    """

    arn: str
    profile_arns: tuple[str, ...]
    settings: Mapping[str, Any]

    @property
    def blocked_input(self) -> str:
        """What is said in the place of an answer when the prompt is blocked."""
        return str(self.settings["blockedInputMessaging"])

    @property
    def blocked_output(self) -> str:
        """What is said in the place of an answer that is blocked."""
        return str(self.settings["blockedOutputsMessaging"])

    def blocks(self, text: str) -> bool:
        """Tell whether a text may not pass; case doesn't matter to words."""
        words = (self.settings.get("wordPolicyConfig") or {}).get("wordsConfig") or []
        found = any(re.search(rf"\b{re.escape(word['text'])}\b", text, re.IGNORECASE) for word in words)
        return found or any(action == BLOCK for _, _, _, action in self._sensitive(text))

    def masked(self, text: str) -> str:
        """Return a text in which what shall be masked is the name of its kind in braces."""
        for start, end, name, action in sorted(self._sensitive(text), reverse=True):
            if action == MASK:
                text = f"{text[:start]}{{{name}}}{text[end:]}"
        return text

    def _sensitive(self, text: str) -> list[tuple[int, int, str, str]]:
        """Return where in a text sensitive information is, the name of its kind, and what is done about it."""
        policy = self.settings.get("sensitiveInformationPolicyConfig") or {}
        actions = {each["type"]: each["action"] for each in policy.get("piiEntitiesConfig") or []}
        found = [
            (int(str(each["BeginOffset"])), int(str(each["EndOffset"])), str(each["Type"]), actions[each["Type"]])
            for each in entities(text, ENGLISH)
            if each["Type"] in actions
        ]
        for each in policy.get("regexesConfig") or []:
            spans = [match.span() for match in re.finditer(each["pattern"], text)]
            found += [(start, end, each["name"], each["action"]) for start, end in spans]
        return found


@dataclass(frozen=True, slots=True)
class GuardrailConfig:
    """Which guardrail a request goes through, and whether the answer waits for it."""

    identifier: str
    version: str
    waits: bool


@dataclass(frozen=True, slots=True)
class Guard:
    """The guardrail of one request; `waits` says whether each piece of the answer is checked before it is sent."""

    guardrail: Guardrail
    waits: bool


class Guardrails(Protocol):
    """The guardrails of the account."""

    def guardrail(self, identifier: str, version: str) -> Guardrail | None:
        """Return a guardrail by its id or ARN, None when there is no such or it has no such version."""


def parse_guardrail_config(value: object) -> GuardrailConfig | None:
    """Return what a request says of its guardrail, None when it says nothing."""
    path = "guardrailConfig"
    config = validation.an_object(value or {}, path)
    identifier = validation.matching(
        config.get("guardrailIdentifier", ""), f"{path}.guardrailIdentifier", IDENTIFIER, MAX_IDENTIFIER_CHARACTERS
    )
    version = validation.matching(
        config.get("guardrailVersion", ""), f"{path}.guardrailVersion", VERSION, MAX_VERSION_CHARACTERS
    )
    mode = validation.one_of(config.get("streamProcessingMode", MODES[0]), f"{path}.streamProcessingMode", MODES)
    validation.one_of(config.get("trace", "disabled"), f"{path}.trace", TRACES)
    if bool(identifier) != bool(version):
        raise validation.ValidationError("guardrailIdentifier and guardrailVersion must be given together.")
    return GuardrailConfig(identifier, version, mode == MODES[0]) if identifier else None
