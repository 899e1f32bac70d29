"""What is sent again, and when: as botocore decides in its mode `standard`."""

from types import SimpleNamespace

import botocore.session
import pytest
from botocore.retries.standard import (
    ExponentialBackoff,
    RetryContext,
    RetryEventAdapter,
    StandardRetryConditions,
    ThrottledRetryableChecker,
    ThrottlingErrorDetector,
    TransientRetryableChecker,
)
from hypothesis import given
from hypothesis import strategies as st

from bedrock_chat.native.errors import (
    BedrockFault,
    CertificateRejected,
    ConnectionFailed,
    ConnectionTimeout,
    CredentialsUnavailable,
    MalformedResponse,
)
from bedrock_chat.native.retry import delay_s, is_passing

SERVICE = botocore.session.Session().get_service_model("bedrock-runtime")
OPERATION = SERVICE.operation_model("ConverseStream")
CODES = sorted(
    {shape.name for shape in SERVICE.error_shapes}
    | set(ThrottledRetryableChecker._THROTTLED_ERROR_CODES)  # noqa: SLF001 - the list is botocore's alone
    | set(TransientRetryableChecker._TRANSIENT_ERROR_CODES)  # noqa: SLF001 - as above
    | {"", "SomethingNew", "throttlingException"}
)
STATUSES = [200, 400, 403, 404, 408, 413, 424, 429, 499, 500, 501, 502, 503, 504, 529]
RETRY_AFTERS = st.one_of(
    st.none(),
    st.integers(-5_000, 30_000).map(str),
    st.sampled_from(["", "soon", "1.5", " 7 ", "1_000", "9" * 400, "9" * 5_000]),
)


def botocores_context(refusal: BedrockFault, attempt: int = 1) -> RetryContext:
    headers = {} if refusal.retry_after_ms is None else {"x-amz-retry-after": refusal.retry_after_ms}
    return RetryContext(
        attempt_number=attempt,
        operation_model=OPERATION,
        parsed_response={"Error": {"Code": refusal.code}} if refusal.code else {},
        http_response=SimpleNamespace(status_code=refusal.status, headers=headers),
    )


@pytest.mark.parametrize("code", CODES)
def test_the_same_refusals_pass_as_for_botocore(code: str) -> None:
    """By their code, and by their status where that says more."""
    refusals = [BedrockFault(status, code, "") for status in STATUSES]
    botocores = [StandardRetryConditions(max_attempts=2).is_retryable(botocores_context(each)) for each in refusals]
    assert [is_passing(each) for each in refusals] == botocores


@given(st.sampled_from(CODES), st.sampled_from(STATUSES), RETRY_AFTERS, st.integers(1, 12), st.floats(0, 1))
def test_the_delay_is_botocores(
    code: str, status: int, retry_after_ms: str | None, attempt: int, random: float
) -> None:
    """With the same luck: longer after throttling and after each attempt, and when the server asks for it."""
    refusal = BedrockFault(status, code, "", retry_after_ms)
    backoff = ExponentialBackoff(
        random=lambda: random,
        service_name="bedrock-runtime",
        throttling_detector=ThrottlingErrorDetector(RetryEventAdapter()),
    )
    assert delay_s(refusal, attempt, random) == pytest.approx(backoff.delay_amount(botocores_context(refusal, attempt)))


def test_a_failed_connection_passes() -> None:
    """Soon: a new one may reach another server. Who can't prove who it is now can't in a while."""
    assert [is_passing(kind("")) for kind in (ConnectionFailed, ConnectionTimeout, MalformedResponse)] == [True] * 3
    assert [is_passing(kind("")) for kind in (CertificateRejected, CredentialsUnavailable)] == [False] * 2
    assert [delay_s(ConnectionFailed(""), attempt, 1.0) for attempt in (1, 2, 20)] == [0.05, 0.1, 20.0]
    assert delay_s(ConnectionFailed(""), 1, 0.0) == 0.0
