"""How a request shows who sends it: rightly, not at all, wrongly, or too late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from botocore.auth import SIGV4_TIMESTAMP, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError
from botocore.session import Session as BotocoreSession

from stream_check.finding import Broken
from stream_check.settings import Authentication

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stream_check.settings import Settings

TOO_LATE = timedelta(minutes=20)
"""AWS takes a signature for five minutes."""
WRONG = "wrong"


class Identity(StrEnum):
    """Who a request claims to be from."""

    RIGHT = "with the right credentials"
    NOBODY = "without credentials"
    WRONG = "with wrong credentials"
    EXPIRED = "with a signature of twenty minutes ago"


class Signer:
    """Adds to a request's headers what proves who sends it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session = BotocoreSession(profile=settings.profile)

    def headers(
        self, identity: Identity, method: str, url: str, body: bytes, headers: Mapping[str, str]
    ) -> dict[str, str]:
        """The headers with the proof.

        Raises:
            Broken: there are no AWS credentials or no region to sign with.
        """
        settings, all_headers = self._settings, dict(headers)
        if identity is Identity.NOBODY or settings.authentication is Authentication.NONE:
            return all_headers
        secret = WRONG if identity is Identity.WRONG else settings.secret or ""
        match settings.authentication:
            case Authentication.API_KEY:
                return {**all_headers, "x-api-key": secret}
            case Authentication.BEARER:
                return {**all_headers, "authorization": f"Bearer {secret}"}
            case _:
                return self._signed(identity, AWSRequest(method, url, data=body, headers=all_headers))

    def _signed(self, identity: Identity, request: AWSRequest) -> dict[str, str]:
        """Signed as botocore does, at a time of our choice."""
        credentials = self._credentials()
        if identity is Identity.WRONG:
            credentials = Credentials(credentials.access_key, WRONG, credentials.token)
        late = TOO_LATE if identity is Identity.EXPIRED else timedelta()
        signer = SigV4Auth(credentials, self._settings.service, self._region())
        timestamp = (datetime.now(UTC) - late).strftime(SIGV4_TIMESTAMP)
        request.context["timestamp"] = timestamp
        request.headers["X-Amz-Date"] = timestamp
        if credentials.token:
            request.headers["X-Amz-Security-Token"] = credentials.token
        names = signer.signed_headers(signer.headers_to_sign(request))
        signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
        request.headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={signer.scope(request)}, SignedHeaders={names}, Signature={signature}"
        )
        return dict(request.headers.items())

    def _credentials(self) -> Credentials:
        try:
            found = self._session.get_credentials()
        except BotoCoreError as error:
            raise Broken(f"The AWS credentials can't be read: {error}") from error
        if found is None:
            raise Broken(
                "There are no AWS credentials to sign with: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and its secret."
            )
        frozen = found.get_frozen_credentials()
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token)

    def _region(self) -> str:
        region = self._settings.region or self._session.get_config_variable("region")
        if not region:
            raise Broken("There is no region to sign for: give --region, or set AWS_REGION.")
        return str(region)
