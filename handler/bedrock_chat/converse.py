"""Bedrock's Converse API: the request's form, and its stream's events as neutral ones. No input or output here.

Source: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
"""

from typing import TYPE_CHECKING, Any

from bedrock_chat.errors import StreamTruncated
from bedrock_chat.events import Event, Finish, Start, TextDelta, Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedrock_chat.chat_request import ChatRequest


def converse_parameters(request: "ChatRequest", system_prompt: str | None) -> dict[str, Any]:
    """The parameters of ConverseStream for `request`."""
    inference: dict[str, Any] = {"maxTokens": request.max_tokens}
    if request.temperature is not None:
        inference["temperature"] = request.temperature
    if request.top_p is not None:
        inference["topP"] = request.top_p
    if request.stop:
        inference["stopSequences"] = list(request.stop)
    parameters: dict[str, Any] = {
        "modelId": request.model_id,
        "messages": [{"role": message.role, "content": [{"text": message.text}]} for message in request.messages],
        "inferenceConfig": inference,
    }
    if system_prompt:
        parameters["system"] = [{"text": system_prompt}]
    return parameters


class ConverseDecoder:
    """Turns one answer's Converse events into neutral ones, and knows whether the answer is whole.

    Bedrock sends the stop reason before the usage. Here the Finish comes last, when both have been seen: whoever gets
    it knows that nothing is missing. `finished` says whether that has happened.
    """

    def __init__(self, model_id: str) -> None:
        self._model_id = model_id
        self._stop_reason: str | None = None
        self._usage: Usage | None = None
        self.finished = False

    def feed(self, event: "Mapping[str, Any]") -> list[Event]:
        """The neutral events that one Converse event stands for; kinds that aren't known stand for none."""
        if "contentBlockDelta" in event:
            text = event["contentBlockDelta"]["delta"].get("text")
            return [TextDelta(text)] if text else []
        if "messageStart" in event:
            return [Start(self._model_id)]
        if "messageStop" in event:
            self._stop_reason = event["messageStop"]["stopReason"]
        elif "metadata" in event:
            self._usage = _usage(event["metadata"]["usage"])
        return self._end()

    def _end(self) -> list[Event]:
        if self._stop_reason is None or self._usage is None or self.finished:
            return []
        self.finished = True
        return [self._usage, Finish(self._stop_reason)]

    def close(self) -> None:
        """Ends the input.

        Raises:
            StreamTruncated: the answer's end has not been seen.
        """
        if not self.finished:
            raise StreamTruncated("the model's answer stopped before its end: Bedrock sent no messageStop and metadata")


def _usage(usage: "Mapping[str, int]") -> Usage:
    return Usage(usage["inputTokens"], usage["outputTokens"], usage["totalTokens"])
