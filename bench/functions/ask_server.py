"""The same chat behind FastAPI."""

from ask import handler
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse


async def answer(request: Request) -> StreamingResponse:
    """The answer to an event, which is the body."""
    return StreamingResponse(handler(await request.json(), None), media_type="text/event-stream")


app = FastAPI()
app.add_api_route("/", answer, methods=["POST"], response_model=None)
