"""What the measurements are made of: events, answers, and Bedrock behind TLS."""

import http.client
import json
import re
import socket
import ssl
from pathlib import Path

import certifi
import pytest
from botocore.eventstream import EventStreamBuffer

from bench.contenders import Contender, rotated
from bench.runtime_api import Answer, FunctionFailedError
from bench.scenarios import chat_event, checked
from bench.tls_bedrock import HOST, Certificates, TlsBedrock


def test_an_answer_is_read_from_its_line() -> None:
    """The numbers in their order, and any number of latencies."""
    assert Answer.parse("1 2 3 4 5 2 6 70 80") == Answer(1, 2, 3, 4, 5, 2, 6, (70, 80))
    assert Answer.parse("1 2 3 4 5 0 0") == Answer(1, 2, 3, 4, 5, 0, 0, ())


def test_another_number_of_tokens_ends_the_run() -> None:
    """What was measured is something else."""
    answer = Answer.parse("1 2 3 4 5 2 6 70 80")
    assert checked(answer, 2) is answer
    for tokens in (1, 3):
        with pytest.raises(FunctionFailedError, match=f"2 tokens came and not {tokens}"):
            checked(answer, tokens)


def test_each_round_begins_with_another_contender() -> None:
    """And all take part in each."""
    contenders = [Contender(key, (), "", Path()) for key in "abc"]
    orders = ["".join(each.key for each in rotated(contenders, by)) for by in range(4)]
    assert orders == ["abc", "bca", "cab", "abc"]


def test_bedrock_behind_tls_is_trusted_through_a_whole_list(tmp_path: Path) -> None:
    """The chain, the name and the frames are such as botocore reads, and a second request uses the connection again."""
    certificates = Certificates(tmp_path, Path(certifi.where()))
    context = ssl.create_default_context(cafile=str(certificates.bundle))
    assert len(context.get_ca_certs()) > 100
    with TlsBedrock(certificates) as bedrock:
        connection = http.client.HTTPSConnection("127.0.0.1", bedrock.port, timeout=30)
        connection.sock = context.wrap_socket(
            socket.create_connection(("127.0.0.1", bedrock.port), 30), server_hostname=HOST
        )
        for tokens in (0, 3):
            connection.request("POST", "/model/x/converse-stream", json.dumps(chat_event(tokens)))
            buffer = EventStreamBuffer()
            buffer.add_data(connection.getresponse().read())
            names = [message.headers[":event-type"] for message in buffer]
            assert names == [
                "messageStart",
                *["contentBlockDelta"] * tokens,
                "contentBlockStop",
                "messageStop",
                "metadata",
            ]
        connection.close()


def test_the_authority_alone_is_enough_and_nothing_is_not(tmp_path: Path) -> None:
    """A client that trusts only the usual authorities hangs up."""
    certificates = Certificates(tmp_path, Path(certifi.where()))
    assert re.search(rb"BEGIN CERTIFICATE", certificates.root.read_bytes())
    with TlsBedrock(certificates) as bedrock:
        trusting = ssl.create_default_context(cafile=str(certificates.root))
        trusting.wrap_socket(socket.create_connection(("127.0.0.1", bedrock.port), 30), server_hostname=HOST).close()
        with (
            socket.create_connection(("127.0.0.1", bedrock.port), 30) as plain,
            pytest.raises(ssl.SSLCertVerificationError),
        ):
            ssl.create_default_context(cafile=certifi.where()).wrap_socket(plain, server_hostname=HOST)
