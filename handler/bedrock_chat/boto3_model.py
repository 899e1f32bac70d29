"""Bedrock through boto3."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.eventstream import ParserError
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError
from urllib3.exceptions import HTTPError
from urllib3.exceptions import ReadTimeoutError as StreamReadTimeoutError

from bedrock_chat.converse import ConverseDecoder, converse_parameters
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

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from bedrock_chat.chat_request import ChatRequest
    from bedrock_chat.events import Event

CONNECT_TIMEOUT_S = 5
# A model that reasons may be silent for minutes; the function's own timeout is the bound that counts.
READ_TIMEOUT_S = 900
MAX_ATTEMPTS = 2

ACCESS_DENIED_CAUSES = (
    "Likely causes: the function's role lacks bedrock:InvokeModelWithResponseStream on this model, or on the model in "
    "every region that its inference profile reaches; nobody in the account has subscribed to the model in AWS "
    "Marketplace yet, or, for Anthropic, sent the use-case form (both are done once by a person in the Bedrock "
    "console); an organisation policy denies the model or one of the regions."
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
        with _model_errors():
            response = self._client.converse_stream(**converse_parameters(request, self._system_prompt))
            stream = response["stream"]
            try:
                for event in stream:
                    yield from decoder.feed(event)
            finally:
                stream.close()
        decoder.close()


@contextmanager
def _model_errors() -> "Iterator[None]":
    """Raises what boto3 and the layers below it raise as the ModelError that it means."""
    try:
        yield
    except ClientError as error:
        raise _of_client_error(error) from error
    except (ReadTimeoutError, ConnectTimeoutError, StreamReadTimeoutError) as error:
        raise ModelTimeout(f"Bedrock did not answer in time: {error}") from error
    except BotoCoreError as error:
        raise ModelFailed(f"Bedrock could not be called: {error}") from error
    except HTTPError as error:
        raise StreamTruncated(f"the connection to Bedrock broke in the middle of the answer: {error}") from error
    except ParserError as error:
        raise ModelFailed(f"Bedrock's stream can't be read: {error}") from error


def _of_client_error(error: ClientError) -> ModelError:
    detail = error.response.get("Error", {})
    code = detail.get("Code", "")
    text = f"{code}: {detail.get('Message', '')}"
    kind = _ERRORS.get(code.lower(), ModelFailed)
    return kind(f"{text} {ACCESS_DENIED_CAUSES}" if kind is ModelAccessDenied else text)
