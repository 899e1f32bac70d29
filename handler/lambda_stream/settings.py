"""What the operator sets for every handler, in the function's environment."""

from lambda_stream.cors import Cors
from lambda_stream.errors import HandlerFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SILENCE_VARIABLE = "LAMBDA_STREAM_HEARTBEAT_SECONDS"
MARGIN_VARIABLE = "LAMBDA_STREAM_DEADLINE_MARGIN_SECONDS"
CORS_VARIABLE = "LAMBDA_STREAM_CORS"

# The shortest limit on the way is CloudFront's and edge-optimised API Gateway's 30 s: two beats fit in.
DEFAULT_SILENCE_S = 15.0
# Time to say that the time is up, on a busy machine.
DEFAULT_MARGIN_S = 1.0


class Settings:
    """The operator's choice.

    Attributes:
        silence_s: Seconds of silence before each heartbeat; 0 for none.
        margin_s: Seconds before the function's timeout in which a handler is ended in good form.
        cors: Which web pages may read what a REST API answers; None when that is left to the handler.
    """

    __slots__ = ("cors", "margin_s", "silence_s")

    def __init__(
        self, silence_s: float = DEFAULT_SILENCE_S, margin_s: float = DEFAULT_MARGIN_S, cors: Cors | None = None
    ) -> None:
        self.silence_s = silence_s
        self.margin_s = margin_s
        self.cors = cors

    @classmethod
    def from_environment(cls, environment: "Mapping[str, str]") -> "Settings":
        """The settings that the `LAMBDA_STREAM_*` variables give.

        Raises:
            HandlerFault: a variable has a wrong value; the message names it.
        """
        return cls(
            _seconds(environment, SILENCE_VARIABLE, DEFAULT_SILENCE_S),
            _seconds(environment, MARGIN_VARIABLE, DEFAULT_MARGIN_S),
            _cors(environment),
        )


def _seconds(environment: "Mapping[str, str]", name: str, default: float) -> float:
    text = environment.get(name)
    if text is None:
        return default
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise _wrong(f"{name} must be a number of seconds from 0 on, not {text!r}")
    return seconds


def _cors(environment: "Mapping[str, str]") -> Cors | None:
    text = environment.get(CORS_VARIABLE)
    try:
        return None if text is None else Cors.from_json(text)
    except ValueError as error:
        raise _wrong(f"{CORS_VARIABLE}: {error}") from error


def _wrong(message: str) -> HandlerFault:
    return HandlerFault("Runtime.InvalidSetting", message)
