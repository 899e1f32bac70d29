"""What is checked, and by whom: one frozen object, from the command line or from pytest's options."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from stream_check.cdn import Cdn

API_GATEWAY, LAMBDA = "execute-api", "lambda"
DEFAULT_QUESTION = "Write about two hundred words on why the sky is blue."


class Authentication(StrEnum):
    """How a request shows who sends it."""

    NONE = "none"
    IAM = "iam"
    API_KEY = "api-key"
    BEARER = "bearer"


class SettingsError(Exception):
    """The settings contradict each other or lack something; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Ask:
    """The request that must be answered by a stream.

    Attributes:
        path: Below the URL, without a slash in front.
        body: None for a request without one.
    """

    method: str = "POST"
    path: str = "chat"
    body: bytes | None = json.dumps({"message": DEFAULT_QUESTION}).encode()
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Budgets:
    """What may take how long, in seconds after the request was sent. A cold start counts."""

    first_byte_s: float = 10.0
    first_token_s: float = 15.0
    total_s: float = 900.0


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where the configuration of what is deployed can be read; what is None isn't read.

    Attributes:
        function: Name or ARN of the Lambda function.
        qualifier: The alias that the URL is for.
        rest_api_id: Id of the REST API, when that is the endpoint.
    """

    function: str | None = None
    qualifier: str | None = None
    rest_api_id: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a run is told.

    Attributes:
        url: Of the endpoint, with a slash at its end.
        secret: The API key or the token.
        profile: The AWS profile that signs; None for the environment's own credentials.
        region: For signatures, and where the deployment is; None for what the credentials' configuration says.
        is_chat: Whether the endpoint is the chat application, whose events and errors are known.
        origin: Origin of a web page that may call the endpoint; None when none may.
        silent_model: A model that is silent for longer than the heartbeat's interval.
        failing_model: A model that fails in the middle of its answer.
        large_path: A path whose answer has more than 6 MB.
        long_path: A path whose answer takes more than five minutes.
        cdn: The CloudFront distribution that the endpoint is; None when it is none.
        keeps_history: Whether it must keep conversations.
        other_profile: The AWS profile of another caller, who may ask too.
        other_secret: The token of another caller.
    """

    url: str
    authentication: Authentication = Authentication.NONE
    secret: str | None = field(default=None, repr=False)
    profile: str | None = None
    region: str | None = None
    ask: Ask = field(default_factory=Ask)
    is_chat: bool = True
    budgets: Budgets = field(default_factory=Budgets)
    origin: str | None = None
    silent_model: str | None = None
    failing_model: str | None = None
    large_path: str | None = None
    long_path: str | None = None
    deployment: Deployment = field(default_factory=Deployment)
    cdn: Cdn | None = None
    keeps_history: bool = False
    other_profile: str | None = None
    other_secret: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise SettingsError(f"{self.url!r} is no http or https URL.")
        if parts.username or parts.password:
            raise SettingsError("The URL has a user or a password in it, which the reports would show: use --auth.")
        if self.authentication in {Authentication.API_KEY, Authentication.BEARER} and not self.secret:
            raise SettingsError(f"--auth {self.authentication} needs the secret: put it into STREAM_CHECK_SECRET.")
        if self.authentication is Authentication.IAM and self.cdn:
            raise SettingsError(
                "CloudFront puts its own signature in the place of its viewers': with a CDN --auth iam proves nothing. "
                "Give --auth none, or bearer and a token that the function looks at."
            )

    @property
    def service(self) -> str:
        """The service that signatures are for: AWS's own domains tell, and else whether a REST API is deployed."""
        host = urlsplit(self.url).hostname or ""
        if ".lambda-url." in host:
            return LAMBDA
        return API_GATEWAY if ".execute-api." in host or self.deployment.rest_api_id else LAMBDA
