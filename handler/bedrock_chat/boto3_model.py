"""Bedrock through boto3."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError
from urllib3.exceptions import HTTPError
from urllib3.exceptions import ReadTimeoutError as StreamReadTimeoutError

from bedrock_chat.converse_request import converse_parameters
from bedrock_chat.converse_stream import ConverseDecoder
from bedrock_chat.errors import (
    ModelAccessDenied,
    ModelError,
    ModelFailed,
    ModelNotFound,
    ModelRejectedRequest,
    ModelThrottled,
    ModelTimeout,
    ModelUnavailable,
    StreamTruncated,
)
from lambda_stream import DeadlineExceeded

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from bedrock_chat.conversation import ChatRequest
    from bedrock_chat.events import Event

CONNECT_TIMEOUT_S = 5
# A model that reasons may be silent for minutes; the function's own timeout is the bound that counts.
READ_TIMEOUT_S = 900
MAX_ATTEMPTS = 2

ACCESS_DENIED_CAUSES = (
    "Bedrock denied the function access to the model. Likely causes: the function's role lacks "
    "bedrock:InvokeModelWithResponseStream on this model, or on the model in every region that its inference profile "
    "reaches; nobody in the account has subscribed to the model in AWS Marketplace yet, or, for Anthropic, sent the "
    "use-case form (both are done once by a person in the Bedrock console); an organisation policy denies the model or "
    "one of the regions."
)

# Before the stream Bedrock writes these codes in upper camel case, within it in lower camel case.
_ERRORS: dict[str, type[ModelError]] = {
    "accessdeniedexception": ModelAccessDenied,
    "modelnotreadyexception": ModelUnavailable,
    "modeltimeoutexception": ModelTimeout,
    "resourcenotfoundexception": ModelNotFound,
    "servicequotaexceededexception": ModelThrottled,
    "serviceunavailableexception": ModelUnavailable,
    "throttlingexception": ModelThrottled,
    "validationexception": ModelRejectedRequest,
}
# What a proxy or an endpoint in between says when it doesn't speak Bedrock's language.
_STATUSES: dict[int, type[ModelError]] = {
    400: ModelRejectedRequest,
    403: ModelAccessDenied,
    404: ModelNotFound,
    408: ModelTimeout,
    429: ModelThrottled,
    503: ModelUnavailable,
    504: ModelTimeout,
}


class Boto3Model:
    """Asks Bedrock through boto3, in the region and with the credentials of the environment."""

    def __init__(self, system_prompt: str | None = None) -> None:
        self._system_prompt = system_prompt
        config = Config(
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            retries={"mode": "standard", "total_max_attempts": MAX_ATTEMPTS},
        )
        self._client = boto3.client("bedrock-runtime", config=config)

    def ask(self, request: "ChatRequest") -> "Generator[Event, None, None]":
        """See `Model.ask`."""
        decoder = ConverseDecoder(request.model_id)
        with _model_errors(decoder):
            response = self._client.converse_stream(**converse_parameters(request, self._system_prompt))
            stream = response["stream"]
            try:
                # It is read to its end, past the Finish, so that the connection can serve the next request.
                for event in stream:
                    yield from decoder.feed(event)
            finally:
                stream.close()
        decoder.close()


@contextmanager
def _model_errors(decoder: ConverseDecoder) -> "Iterator[None]":
    """Raises what boto3 and the layers below it raise as the ModelError that it means.

    What happens to the connection after the answer's end is nobody's loss: the answer is whole.
    """
    try:
        yield
    except (Exception, DeadlineExceeded) as error:
        if decoder.finished:
            return
        if isinstance(error, DeadlineExceeded):
            raise
        raise _model_error(error) from error


def _model_error(error: Exception) -> ModelError:
    if isinstance(error, ClientError):
        return _of_client_error(error)
    if isinstance(error, ReadTimeoutError | ConnectTimeoutError | StreamReadTimeoutError):
        return ModelTimeout(f"Bedrock did not answer in time: {error}")
    if isinstance(error, BotoCoreError):
        return ModelFailed(f"Bedrock could not be called: {error}")
    if isinstance(error, HTTPError):
        return StreamTruncated(f"the connection to Bedrock broke in the middle of the answer: {error}")
    return ModelFailed(f"Bedrock's stream can't be read: {type(error).__name__}: {error}")


def _of_client_error(error: ClientError) -> ModelError:
    detail = error.response.get("Error", {})
    code, message = str(detail.get("Code") or ""), str(detail.get("Message") or "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    kind = _ERRORS.get(code.lower()) or _STATUSES.get(status, ModelFailed)
    if kind is ModelAccessDenied:
        # AWS's own words name the account and the role: they are for the log, where the cause stands too.
        return kind(ACCESS_DENIED_CAUSES)
    return kind(": ".join(filter(None, [code, message])) or f"Bedrock failed without saying why (HTTP status {status})")
