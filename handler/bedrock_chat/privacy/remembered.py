"""What was found in texts that come again: a client that keeps the conversation sends all of it with each turn."""

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bedrock_chat.privacy.findings import DetectAll, Finding

# A finding takes about 200 bytes, and so does a text without any: 10 MB.
MAX_REMEMBERED = 50_000
_DIGEST_BYTES = 16


class RememberedTexts:
    """Asks a detector only for texts that are new; `detect_all` is a DetectAll.

    No text is kept, only where its findings are, under a hash that nobody without `key` can guess texts from. The texts
    seen longest ago are forgotten when texts and findings together are more than MAX_REMEMBERED.
    """

    def __init__(self, detect_all: "DetectAll", key: bytes) -> None:
        self._detect_all = detect_all
        self._key = key
        self._found: dict[bytes, list[Finding]] = {}
        self._size = 0

    def detect_all(self, texts: "Sequence[str]") -> "list[list[Finding]]":
        """The personal data in each text. What the detector raises is passed on, and nothing of it remembered."""
        digests = [self._digest(text) for text in texts]
        new = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in self._found}
        added = dict(zip(new, self._detect_all([*new.values()]) if new else (), strict=True))
        found = {digest: added[digest] if digest in added else self._found[digest] for digest in digests}
        for digest, findings in found.items():
            self._forget(digest)
            self._found[digest] = findings
            self._size += 1 + len(findings)
        while self._size > MAX_REMEMBERED:
            self._forget(next(iter(self._found)))
        return [found[digest] for digest in digests]

    def _forget(self, digest: bytes) -> None:
        findings = self._found.pop(digest, None)
        if findings is not None:
            self._size -= 1 + len(findings)

    def _digest(self, text: str) -> bytes:
        return blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=_DIGEST_BYTES).digest()
