"""Asks the endpoint with OpenAI's own package, and prints the answer as it streams.

    CHAT_URL=https://.../ python ask.py "Why is the sky blue?"

A URL that takes signed requests only: add AWS_AUTH=1 (and `pip install botocore`); credentials and region are found as
everywhere in AWS. The service is Lambda's or API Gateway's, as the URL's host says, or AWS_SERVICE.
"""

import os
import sys

from openai import APIError, APIStatusError, DefaultHttpxClient, OpenAI


def service_of(url: str) -> str:
    """The name by which requests to the URL are signed: a Function URL is Lambda's, a REST API has one of its own."""
    return os.environ.get("AWS_SERVICE") or ("execute-api" if ".execute-api." in url else "lambda")


def signer(service: str):
    """Signs requests with the AWS credentials at hand."""
    import botocore.session
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    session = botocore.session.Session()
    signature = SigV4Auth(session.get_credentials(), service, session.get_config_variable("region"))

    def sign(request):
        signed = AWSRequest(request.method, str(request.url), data=request.content, headers={})
        signature.add_auth(signed)
        request.headers.update(dict(signed.headers))  # also in place of the package's own Authorization
        return request

    return sign


def main() -> None:
    url = os.environ["CHAT_URL"]
    client = OpenAI(
        base_url=url.rstrip("/") + "/v1",
        api_key="none",  # the endpoint has no keys of OpenAI's kind
        http_client=DefaultHttpxClient(auth=signer(service_of(url)) if os.environ.get("AWS_AUTH") else None),
    )
    question = " ".join(sys.argv[1:]) or "Why is the sky blue?"
    try:
        model = os.environ.get("CHAT_MODEL") or client.models.list().data[0].id
        with client.chat.completions.create(
            model=model, messages=[{"role": "user", "content": question}], stream=True
        ) as stream:
            for chunk in stream:
                if chunk.choices and chunk.choices[0].delta.content:
                    print(chunk.choices[0].delta.content, end="", flush=True)
    except APIStatusError as failure:
        # What the server says, whoever it is: Lambda, API Gateway and CloudFront refuse in forms of their own.
        sys.exit(f"\nHTTP status {failure.status_code}: {failure.response.text}")
    except APIError as failure:
        sys.exit(f"\n{failure}")
    print()


if __name__ == "__main__":
    main()
