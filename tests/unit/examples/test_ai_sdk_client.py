"""The client of examples/clients/ai-sdk before whatever may refuse it."""

from pathlib import Path

import pytest

from support.client_commands import command_of, run_client
from support.page_server import PageServer, Reply

REFUSALS = {
    "the function": ('{"error": {"message": "too many", "code": "throttled"}}', "too many"),
    "a Function URL": ('{"Message": "Forbidden"}', "Forbidden"),
    "API Gateway": ('{"message": "Missing Authentication Token"}', "Missing Authentication Token"),
    "something else in JSON": ('{"detail": 1}', '{"detail": 1}'),
    "a proxy": ("{busy}", "{busy}"),
}


@pytest.mark.parametrize(("body", "said"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_told_in_its_own_words(tmp_path: Path, body: str, said: str) -> None:
    """Whoever refuses: without credentials it is AWS, in a form of its own."""
    with PageServer() as server:
        server.reply = Reply([body.encode()], status=403, content_type="application/json")
        run = run_client(command_of("ai-sdk", tmp_path), "Why?", {"CHAT_URL": server.url})
    assert (run.status, run.output, run.errors) == (1, "", f"{said}\n")
