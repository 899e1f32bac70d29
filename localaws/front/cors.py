"""CORS as a Function URL answers it from its own configuration. No I/O.

Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ANY = "*"


@dataclass(frozen=True, slots=True)
class Cors:
    """A Function URL's Cors configuration."""

    allow_origins: tuple[str, ...] = ()
    allow_methods: tuple[str, ...] = ()
    allow_headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    allow_credentials: bool = False
    max_age: int | None = None

    @classmethod
    def from_api(cls, config: Mapping[str, object] | None) -> Cors | None:
        """Read Lambda's API form; None when CORS is not configured."""
        if not config:
            return None
        age = config.get("MaxAge")
        return cls(
            _names(config.get("AllowOrigins")),
            _names(config.get("AllowMethods")),
            _names(config.get("AllowHeaders")),
            _names(config.get("ExposeHeaders")),
            bool(config.get("AllowCredentials")),
            int(str(age)) if age is not None else None,
        )

    def preflight(self, origin: str) -> dict[str, str]:
        """Return the headers of the answer to a preflight; none for an origin that is not allowed."""
        headers = self._origin(origin)
        if not headers:
            return {}
        if self.allow_methods:
            headers["Access-Control-Allow-Methods"] = ",".join(self.allow_methods)
        if self.allow_headers:
            headers["Access-Control-Allow-Headers"] = ",".join(self.allow_headers)
        if self.max_age is not None:
            headers["Access-Control-Max-Age"] = str(self.max_age)
        return headers

    def actual(self, origin: str | None) -> dict[str, str]:
        """Return the headers that are added to any other answer, whatever the function itself sends."""
        headers = self._origin(origin) if origin else {}
        if headers and self.expose_headers:
            headers["Access-Control-Expose-Headers"] = ",".join(self.expose_headers)
        return headers

    def _origin(self, origin: str) -> dict[str, str]:
        if ANY not in self.allow_origins and origin not in self.allow_origins:
            return {}
        allowed = ANY if ANY in self.allow_origins and not self.allow_credentials else origin
        headers = {"Access-Control-Allow-Origin": allowed, "Vary": "Origin"}
        if self.allow_credentials:
            headers["Access-Control-Allow-Credentials"] = "true"
        return headers


def is_preflight(method: str, headers: Mapping[str, str]) -> bool:
    """Tell whether a browser asks for permission."""
    return method == "OPTIONS" and "Origin" in headers and "Access-Control-Request-Method" in headers


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, (list, tuple)) else ()
