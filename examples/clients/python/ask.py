"""Asks the chat endpoint with requests, and prints the answer as it streams.

    CHAT_URL=https://.../ python ask.py "Why is the sky blue?"

A URL that takes signed requests only: add AWS_AUTH=1 (and `pip install botocore`); credentials and region are found as
everywhere in AWS. The service is Lambda's or API Gateway's, as the URL's host says, or AWS_SERVICE.
"""

import codecs
import json
import os
import sys
from collections.abc import Iterable, Iterator

import requests

CONNECT_TIMEOUT_S = 5
SILENCE_TIMEOUT_S = 60  # the endpoint shows that it is there at least every 15 seconds


class AnswerFailed(Exception):
    """The answer could not be had, or broke off."""


def ask(url: str, message: str, auth: requests.auth.AuthBase | None = None) -> Iterator[str]:
    """Yields the answer's text, piece by piece."""
    with requests.post(
        url,
        data=json.dumps({"message": message}),
        headers={"content-type": "application/json"},
        auth=auth,
        stream=True,
        timeout=(CONNECT_TIMEOUT_S, SILENCE_TIMEOUT_S),
    ) as response:
        if not response.ok:
            raise AnswerFailed(f"HTTP status {response.status_code}: {response.text}")
        for data in events(response.iter_content(chunk_size=None)):
            event = json.loads(data)
            if event["type"] == "token":
                yield event["content"]
            elif event["type"] == "error":
                raise AnswerFailed(event["error"]["message"])
            elif event["type"] == "done":
                return
    raise AnswerFailed("the answer broke off before its end")


def events(chunks: Iterable[bytes]) -> Iterator[str]:
    """Yields the data of server-sent events, however the network cut them into pieces."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    rest = ""
    for chunk in chunks:
        *complete, rest = (rest + decoder.decode(chunk)).split("\n\n")
        for event in complete:
            data = [line.removeprefix("data: ") for line in event.split("\n") if line.startswith("data: ")]
            if data:  # the others are comments
                yield "\n".join(data)


def service_of(url: str) -> str:
    """The name by which requests to the URL are signed: a Function URL is Lambda's, a REST API has one of its own."""
    return os.environ.get("AWS_SERVICE") or ("execute-api" if ".execute-api." in url else "lambda")


class Signed(requests.auth.AuthBase):
    """Signs requests with the AWS credentials at hand."""

    def __init__(self, service: str) -> None:
        import botocore.session

        session = botocore.session.Session()
        self._service = service
        self._credentials = session.get_credentials()
        self._region = session.get_config_variable("region")

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        signed = AWSRequest(request.method, request.url, data=request.body, headers={})
        SigV4Auth(self._credentials, self._service, self._region).add_auth(signed)
        request.headers.update(signed.headers)
        return request


if __name__ == "__main__":
    question = " ".join(sys.argv[1:]) or "Why is the sky blue?"
    chat_url = os.environ["CHAT_URL"].rstrip("/") + "/chat"
    signer = Signed(service_of(chat_url)) if os.environ.get("AWS_AUTH") else None
    try:
        for piece in ask(chat_url, question, signer):
            print(piece, end="", flush=True)
    except (AnswerFailed, requests.RequestException) as failure:
        sys.exit(f"\n{failure}")
    print()
