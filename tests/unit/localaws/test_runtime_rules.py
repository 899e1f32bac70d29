"""The Runtime API's state machine, call by call."""

from __future__ import annotations

import json

import pytest

from localaws.execution.runtime_rules import (
    INVALID_MODE,
    INVALID_REQUEST_ID,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    PONG,
    Answer,
    Endpoint,
    Phase,
    Route,
    RuntimeRules,
    declared_trailers,
    malformed,
    route,
    size_limit,
    trailers_fit,
    valid_error_type,
)

NEXT = Route(Endpoint.NEXT)
RESPONSE = Route(Endpoint.RESPONSE, "id-1")
ERROR = Route(Endpoint.ERROR, "id-1")
INIT_ERROR = Route(Endpoint.INIT_ERROR)
RESTORE_NEXT = Route(Endpoint.RESTORE_NEXT)
RESTORE_ERROR = Route(Endpoint.RESTORE_ERROR)
BASE = "/2018-06-01/runtime"


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        ("GET", f"{BASE}/invocation/next", NEXT),
        ("POST", f"{BASE}/invocation/id-1/response", RESPONSE),
        ("POST", f"{BASE}/invocation/id-1/error?x=1", ERROR),
        ("POST", f"{BASE}/init/error", INIT_ERROR),
        ("POST", f"{BASE}/invocation//error", Route(Endpoint.ERROR, "")),
        ("GET", "/2018-06-01/ping", PONG),
        ("POST", f"{BASE}/invocation/next", METHOD_NOT_ALLOWED),
        ("GET", f"{BASE}/restore/next", NOT_FOUND),
        ("POST", f"{BASE}/restore/error", NOT_FOUND),
        ("GET", "/2020-01-01/runtime/invocation/next", NOT_FOUND),
        ("GET", "/2018-06-01", NOT_FOUND),
    ],
)
def test_routes(method: str, target: str, expected: object) -> None:
    """Each path leads to its call; anything else is a 404, a wrong method a 405."""
    assert route(method, target) == expected


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        ("GET", f"{BASE}/restore/next", RESTORE_NEXT),
        ("POST", f"{BASE}/restore/error", RESTORE_ERROR),
        ("POST", f"{BASE}/restore/next", METHOD_NOT_ALLOWED),
        ("GET", f"{BASE}/invocation/next", NEXT),
        ("GET", f"{BASE}/restore", NOT_FOUND),
    ],
)
def test_routes_with_snap_start(method: str, target: str, expected: object) -> None:
    """Two more, for the restore."""
    assert route(method, target, snap_start=True) == expected


def restoring() -> RuntimeRules:
    rules = RuntimeRules()
    assert rules.call(RESTORE_NEXT) is None
    rules.restored()
    return rules


def test_a_runtime_goes_on_after_its_restore() -> None:
    """To its first invocation, or to an error report, after which nothing more is taken."""
    assert restoring().call(NEXT) is None
    failed = restoring()
    assert failed.call(RESTORE_ERROR) is None
    assert failed.phase is Phase.RESTORE_ERROR
    assert failed.call(NEXT) is not None


@pytest.mark.parametrize(
    ("phase", "wanted", "words"),
    [
        (Phase.RESTORE_READY, NEXT, "from RestoreReady to Ready"),
        (Phase.RESTORE_READY, RESTORE_NEXT, "from RestoreReady to Ready"),
        (Phase.RESTORING, RESTORE_NEXT, "from Restoring to Ready"),
        (Phase.RUNNING, RESTORE_NEXT, "from Running to Ready"),
        (Phase.STARTED, RESTORE_ERROR, "from Started to RuntimeRestoreErrorState"),
        (Phase.RESTORE_ERROR, NEXT, "from RuntimeRestoreErrorState to Ready"),
    ],
)
def test_a_restore_out_of_turn_is_refused(phase: Phase, wanted: Route, words: str) -> None:
    """AWS's refusal of `/restore/next` names the phase after it."""
    rules = RuntimeRules()
    rules.phase = phase
    answer = rules.call(wanted)
    assert answer is not None
    assert answer.status == 403
    assert words in json.loads(answer.body)["errorMessage"]
    assert rules.phase is phase


def running() -> RuntimeRules:
    """Return the rules of a runtime that holds invocation id-1."""
    rules = RuntimeRules()
    assert rules.call(NEXT) is None
    rules.assign("id-1")
    return rules


def test_a_whole_life() -> None:
    """Next, response, next, error, next: each call is let through and moves on."""
    rules = running()
    assert rules.call(RESPONSE, "streaming") is None
    assert rules.phase is Phase.RESPONDING
    rules.sent()
    assert rules.call(NEXT) is None
    rules.assign("id-2")
    assert rules.call(Route(Endpoint.ERROR, "id-2")) is None
    rules.sent()
    assert rules.call(NEXT) is None


