"""Who finds personal data, as the operator's settings say."""

from typing import TYPE_CHECKING

from bedrock_chat.answer import log
from bedrock_chat.privacy import patterns
from bedrock_chat.privacy.comprehend import KINDS, ComprehendDetector, ComprehendOptions
from bedrock_chat.privacy.errors import DetectionFailed
from bedrock_chat.privacy.findings import merged
from bedrock_chat.privacy.remembered import RememberedTexts
from bedrock_chat.privacy.settings import BOTH, PATTERNS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bedrock_chat.privacy.comprehend import ComprehendClient
    from bedrock_chat.privacy.findings import DetectAll, Finding
    from bedrock_chat.privacy.settings import Redaction


def detector(redaction: "Redaction", client: "Callable[[], ComprehendClient]", key: bytes) -> "DetectAll":
    """The detector that `redaction` names; only one that needs Comprehend makes a `client` of it.

    `key` is secret and of 16 to 64 bytes: see RememberedTexts.
    """
    by_patterns = _by_patterns(redaction)
    if redaction.detector == PATTERNS:
        return by_patterns
    comprehend = ComprehendDetector(
        client(),
        ComprehendOptions(redaction.language, redaction.entity_types, redaction.min_score),
        in_other_languages=(lambda text: by_patterns([text])[0]) if redaction.other_languages == PATTERNS else None,
    )
    found: DetectAll = RememberedTexts(comprehend.detect_all, key).detect_all
    if redaction.on_failure == PATTERNS:
        found = _with_fallback(found, by_patterns)
    return _united(found, by_patterns) if redaction.detector == BOTH else found


def _by_patterns(redaction: "Redaction") -> "DetectAll":
    types = redaction.entity_types
    counted = None if types is None else {KINDS.get(each, each) for each in types}
    kinds = [kind for kind in patterns.KINDS if counted is None or kind in counted]
    return lambda texts: [patterns.detect(text, kinds) for text in texts]


def _with_fallback(first: "DetectAll", second: "DetectAll") -> "DetectAll":
    def detect_all(texts: "Sequence[str]") -> "list[list[Finding]]":
        try:
            return first(texts)
        except DetectionFailed as error:
            log().warning("%s: patterns look for it instead", error.message)
            return second(texts)

    return detect_all


def _united(first: "DetectAll", second: "DetectAll") -> "DetectAll":
    def detect_all(texts: "Sequence[str]") -> "list[list[Finding]]":
        return [merged([*one, *other]) for one, other in zip(first(texts), second(texts), strict=True)]

    return detect_all
