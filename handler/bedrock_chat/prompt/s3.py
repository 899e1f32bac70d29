"""The system prompt in S3, through boto3."""

import time
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from bedrock_chat.answer import log
from bedrock_chat.errors import PromptUnavailable
from bedrock_chat.prompt.source import MAX_PROMPT_BYTES, PromptSource, Version, checked

if TYPE_CHECKING:
    from bedrock_chat.settings import Settings

# A client waits meanwhile: two attempts that hang take about six seconds.
CONNECT_TIMEOUT_S = 1
READ_TIMEOUT_S = 2
MAX_ATTEMPTS = 2
_NOT_MODIFIED = 304


def prompt_in(bucket: str, settings: "Settings") -> PromptSource:
    """The prompt in a bucket, read with the credentials of the environment."""
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": MAX_ATTEMPTS},
    )
    return PromptSource(
        S3Prompt(boto3.client("s3", config=config), bucket, settings.prompt_key),
        settings.prompt_refresh_seconds,
        settings.system_prompt,
        clock_s=time.monotonic,
        warn=log().warning,
    )


class S3Prompt:
    """An object that is the prompt; see `source.PromptStore`."""

    def __init__(self, client: Any, bucket: str, key: str) -> None:  # noqa: ANN401 - boto3 makes its clients' classes as it runs
        self._client = client
        self._object = {"Bucket": bucket, "Key": key}

    def newer_than(self, etag: str | None) -> Version | None:
        """See PromptStore.newer_than."""
        condition = {} if etag is None else {"IfNoneMatch": etag}
        try:
            answer = self._client.get_object(**self._object, **condition)
            # Only a reading to the end notices that the connection broke before it: half a prompt is none.
            limit = None if answer["ContentLength"] <= MAX_PROMPT_BYTES else MAX_PROMPT_BYTES + 1
            data = answer["Body"].read(limit)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == _NOT_MODIFIED:
                return None
            raise self._unavailable(error) from error
        except BotoCoreError as error:
            raise self._unavailable(error) from error
        return Version(checked(data), answer["ETag"])

    def _unavailable(self, error: Exception) -> PromptUnavailable:
        """What clients are told; the log has the bucket, and AWS's words."""
        log().error("the system prompt %s/%s can't be read: %s", *self._object.values(), error)
        return PromptUnavailable("the server can't read its system prompt for the moment: try again")