def test_asking_again_changes_nothing() -> None:
    """A runtime that asks for its invocation a second time gets the same one."""
    rules = running()
    assert rules.call(NEXT) is None
    assert rules.phase is Phase.RUNNING


@pytest.mark.parametrize("wanted", [RESPONSE, ERROR], ids=["response", "error"])
@pytest.mark.parametrize("phase", [Phase.STARTED, Phase.READY, Phase.RUNNING, Phase.RESPONSE_SENT])
def test_a_wrong_id_is_refused_in_every_phase(phase: Phase, wanted: Route) -> None:
    """The id is checked before the phase."""
    rules = RuntimeRules()
    rules.phase = phase
    rules.request_id = "" if phase is Phase.STARTED else "another"
    assert rules.call(wanted) == INVALID_REQUEST_ID
    assert rules.phase is phase


@pytest.mark.parametrize(
    ("phase", "wanted", "words"),
    [
        (Phase.RESPONDING, RESPONSE, "from InvocationResponse to InvocationResponse"),
        (Phase.RESPONDING, ERROR, "from InvocationResponse to InvocationErrorResponse"),
        (Phase.RESPONDING, NEXT, "from InvocationResponse to Ready"),
        (Phase.RESPONSE_SENT, RESPONSE, "from RuntimeResponseSentState to InvocationResponse"),
        (Phase.RUNNING, INIT_ERROR, "from Running to InitError"),
        (Phase.READY, INIT_ERROR, "from Ready to InitError"),
        (Phase.INIT_ERROR, NEXT, "from InitError to Ready"),
    ],
)
def test_a_wrong_phase_is_refused(phase: Phase, wanted: Route, words: str) -> None:
    """The refusal names both phases as AWS does."""
    rules = running()
    rules.phase = phase
    answer = rules.call(wanted)
    assert isinstance(answer, Answer)
    body = json.loads(answer.body)
    assert (answer.status, body["errorType"]) == (403, "InvalidStateTransition")
    assert words in body["errorMessage"]


@pytest.mark.parametrize(
    ("mode", "accepted"),
    [(None, True), ("", True), ("streaming", True), ("Streaming", False), ("buffered", False), ("streaming ", False)],
)
def test_the_mode_must_be_exactly_streaming(mode: str | None, accepted: bool) -> None:
    """Anything else is refused and spends the invocation."""
    rules = running()
    assert rules.call(RESPONSE, mode) == (None if accepted else INVALID_MODE)
    assert rules.phase is Phase.RESPONDING


@pytest.mark.parametrize(
    ("declared", "seen"),
    [
        (None, {}),
        ("Other", {}),
        ("lambda-runtime-function-error-type", {"Lambda-Runtime-Function-Error-Type": "Function.X"}),
        ("a, Lambda-Runtime-Function-Error-Type", {"Lambda-Runtime-Function-Error-Type": "Function.X"}),
    ],
)
def test_only_declared_trailers_are_seen(declared: str | None, seen: dict[str, str]) -> None:
    """What the Trailer header does not announce is lost."""
    assert declared_trailers(declared, {"Lambda-Runtime-Function-Error-Type": "Function.X"}) == seen


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Function.Oops", "Function.Oops"),
        ("Runtime.ImportModuleError", "Runtime.ImportModuleError"),
        ("My.Function.Oops_9", "My.Function.Oops_9"),
        ("Function.with space", "Function.Unknown"),
        ("Nonsense", "Runtime.Unknown"),
        (None, "Runtime.Unknown"),
    ],
)
def test_error_types_have_a_form(header: str | None, expected: str) -> None:
    """A name that holds nothing of the form is replaced; AWS's pattern doesn't mind what stands around it."""
    assert valid_error_type(header) == expected


@pytest.mark.parametrize(("value_bytes", "fit"), [(4088, True), (4089, False)])
def test_trailers_have_a_limit(value_bytes: int, fit: bool) -> None:
    """Names, values, colons and line ends count, and so does the blank line after them."""
    assert trailers_fit({"ab": "x" * value_bytes}) is fit


def test_a_request_that_is_no_http() -> None:
    """The answer's body says the status once more, as Go's server does."""
    assert malformed(400).body == b"400 Bad Request"


def test_limits() -> None:
    """Six megabytes buffered, two hundred streamed."""
    assert size_limit(streaming=False) == 6291556
    assert size_limit(streaming=True) == 200 * 2**20
