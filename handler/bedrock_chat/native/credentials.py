"""The function's credentials: from the environment, or from the container's endpoint, which SnapStart brings.

No input or output here but through the functions that are passed in.
Source: docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

import json

from bedrock_chat.native.endpoint import parse_url
from bedrock_chat.native.errors import ConnectionFailed, CredentialsUnavailable, HttpError, WrongEnvironment
from bedrock_chat.native.sigv4 import Credentials

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeAlias

    from bedrock_chat.native.endpoint import Endpoint

    # Gets a path of an endpoint with headers; gives the status and the body.
    Fetch: TypeAlias = Callable[[Endpoint, Mapping[str, str]], tuple[int, bytes]]

RELATIVE_URI = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
FULL_URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
TOKEN = "AWS_CONTAINER_AUTHORIZATION_TOKEN"  # noqa: S105 - a variable's name
TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"  # noqa: S105 - as above

CONTAINER_HOST = "169.254.170.2"
# Whom credentials may be asked of, and the token shown to, without https: nobody else listens there.
TRUSTED_HOSTS = frozenset({CONTAINER_HOST, "169.254.170.23", "fd00:ec2::23", "localhost", "::1"})

# New ones are there this long before the old ones expire.
REFRESH_BEFORE_S = 900
MAX_ATTEMPTS = 3
PAUSE_S = 1.0
# An endpoint that fails while the old credentials still serve is left alone for a while.
RETRY_AFTER_S = 60

SUCCESS = 200


class CredentialSource:
    """Gives the credentials for a request, new ones before the old ones expire.

    The environment is read at each request: after a restore from a snapshot it is another one.
    """

    def __init__(
        self,
        environment: "Mapping[str, str]",
        fetch: "Fetch",
        *,
        clock: "Callable[[], float]",
        sleep: "Callable[[float], None]",
    ) -> None:
        self._environment = environment
        self._fetch = fetch
        self._clock = clock
        self._sleep = sleep
        self._kept: Credentials | None = None
        self._asked_s = 0.0

    def credentials(self) -> Credentials:
        """Credentials that are valid now.

        Raises:
            WrongEnvironment: there are none, or a variable that leads to them is wrong.
            CredentialsUnavailable: the container's endpoint gives none.
        """
        static = static_credentials(self._environment)
        if static is not None:
            return static
        if self._kept is None or self._expires_within(self._kept, 0):
            self._kept = self._fetched(MAX_ATTEMPTS)
        elif self._expires_within(self._kept, REFRESH_BEFORE_S) and self._clock() >= self._asked_s + RETRY_AFTER_S:
            self._refresh()
        return self._kept

    def forget(self) -> None:
        """Lets go of what is kept, so that the next request has new ones."""
        self._kept = None

    def _refresh(self) -> None:
        try:
            self._kept = self._fetched(1)
        except CredentialsUnavailable:
            return  # the old ones are still valid

    def _expires_within(self, credentials: Credentials, seconds: float) -> bool:
        return credentials.expires_s is not None and credentials.expires_s - self._clock() <= seconds

    def _fetched(self, attempts: int) -> Credentials:
        self._asked_s = self._clock()
        endpoint, headers = container_request(self._environment)
        while True:
            attempts -= 1
            try:
                return parse_credentials(*self._fetch(endpoint, headers))
            except (CredentialsUnavailable, ConnectionFailed, HttpError) as error:
                if not attempts:
                    raise CredentialsUnavailable(f"no credentials from {endpoint.authority}: {error}") from error
            self._sleep(PAUSE_S)


def static_credentials(environment: "Mapping[str, str]") -> Credentials | None:
    """What Lambda puts into the environment of a function; None when it leaves that to the container's endpoint.

    Raises:
        WrongEnvironment: there is half of a key pair.
    """
    key_id = environment.get("AWS_ACCESS_KEY_ID")
    if not key_id:
        return None
    secret = environment.get("AWS_SECRET_ACCESS_KEY")
    if not secret:
        raise WrongEnvironment("AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not: set both")
    token = environment.get("AWS_SECURITY_TOKEN") or environment.get("AWS_SESSION_TOKEN")
    return Credentials(key_id, secret, token)


def container_request(environment: "Mapping[str, str]") -> "tuple[Endpoint, dict[str, str]]":
    """Where to ask for credentials, and the headers to send.

    Raises:
        WrongEnvironment: there is nobody to ask, or it is nobody to be trusted with the token.
    """
    relative = environment.get(RELATIVE_URI)
    url = f"http://{CONTAINER_HOST}{relative}" if relative else environment.get(FULL_URI)
    if not url:
        raise WrongEnvironment("there are no AWS credentials: AWS_ACCESS_KEY_ID is not set, nor is " + FULL_URI)
    endpoint = parse_url(url, RELATIVE_URI if relative else FULL_URI)
    if not (endpoint.secure or endpoint.host in TRUSTED_HOSTS or _is_loopback(endpoint.host)):
        raise WrongEnvironment(f"{FULL_URI} must be https, or a host of this machine, not {endpoint.host}")
    headers = {"host": endpoint.authority, "accept": "application/json"}
    if token := _authorization(environment):
        headers["authorization"] = token
    return endpoint, headers


def parse_credentials(status: int, body: bytes) -> Credentials:
    """The credentials in an answer of the container's endpoint.

    Raises:
        CredentialsUnavailable: there are none in it.
    """
    if status != SUCCESS:
        raise CredentialsUnavailable(f"status {status}: {body[:200].decode(errors='replace')}")
    try:
        answer: dict[str, Any] = json.loads(body)
        found = Credentials(
            answer["AccessKeyId"], answer["SecretAccessKey"], answer.get("Token"), _unix_time(answer.get("Expiration"))
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        # Not the answer itself: this text reaches the log, and a secret may be in it.
        raise CredentialsUnavailable(f"the answer holds no credentials ({type(error).__name__})") from None
    if not all(isinstance(text, str) and text for text in (found.access_key_id, found.secret_access_key)):
        raise CredentialsUnavailable("the answer holds no credentials (a key is empty or no text)")
    return found


def _unix_time(moment: str | None) -> float | None:
    if moment is None:
        return None
    from datetime import UTC, datetime  # noqa: PLC0415 - only credentials of an endpoint say when they expire

    parsed = datetime.fromisoformat(moment)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def _authorization(environment: "Mapping[str, str]") -> str | None:
    path = environment.get(TOKEN_FILE)
    if path:
        try:
            # Read each time: whoever wrote it replaces it before it expires.
            with open(path, encoding="utf-8") as file:  # noqa: PTH123 - pathlib is not on the cold-start path
                token = file.read().strip()
        except (OSError, ValueError) as error:
            raise WrongEnvironment(f"{TOKEN_FILE} names a file that can't be read: {error}") from error
    else:
        token = environment.get(TOKEN, "")
    if not (token.isascii() and token.isprintable()):
        raise WrongEnvironment(f"the token of {TOKEN_FILE if path else TOKEN} can't be a header: it holds a line end")
    return token or None


def _is_loopback(host: str) -> bool:
    """Whether it is an IPv4 address of this machine: 127.x.x.x, in decimal and whole."""
    parts = host.split(".")
    numbers = [int(part) for part in parts if part.isascii() and part.isdigit() and str(int(part[:4])) == part]
    return parts[0] == "127" and len(parts) == len(numbers) == len("abcd") and max(numbers) <= 255  # noqa: PLR2004 - a byte
