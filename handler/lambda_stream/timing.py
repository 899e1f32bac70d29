"""How long a handler may be silent, and how long before Lambda's own end it is ended."""

from lambda_stream.errors import HandlerFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SILENCE_VARIABLE = "LAMBDA_STREAM_HEARTBEAT_SECONDS"
MARGIN_VARIABLE = "LAMBDA_STREAM_DEADLINE_MARGIN_SECONDS"

# The shortest limit on the way is CloudFront's and edge-optimised API Gateway's 30 s: two beats fit in.
DEFAULT_SILENCE_S = 15.0
# Time to say that the time is up, on a busy machine.
DEFAULT_MARGIN_S = 1.0


class Timing:
    """The operator's choice.

    Attributes:
        silence_s: Seconds of silence before each heartbeat; 0 for none.
        margin_s: Seconds before the function's timeout in which a handler is ended in good form.
    """

    __slots__ = ("margin_s", "silence_s")

    def __init__(self, silence_s: float = DEFAULT_SILENCE_S, margin_s: float = DEFAULT_MARGIN_S) -> None:
        self.silence_s = silence_s
        self.margin_s = margin_s

    @classmethod
    def from_environment(cls, environment: "Mapping[str, str]") -> "Timing":
        """The timing that the `LAMBDA_STREAM_*` variables give.

        Raises:
            HandlerFault: a variable is no number from 0 on; the message names it.
        """
        return cls(
            _seconds(environment, SILENCE_VARIABLE, DEFAULT_SILENCE_S),
            _seconds(environment, MARGIN_VARIABLE, DEFAULT_MARGIN_S),
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
        raise HandlerFault("Runtime.InvalidSetting", f"{name} must be a number of seconds from 0 on, not {text!r}")
    return seconds
