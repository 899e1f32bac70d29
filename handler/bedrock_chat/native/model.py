"""Bedrock through this package's own client."""

import json
import os
import time
from binascii import b2a_base64

from bedrock_chat.bedrock_calls import READ_TIMEOUT_S, no_prompt, refusal
from bedrock_chat.converse_request import NO_PARAMETERS, converse_parameters
from bedrock_chat.converse_stream import ConverseDecoder
from bedrock_chat.errors import ModelError, ModelFailed, ModelTimeout, StreamTruncated
from bedrock_chat.native.client import BedrockClient
from bedrock_chat.native.errors import (
    BedrockFault,
    ConnectionFailed,
    ConnectionTimeout,
    EventStreamError,
    FrameTruncated,
    HttpError,
)
from bedrock_chat.native.event_stream import EVENT, EventStreamDecoder, Message
from bedrock_chat.native.refusal import parse_exception
from lambda_stream import DeadlineExceeded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from typing import Any

    from bedrock_chat.conversation import ChatRequest
    from bedrock_chat.events import Event
    from bedrock_chat.model import Prompt
    from bedrock_chat.native.connection import Exchange

_raw_decode = json.JSONDecoder().raw_decode


class NativeModel:
    """Asks Bedrock in the region, at the endpoint and with the credentials of the environment.

    Raises:
        WrongEnvironment: the environment doesn't say where Bedrock is, or what it says is wrong.
    """

    def __init__(
        self,
        prompt: "Prompt" = no_prompt,
        call_parameters: "Mapping[str, Any]" = NO_PARAMETERS,
        sleep: "Callable[[float], None]" = time.sleep,
    ) -> None:
        self._prompt = prompt
        self._call_parameters = call_parameters
        self._client = BedrockClient(os.environ, sleep)
        self._client.prepare()

    def ask(self, request: "ChatRequest") -> "Generator[list[Event], None, None]":
        """See `Model.ask`; no list is empty."""
        decoder = ConverseDecoder(request.model_id)
        exchange: Exchange | None = None
        parameters = converse_parameters(request, self._prompt(), self._call_parameters)
        try:
            exchange = self._open(parameters)
            # It is read to its end, past the Finish, so that the connection can serve the next request.
            yield from _batches(exchange, decoder)
        except (Exception, DeadlineExceeded) as error:
            # What happens to the connection after the answer's end is nobody's loss: the answer is whole.
            if decoder.finished:
                return
            if isinstance(error, DeadlineExceeded | ModelError):
                raise
            raise _model_error(error, begun=exchange is not None) from error
        finally:
            if exchange is not None:
                exchange.close()
        decoder.close()

    def before_snapshot(self) -> None:
        """See `Client.before_snapshot`.

        Raises:
            NativeError: there are no credentials.
        """
        self._client.rehearse()

    def after_restore(self) -> None:
        """See `Client.after_restore`."""
        self._client.forget()

    def close(self) -> None:
        """Closes the connection that is kept."""
        self._client.close()

    def _open(self, parameters: "dict[str, Any]") -> "Exchange":
        model_id = parameters.pop("modelId")
        body = json.dumps(parameters, default=_base64, separators=(",", ":"))
        return self._client.converse_stream(model_id, body.encode(), READ_TIMEOUT_S)


def _base64(data: bytes) -> str:
    """How JSON carries the bytes of images and documents."""
    return b2a_base64(data, newline=False).decode()


def _batches(exchange: "Exchange", decoder: ConverseDecoder) -> "Generator[list[Event], None, None]":
    """The events of each read. Those that come before a fault in the same read are not lost."""
    stream = EventStreamDecoder()
    while data := exchange.read(READ_TIMEOUT_S):
        batch: list[Event] = []
        fault: Exception | None = None
        try:
            messages = stream.feed(data)
        except EventStreamError as error:
            messages, fault = error.messages, error
        try:
            for message in messages:
                batch += decoder.feed(_converse_event(message))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with an event, those before it are handed out first
            fault = error
        if batch:
            yield batch
        if fault is not None:
            raise fault
    stream.close()


def _converse_event(message: Message) -> "Mapping[str, Any]":
    """The event as ConverseDecoder takes it.

    Raises:
        BedrockFault: it is an error of Bedrock's.
        ValueError: it is no JSON.
    """
    if message.kind != EVENT:
        raise parse_exception(message)
    return {message.name: _json(message.payload.decode())}


def _json(text: str) -> "dict[str, Any]":
    """An event's members. Where there are no spaces around them, as in Bedrock's, this takes half of the time."""
    members: dict[str, Any]
    if text.startswith("{"):
        members, end = _raw_decode(text)
        if end == len(text):
            return members
    members = json.loads(text)
    return members


def _model_error(error: Exception, *, begun: bool) -> ModelError:
    """What the application is told; `begun` says whether the stream had."""
    if isinstance(error, BedrockFault):
        return refusal(error.code, error.message, error.status)
    if isinstance(error, ConnectionTimeout):
        return ModelTimeout(f"Bedrock did not answer in time: {error}")
    if not begun:
        return ModelFailed(f"Bedrock could not be called: {error}")
    if isinstance(error, ConnectionFailed | HttpError | FrameTruncated):
        return StreamTruncated(f"the connection to Bedrock broke in the middle of the answer: {error}")
    return ModelFailed(f"Bedrock's stream can't be read: {type(error).__name__}: {error}")
