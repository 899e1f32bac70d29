"""Credentials of a function with SnapStart: served beside its Runtime API, since a snapshot can't carry them.

Path, form and refusal are those of AWS's own Runtime Interface Emulator.

Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html and
https://github.com/aws/aws-lambda-runtime-interface-emulator (internal/lambda/rapi/handler/credentials.go).
"""

from __future__ import annotations

import hmac
import json
import secrets
import time
from typing import TYPE_CHECKING

from localaws.execution.runtime_rules import PLAIN_TEXT, Answer

if TYPE_CHECKING:
    from localaws.execution.variables import RoleCredentials

PATH = "/2021-04-23/credentials"
REFUSED = Answer(404, b"cannot get credentials for the provided token\n", PLAIN_TEXT)
SNAPSHOT_SECONDS = 60
"""How long those last that the init phase is given. On AWS it is hours, and a snapshot outlives them all the same."""
RESTORED_SECONDS = 6 * 3600


class ContainerCredentials:
    """The credentials of one environment, for whoever knows its token."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe()
        self._answer = REFUSED

    def renew(self, credentials: RoleCredentials, seconds: int, now: float) -> None:
        """Serve `credentials` from now on, and say that they expire after so many seconds."""
        document = {
            "AccessKeyId": credentials.access_key_id,
            "SecretAccessKey": credentials.secret_access_key,
            "Token": credentials.session_token,
            "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + seconds)),
        }
        self._answer = Answer(200, json.dumps(document).encode(), PLAIN_TEXT)

    def answer(self, authorization: str | None) -> Answer:
        """Return the answer to a request with that Authorization header."""
        allowed = hmac.compare_digest((authorization or "").encode(), self.token.encode())
        return self._answer if allowed else REFUSED
