"""One version of a function as deployed: all that an execution environment is made from."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer version's zip, unpacked into the layer folder in the order of the list."""

    arn: str
    archive: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LogSettings:
    """Where and how a function logs (Lambda's LoggingConfig)."""

    group: str
    format: str = "Text"
    application_level: str | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """The code and configuration of one function version at one moment."""

    name: str
    version: str
    runtime: str
    handler: str
    role_arn: str
    region: str
    archive: bytes = field(repr=False)
    code_sha256: str
    layers: tuple[Layer, ...]
    variables: tuple[tuple[str, str], ...]
    memory_mb: int
    timeout_seconds: float
    logs: LogSettings
    key_arn: str | None = None
    reserved_concurrency: int | None = None
    snap_start: bool = False

    @property
    def fingerprint(self) -> tuple[object, ...]:
        """What two deployments must share for an environment of one to serve the other.

        The reserved concurrency is left out: it limits environments and is not part of any.
        """
        layers = tuple(layer.arn for layer in self.layers)
        code = (self.version, self.code_sha256, layers, self.runtime, self.handler)
        variables = (self.variables, self.key_arn)
        return (*code, self.role_arn, *variables, self.memory_mb, self.timeout_seconds, self.logs)
