"""How long a call of an integration may take, and how long it may be silent. No I/O.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localaws.rest.document import Integration

IDLE_SECONDS = {"EDGE": 30.0, "REGIONAL": 300.0, "PRIVATE": 300.0}


@dataclass(frozen=True, slots=True)
class Limits:
    """API Gateway's limits, each divided by `time_scale`, so that a test needn't wait for minutes."""

    time_scale: float = 1.0

    def integration_seconds(self, integration: Integration) -> float:
        """Return how long an integration may take until its response has ended."""
        return integration.timeout_ms / 1000 / self.time_scale

    def idle_seconds(self, endpoint_type: str) -> float:
        """Return how long an open stream may be silent."""
        return IDLE_SECONDS[endpoint_type] / self.time_scale
