"""A key of KMS, through boto3."""

from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from bedrock_chat.answer import log
from bedrock_chat.errors import HistoryUnavailable
from bedrock_chat.privacy.quiet_log import keep_requests_out_of_the_log

if TYPE_CHECKING:
    from collections.abc import Mapping

# A client waits meanwhile: two attempts that hang take about five seconds.
CONNECT_TIMEOUT_S = 1
READ_TIMEOUT_S = 2
MAX_ATTEMPTS = 2


class KmsKey:
    """A symmetric key, with the credentials of the environment; see `redaction.Vault`."""

    def __init__(self, key_arn: str) -> None:
        # A request of Encrypt is personal data.
        keep_requests_out_of_the_log()
        config = Config(
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            retries={"mode": "standard", "total_max_attempts": MAX_ATTEMPTS},
        )
        self._client = boto3.client("kms", config=config)
        self.arn = key_arn

    def encrypt(self, plaintext: bytes, context: "Mapping[str, str]") -> bytes:
        """See Vault.encrypt."""
        ciphertext: bytes = self._call("encrypt", context, Plaintext=plaintext)["CiphertextBlob"]
        return ciphertext

    def decrypt(self, ciphertext: bytes, context: "Mapping[str, str]") -> bytes:
        """See Vault.decrypt. What another key has encrypted is refused."""
        plaintext: bytes = self._call("decrypt", context, CiphertextBlob=ciphertext)["Plaintext"]
        return plaintext

    def _call(self, operation: str, context: "Mapping[str, str]", **members: bytes) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, operation)(
                KeyId=self.arn, EncryptionContext=dict(context), **members
            )
        except (BotoCoreError, ClientError) as error:
            log().error("the key of the conversations' personal data: can't %s: %s", operation, error)
            raise HistoryUnavailable(
                "the server can't use the key of the conversation's personal data for the moment: try again"
            ) from error
        return answer
