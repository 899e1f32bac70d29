"""Asks the endpoint with OpenAI's own package, and prints the answer as it streams.

    CHAT_URL=https://.../ python ask.py "Why is the sky blue?"

A URL that takes signed requests only: add AWS_AUTH=1 (and `pip install botocore`); credentials and region are found as
everywhere in AWS.
"""

import os
import sys

from openai import APIError, DefaultHttpxClient, OpenAI


def signer():
    """Signs requests to a Function URL with the AWS credentials at hand."""
    import botocore.session
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    session = botocore.session.Session()
    signature = SigV4Auth(session.get_credentials(), "lambda", session.get_config_variable("region"))

    def sign(request):
        signed = AWSRequest(request.method, str(request.url), data=request.content, headers={})
        signature.add_auth(signed)
        request.headers.update(dict(signed.headers))  # also in place of the package's own Authorization
        return request

    return sign


def main() -> None:
    client = OpenAI(
        base_url=os.environ["CHAT_URL"].rstrip("/") + "/v1",
        api_key="none",  # the endpoint has no keys of OpenAI's kind
        http_client=DefaultHttpxClient(auth=signer() if os.environ.get("AWS_AUTH") else None),
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
