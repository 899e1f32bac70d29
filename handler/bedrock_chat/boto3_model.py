"""Bedrock through boto3."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError
from urllib3.exceptions import HTTPError
from urllib3.exceptions import ReadTimeoutError as StreamReadTimeoutError

from bedrock_chat.bedrock_calls import CONNECT_TIMEOUT_S, MAX_ATTEMPTS, READ_TIMEOUT_S, no_prompt, refusal
from bedrock_chat.converse_request import NO_PARAMETERS, converse_parameters
from bedrock_chat.converse_stream import ConverseDecoder
from bedrock_chat.errors import ModelError, ModelFailed, ModelTimeout, StreamTruncated
from lambda_stream import DeadlineExceeded

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from typing import Any

    from bedrock_chat.conversation import ChatRequest
    from bedrock_chat.events import Event
    from bedrock_chat.model import Prompt


class Boto3Model:
    """Asks Bedrock through boto3, in the region and with the credentials of the environment."""

    def __init__(self, prompt: "Prompt" = no_prompt, call_parameters: "Mapping[str, Any]" = NO_PARAMETERS) -> None:
        self._prompt = prompt
        self._call_parameters = call_parameters
        config = Config(
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            retries={"mode": "standard", "total_max_attempts": MAX_ATTEMPTS},
        )
        self._client = boto3.client("bedrock-runtime", config=config)

    def ask(self, request: "ChatRequest") -> "Generator[list[Event], None, None]":
        """See `Model.ask`."""
        decoder = ConverseDecoder(request.model_id)
        parameters = converse_parameters(request, self._prompt(), self._call_parameters)
        with _model_errors(decoder):
            response = self._client.converse_stream(**parameters)
            stream = response["stream"]
            try:
                # It is read to its end, past the Finish, so that the connection can serve the next request.
                for event in stream:
                    if events := decoder.feed(event):
                        yield events
            finally:
                stream.close()
        decoder.close()

    def before_snapshot(self) -> None:
        """See `Client.before_snapshot`. A signed URL takes all that a request takes, up to its connection.

        Raises:
            BotoCoreError: there are no credentials, or no endpoint.
        """
        messages = [{"role": "user", "content": [{"text": "?"}]}]
        self._client.generate_presigned_url("converse_stream", Params={"modelId": "any", "messages": messages})

    def after_restore(self) -> None:
        """See `Client.after_restore`. Credentials of the container's endpoint boto3 renews by itself."""
        self._client.close()


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
    return refusal(code, message, status)
