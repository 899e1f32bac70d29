"""Asks the endpoint with OpenAI's own package, and prints the answer as it streams.

    CHAT_URL=https://.../ python ask.py "Why is the sky blue?"

A URL that takes signed requests only: add AWS_AUTH=1 (and `pip install botocore`); credentials and region are found as
everywhere in AWS.
"""

import os
import sys
from collections.abc import Generator

import httpx
from openai import APIError, OpenAI


class SignedForLambda(httpx.Auth):
    """Signs requests to a Function URL with the AWS credentials at hand."""

    requires_request_body = True

    def __init__(self) -> None:
        import botocore.session

        session = botocore.session.Session()
        self._credentials = session.get_credentials()
        self._region = session.get_config_variable("region")

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        signed = AWSRequest(request.method, str(request.url), data=request.content, headers={})
        SigV4Auth(self._credentials, "lambda", self._region).add_auth(signed)
        request.headers.update(dict(signed.headers))  # also in place of the package's own Authorization
        yield request


def main() -> None:
    client = OpenAI(
        base_url=os.environ["CHAT_URL"].rstrip("/") + "/v1",
        api_key="none",  # the endpoint has no keys of OpenAI's kind
        http_client=httpx.Client(auth=SignedForLambda() if os.environ.get("AWS_AUTH") else None, timeout=60),
    )
    question = " ".join(sys.argv[1:]) or "Why is the sky blue?"
    model = os.environ.get("CHAT_MODEL") or client.models.list().data[0].id
    try:
        with client.chat.completions.create(
            model=model, messages=[{"role": "user", "content": question}], stream=True
        ) as stream:
            for chunk in stream:
                if chunk.choices and chunk.choices[0].delta.content:
                    print(chunk.choices[0].delta.content, end="", flush=True)
    except APIError as failure:
        sys.exit(f"\n{failure}")
    print()


if __name__ == "__main__":
    main()
