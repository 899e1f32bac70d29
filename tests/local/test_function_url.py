"""`examples/function-url` on the local AWS, signed requests: what a user sees, from apply to the last token."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.client import Client
from support.client_commands import command_of, run_client
from support.terraform import Root
from support.waiting import eventually

CONVERSATION = {
    "messages": [
        {"role": "user", "content": "What is response streaming?"},
        {"role": "assistant", "content": "An answer that arrives while it is made."},
        {"role": "user", "content": [{"type": "text", "text": "And what is it good for?"}]},
    ]
}

# What each of the stand-in's scenarios must become: before the first byte a status, after it an event.
REFUSALS = {
    "stand-in.throttled": (429, "throttled"),
    "stand-in.denied": (403, "access_denied"),
    "stand-in.invalid": (400, "model_rejected_request"),
    "stand-in.unavailable": (503, "model_unavailable"),
    "stand-in.not-found": (404, "model_not_found"),
    "stand-in.internal": (502, "model_failed"),
    "stand-in.model-timeout": (504, "model_timeout"),
    "stand-in.model-error": (502, "model_failed"),
    "stand-in.not-ready": (503, "model_unavailable"),
    "stand-in.fails-first-frame": (502, "model_failed"),
}
FAILURES = {
    "stand-in.fails-mid-stream": "model_failed",
    "stand-in.throttled-mid-stream": "throttled",
    "stand-in.internal-mid-stream": "model_failed",
    "stand-in.invalid-mid-stream": "model_rejected_request",
    "stand-in.unavailable-mid-stream": "model_unavailable",
    "stand-in.truncated": "stream_truncated",
    "stand-in.ends-silently": "stream_truncated",
}


@pytest.fixture(scope="module")
def root(make_root: Callable[..., Root]) -> Root:
    return make_root("function-url", name="signed", allowed_model_ids=[*REFUSALS, *FAILURES])


@pytest.fixture(scope="module")
def outputs(root: Root) -> dict[str, Any]:
    return root.apply()


@pytest.fixture(scope="module")
def client(outputs: dict[str, Any], environment: dict[str, str]) -> Client:
    return Client(outputs["function_url"], environment)


def test_a_conversation_is_answered_token_by_token(client: Client) -> None:
    """At least 20 tokens, the first before half of the time has passed, cold start included; then usage and end."""
    answer = client.ask(CONVERSATION)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.types == ["start", *["token"] * len(answer.tokens), "usage", "done"]
    assert len(answer.tokens) >= 20
    assert answer.tokens[0].seconds < 0.5 * answer.total_s
    assert answer.text.endswith("🙂")
    assert answer.last == {"type": "done", "stop_reason": "end_turn"}


def test_each_token_arrives_when_the_model_makes_it(client: Client) -> None:
    """The model makes one every 50 ms: a path that collected them would bring several at once."""
    answer = client.ask({"message": "[tokens=30 pace_ms=50]"})
    gaps = [later.seconds - earlier.seconds for earlier, later in itertools.pairwise(answer.tokens)]
    assert len(gaps) == 29
    # Even two at a time would leave only half of the gaps; a busy machine may hold back some.
    assert sum(gap > 0.025 for gap in gaps) > len(gaps) / 2, gaps


def test_usage_counts_what_came(client: Client) -> None:
    """And max_tokens ends an answer early, which its stop reason says."""
    answer = client.ask({"message": "[pace_ms=0]", "max_tokens": 7})
    usage = answer.arrivals[-2].event
    assert (usage["output_tokens"], len(answer.tokens)) == (7, 7)
    assert usage["total_tokens"] == usage["input_tokens"] + 7
    assert answer.last["stop_reason"] == "max_tokens"


@pytest.mark.parametrize(("model_id", "expected"), REFUSALS.items(), ids=REFUSALS)
def test_a_model_that_refuses_is_a_true_status(client: Client, model_id: str, expected: tuple[int, str]) -> None:
    """With a JSON error."""
    with client.send("POST", "/chat", {"message": "Hello", "model": model_id}) as response:
        error = response.json()["error"]
        assert (response.status_code, error["code"]) == expected
        assert response.headers["content-type"] == "application/json"
        assert error["request_id"]


def test_a_missing_permission_names_its_likely_causes(client: Client) -> None:
    """It is the most common error of a first day."""
    with client.send("POST", "/chat", {"message": "Hello", "model": "stand-in.denied"}) as response:
        message = response.json()["error"]["message"]
    assert all(
        cause in message for cause in ("InvokeModelWithResponseStream", "Marketplace", "use-case form", "policy")
    )


@pytest.mark.parametrize(("model_id", "code"), FAILURES.items(), ids=FAILURES)
def test_a_model_that_fails_later_is_an_error_in_the_stream(client: Client, model_id: str, code: str) -> None:
    """After the tokens that came; there is no `done`."""
    answer = client.ask({"message": "[pace_ms=1]", "model": model_id})
    assert answer.types == ["start", *["token"] * 10, "usage", "error"]
    assert answer.last["error"]["code"] == code


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/", {"message": ""}, 400),
        ("POST", "/chat", b"\xff", 400),
        ("POST", "/chat", {"message": "x" * 300_000}, 413),
        ("POST", "/chat", {"message": "Hello", "model": "not.allowed"}, 400),
        ("GET", "/chat", None, 405),
        ("GET", "/nowhere", None, 404),
    ],
)
def test_a_wrong_request_is_refused_as_json(client: Client, method: str, path: str, body: object, status: int) -> None:
    """With the status that fits."""
    with client.send(method, path, body) as response:
        assert (response.status_code, list(response.json())) == (status, ["error"])


def test_health_is_told(client: Client) -> None:
    """With the model that is configured."""
    with client.send("GET", "/health") as response:
        assert response.json() == {"status": "ok", "model": "amazon.nova-lite-v1:0"}


def test_only_signed_requests_are_let_in(outputs: dict[str, Any], environment: dict[str, str]) -> None:
    """Unsigned, and signed with a wrong key, are a 403."""
    wrong = {**environment, "AWS_SECRET_ACCESS_KEY": "wrong"}
    for stranger in (Client(outputs["function_url"]), Client(outputs["function_url"], wrong)):
        with stranger.send("POST", "/chat", {"message": "Hello"}) as response:
            assert response.status_code == 403


def test_the_functions_log_is_in_its_log_group(
    client: Client, outputs: dict[str, Any], api: Callable[[str], Any]
) -> None:
    """The failure that a client saw in-band, with its traceback, under the request id that the client was told."""
    answer = client.ask({"message": "[pace_ms=1]", "model": "stand-in.fails-mid-stream"})
    request_id = answer.last["error"]["request_id"]
    group = outputs["log_group_name"]

    def messages() -> str:
        events = api("logs").filter_log_events(logGroupName=group)["events"]
        return "\n".join(event["message"] for event in events)

    eventually(lambda: f"END RequestId: {request_id}" in messages())
    assert "[ERROR] ModelFailed: modelStreamErrorException" in messages()


def test_a_second_plan_is_empty(root: Root, outputs: dict[str, Any]) -> None:
    """What was applied is what AWS tells back."""
    assert outputs["function_name"] == "signed"
    assert root.plan_is_empty()


@pytest.mark.parametrize("example", ["python", "openai-python", "curl"])
def test_an_example_client_signs(
    example: str, outputs: dict[str, Any], environment: dict[str, str], tmp_path: Path
) -> None:
    """On request, with the credentials and the region of the environment."""
    command, variables = command_of(example, tmp_path), {**environment, "CHAT_URL": outputs["function_url"]}
    assert run_client(command, "[tokens=3]", variables).status != 0
    assert run_client(command, "[tokens=3]", {**variables, "AWS_AUTH": "1"}).status == 0
