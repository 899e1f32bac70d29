"""Asks one question at `FUNCTION_URL` and shows each token with the time it arrived.

    python -m localaws run examples/function-url -- python -m localaws.demo "How does response streaming work?"

It signs with the credentials of the environment, so it asks a deployment on AWS just as well.
"""

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

QUESTION = "How does Lambda response streaming work?"
TIMEOUT_S = 60


def main() -> int:
    """Runs the command and returns its exit status: 1 when the answer is not whole."""
    url = os.environ["FUNCTION_URL"]
    question = " ".join(sys.argv[1:]) or QUESTION
    _say(f"\nPOST {url}chat\n{question}\n\n")
    started = time.monotonic()
    with _post(f"{url}chat", json.dumps({"message": question}).encode()) as response:
        if response.status_code != requests.codes.ok:
            _say(f"{response.status_code} {response.text}\n")
            return 1
        return _show(_events(response), started)


def _post(url: str, body: bytes) -> requests.Response:
    request = AWSRequest("POST", url, data=body, headers={"content-type": "application/json"})
    session = Session()
    SigV4Auth(session.get_credentials(), "lambda", session.get_config_variable("region")).add_auth(request)
    return requests.post(url, data=body, headers=dict(request.headers), stream=True, timeout=TIMEOUT_S)


def _events(response: requests.Response) -> "Iterator[dict[str, Any]]":
    for line in response.iter_lines():
        if line.startswith(b"data: "):
            yield json.loads(line.removeprefix(b"data: "))


def _show(events: "Iterator[dict[str, Any]]", started: float) -> int:
    arrivals: list[float] = []
    status = 1
    for event in events:
        elapsed_s = time.monotonic() - started
        if event["type"] == "token":
            arrivals.append(elapsed_s)
            _say(f"{elapsed_s:7.3f} s  {event['content']!r}\n")
        else:
            _say(f"{elapsed_s:7.3f} s  [{event['type']}] {_details(event)}\n")
            status = 0 if event["type"] == "done" else status
    if len(arrivals) > 1:
        per_s = (len(arrivals) - 1) / (arrivals[-1] - arrivals[0])
        total_s = time.monotonic() - started
        _say(
            f"\ntime to first token {arrivals[0]:.3f} s   {len(arrivals)} tokens at {per_s:.1f} tokens/s   "
            f"total {total_s:.3f} s\n"
        )
    return status


def _details(event: dict[str, Any]) -> str:
    return "  ".join(f"{name}={value}" for name, value in event.items() if name != "type")


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
