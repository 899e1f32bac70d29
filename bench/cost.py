"""What a million tokens cost on Lambda, reckoned from what was measured. No I/O.

Duration is billed by the millisecond and by the memory that is configured, also while a function waits for the model.
The share of a vCPU that it gets grows with that memory; 1,769 MB are one. So an answer takes the time that the model
takes for it, or the time that its CPU work takes at that share, whichever is longer.

Source: aws.amazon.com/lambda/pricing (us-east-1, arm64, first tier),
docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
"""

from __future__ import annotations

import math
from dataclasses import dataclass

USD_PER_GB_S = 0.0000133334
USD_PER_REQUEST = 0.20 / 1e6
MB_PER_VCPU = 1769
MB_PER_GB = 1024
MEMORY_MB = (128, 256, 512)
ANSWER_TOKENS = 500
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Work:
    """What one stack needs.

    Attributes:
        cpu_us_per_token: CPU time at the pace in question.
        peak_rss_mb: The memory that it had at most.
    """

    cpu_us_per_token: float
    peak_rss_mb: float


def usd_per_million_tokens(work: Work, memory_mb: int, pace_ms: float) -> float | None:
    """The price of a million tokens in answers of ANSWER_TOKENS; None where the memory doesn't hold the process.

    Args:
        work: What the stack needs for it.
        memory_mb: The function's setting.
        pace_ms: The model's time for a token; 0 when the function is what tokens wait for.
    """
    if work.peak_rss_mb > memory_mb:
        return None
    billed_ms = math.ceil(ANSWER_TOKENS * max(pace_ms, work.cpu_us_per_token / 1000 / vcpu_share(memory_mb)))
    return (billed_ms / 1000 * usd_per_second(memory_mb) + USD_PER_REQUEST) * MILLION / ANSWER_TOKENS


def usd_per_million_cold_starts(cold_ms: float, memory_mb: int) -> float:
    """The price of a million cold starts up to `/next`: Lambda bills them too, and doesn't throttle them to the share.

    Source: aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase
    """
    return math.ceil(cold_ms) / 1000 * usd_per_second(memory_mb) * MILLION


def vcpu_share(memory_mb: int) -> float:
    """The share of a vCPU that a function gets; one thread can't use more than one."""
    return min(1.0, memory_mb / MB_PER_VCPU)


def usd_per_second(memory_mb: int) -> float:
    """The price of a second."""
    return memory_mb / MB_PER_GB * USD_PER_GB_S
