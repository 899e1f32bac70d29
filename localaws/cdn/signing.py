"""The signature that CloudFront puts on a request to a function URL, and whose it is.

Published events of functions behind an origin access control show the role, in an account of AWS's own, and the headers
that name the distribution. It is botocore that signs, as `localaws.sigv4` verifies: one misreading can't pass both.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import botocore.credentials
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from localaws.sigv4 import Credentials

if TYPE_CHECKING:
    from localaws.sigv4 import ReceivedRequest

EDGE_ACCOUNT = "856369053181"
SOURCE_ARN = "x-amz-source-arn"
HASH_HEADER = "x-amz-content-sha256"
UNSIGNED = "UNSIGNED-PAYLOAD"
EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
WITH_BODY = {"POST", "PUT"}

EDGE = Credentials(
    access_key_id="ASIALOCALCLOUDFRONT0",
    secret_access_key=secrets.token_hex(20),
    session_token=secrets.token_urlsafe(64),
    arn=f"arn:aws:sts::{EDGE_ACCOUNT}:assumed-role/OriginAccessControlRole/OriginAccessSession",
    user_id="AROALOCALCLOUDFRONT0:OriginAccessSession",
    role_arn=f"arn:aws:iam::{EDGE_ACCOUNT}:role/OriginAccessControlRole",
)
"""CloudFront's own session, whose keys nobody knows outside of this process."""


def distribution_of(caller: Credentials, request: ReceivedRequest) -> str | None:
    """Return the ARN of the distribution for which CloudFront has signed a request, None for any other caller."""
    return request.header(SOURCE_ARN) if caller == EDGE else None


def payload_hash(method: str, declared: str | None) -> str:
    """Return what is signed for a body that CloudFront doesn't read: what the viewer has declared of it.

    Without that, a POST or PUT is signed as an unsigned payload, which Lambda refuses, and anything else as empty.

    Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-lambda.html
    """
    return declared or (UNSIGNED if method in WITH_BODY else EMPTY_HASH)


def signature(method: str, url: str, digest: str, distribution_arn: str, region: str) -> list[tuple[str, str]]:
    """Return the headers that sign a request to a function URL in a region; `digest` is its payload's hash."""
    keys = botocore.credentials.Credentials(EDGE.access_key_id, EDGE.secret_access_key, EDGE.session_token)
    headers = {
        HASH_HEADER: digest,
        SOURCE_ARN: distribution_arn,
        "x-amz-source-account": distribution_arn.split(":")[4],
    }
    path, _, query = url.partition("?")
    request = AWSRequest(method, f"{path}?{_encoded(query)}", headers=headers)
    SigV4Auth(keys, "lambda", region).add_auth(request)
    return list(request.headers.items())


def _encoded(query: str) -> str:
    """Encode every name and value as the canonical request has them: botocore takes a URL's query as it is."""
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    return "&".join(f"{quote(unquote(name), safe='~')}={quote(unquote(value), safe='~')}" for name, _, value in pairs)
