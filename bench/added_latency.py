"""What the warm path adds to each token: from the Bedrock stand-in's byte to the client's byte.

    make bench-local
    python -m localaws run examples/function-url -- python bench/added_latency.py

The stand-in writes the time of sending into each token; this client subtracts it from the time of arrival. On the way
lie boto3, the application, the runtime, the local Runtime API and the local Function URL, all on one machine and one
clock. The first request is not counted: it starts the function.
"""

import http.client
import json
import os
import statistics
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.session import Session

TOKENS = 400
PACE_MS = 5
ROUNDS = 5


def main() -> None:
    url = os.environ["FUNCTION_URL"]
    _latencies_us(url)
    print(f"{TOKENS} tokens, one every {PACE_MS} ms; added latency per token in microseconds\n")
    print("round      p50      p90      p99")
    medians = []
    for number in range(ROUNDS):
        values = _latencies_us(url)
        quantiles = statistics.quantiles(values, n=100)
        medians.append(quantiles[49])
        print(f"{number + 1:5} {quantiles[49]:8.0f} {quantiles[89]:8.0f} {quantiles[98]:8.0f}")
    print(f"\nmedian of the rounds' medians: {statistics.median(medians):.0f} us")


def _latencies_us(url: str) -> list[float]:
    latencies: list[float] = []
    for line in _lines(url, f"Count. [tokens={TOKENS} pace_ms={PACE_MS} stamp=1]"):
        arrived_ns = time.time_ns()
        event = json.loads(line.removeprefix(b"data: "))
        if event["type"] == "token":
            latencies.append((arrived_ns - int(event["content"])) / 1000)
    assert len(latencies) == TOKENS, f"{len(latencies)} tokens came"
    return latencies


def _lines(url: str, message: str) -> Iterator[bytes]:
    body = json.dumps({"message": message}).encode()
    parts = urlsplit(url)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    connection.request("POST", "/chat", body, _signed_headers(f"{url}chat", body))
    response = connection.getresponse()
    assert response.status == http.HTTPStatus.OK, response.read()
    pending = b""
    while data := response.read1(65_536):
        *lines, pending = (pending + data).split(b"\n\n")
        yield from lines
    connection.close()


def _signed_headers(url: str, body: bytes) -> dict[str, Any]:
    request = AWSRequest("POST", url, data=body, headers={"content-type": "application/json"})
    session = Session()
    SigV4Auth(session.get_credentials(), "lambda", session.get_config_variable("region")).add_auth(request)
    return dict(request.headers)


if __name__ == "__main__":
    main()
