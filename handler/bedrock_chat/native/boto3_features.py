"""What a function's environment asks for and only boto3 can do. No input or output here."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
_BEARER_TOKEN = "AWS_BEARER_TOKEN_BEDROCK"  # noqa: S105 - a variable's name
# One of them leads to credentials that this package finds too.
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")


def reason_for_boto3(environment: "Mapping[str, str]") -> str | None:
    """Why Bedrock must be called through boto3, in a few words; None where this package does the same.

    Whoever chooses between the two asks this first: nothing that an operator has set is silently ignored.
    """
    for name in (*_PROXIES, _BEARER_TOKEN):
        if environment.get(name):
            return f"{name} is set"
    if not any(environment.get(name) for name in _CREDENTIALS):
        return f"none of {', '.join(_CREDENTIALS)} is set"
    return None
