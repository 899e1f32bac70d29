"""A prompt that is kept and asked for anew after an interval. No input or output here."""

from typing import TYPE_CHECKING, NamedTuple, Protocol

from bedrock_chat.errors import PromptUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_PROMPT_BYTES = 200_000


class Version(NamedTuple):
    """A text, and the tag by which its store knows it."""

    text: str
    etag: str


class PromptStore(Protocol):
    """Where the prompt is."""

    def newer_than(self, etag: str | None) -> Version | None:
        """The prompt, None where it is still the one of that tag.

        Raises:
            PromptUnavailable: it can't be read, or it is no prompt.
        """


class PromptSource:
    """The prompt, at most `refresh_s` seconds old; an older one, or else `fallback`, while its store fails.

    `clock_s` gives seconds that only grow; `warn` is told why the store fails.
    """

    def __init__(
        self,
        store: PromptStore,
        refresh_s: float,
        fallback: str | None,
        *,
        clock_s: "Callable[[], float]",
        warn: "Callable[[str], None]",
    ) -> None:
        self._store = store
        self._refresh_s = refresh_s
        self._fallback = fallback
        self._clock_s = clock_s
        self._warn = warn
        self._known: Version | None = None
        self._fresh_until_s: float | None = None

    def __call__(self) -> str:
        """The prompt.

        Raises:
            PromptUnavailable: the store fails, it never gave a prompt, and there is no other.
        """
        if self._fresh_until_s is None or self._clock_s() >= self._fresh_until_s:
            return self._refreshed()
        return self._known.text if self._known else str(self._fallback)

    def _refreshed(self) -> str:
        try:
            self._known = self._store.newer_than(self._known.etag if self._known else None) or self._known
        except PromptUnavailable as error:
            usable = self._known.text if self._known else self._fallback
            if usable is None:
                raise
            kept = "the prompt that was read last" if self._known else "the one of the environment"
            self._warn(f"{error.__cause__ or error}; {kept} serves meanwhile")
        # Also after a failure: a store that hangs must not hold up every request.
        self._fresh_until_s = self._clock_s() + self._refresh_s
        return self._known.text if self._known else str(self._fallback)


def checked(data: bytes) -> str:
    """The prompt in an object's bytes.

    Raises:
        PromptUnavailable: it is too long, no text or blank.
    """
    if len(data) > MAX_PROMPT_BYTES:
        raise PromptUnavailable(f"the system prompt is over {MAX_PROMPT_BYTES} bytes")
    try:
        text = data.decode().strip()
    except UnicodeDecodeError as error:
        raise PromptUnavailable(f"the system prompt is not UTF-8: {error}") from error
    if not text:
        raise PromptUnavailable("the system prompt is blank")
    return text
