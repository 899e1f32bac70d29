"""boto3 clients of the local AWS, which stay open for the rest of the test module."""

import contextlib
from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

opened = contextlib.ExitStack()
"""Closes the clients made so far, but no connection whose streamed body a test has neither read nor closed.

Such a one the garbage collector may report, in some later test.
"""


def aws_client(environment: Mapping[str, str], service: str, **config: Any) -> Any:
    """A client with what the environment says, and with no variable of this process's: it reaches the local AWS only.

    It tries once unless `config`, which is botocore's Config, says otherwise.
    """
    own_endpoint = f"AWS_ENDPOINT_URL_{service.replace('-', '_').upper()}"
    client = _session(environment["AWS_CONFIG_FILE"], environment["AWS_SHARED_CREDENTIALS_FILE"]).client(
        service,
        region_name=environment["AWS_REGION"],
        endpoint_url=environment.get(own_endpoint, environment["AWS_ENDPOINT_URL"]),
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=environment["AWS_SESSION_TOKEN"],
        config=Config(**{"retries": {"total_max_attempts": 1}, **config}),
    )
    opened.callback(client.close)
    return client


@cache
def _session(config_file: str, credentials_file: str) -> boto3.Session:
    """One that reads the files of its local AWS: a session reads files once, and the default one another's."""
    session = botocore.session.Session()
    session.set_config_variable("config_file", config_file)
    session.set_config_variable("credentials_file", credentials_file)
    return boto3.Session(botocore_session=session)
