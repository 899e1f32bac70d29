"""The environment variables of a function's process. No I/O.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html (defined runtime variables).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from localaws.execution.deployment import Deployment

MANAGED_PREFIX = "python"


@dataclass(frozen=True, slots=True)
class Places:
    """Where one environment's files and its Runtime API are. On AWS: /var/task, /opt, /var/runtime."""

    task: Path
    layers: Path
    runtime: Path
    runtime_api: str


@dataclass(frozen=True, slots=True)
class RoleCredentials:
    """Temporary credentials of the function's role."""

    access_key_id: str
    secret_access_key: str
    session_token: str

    def variables(self) -> dict[str, str]:
        """Return them as Lambda hands them to a function."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_SESSION_TOKEN": self.session_token,
        }


@dataclass(frozen=True, slots=True)
class CredentialsEndpoint:
    """Where a function with SnapStart gets its credentials."""

    url: str
    token: str

    def variables(self) -> dict[str, str]:
        """Return it as Lambda tells a function."""
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": self.url, "AWS_CONTAINER_AUTHORIZATION_TOKEN": self.token}


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the function finds its AWS."""

    control_plane: str
    bedrock_runtime: str


def is_managed(runtime: str) -> bool:
    """Tell whether Lambda brings the interpreter (python3.x), as opposed to `provided.*`."""
    return runtime.startswith(MANAGED_PREFIX)


def function_variables(
    deployment: Deployment,
    places: Places,
    credentials: RoleCredentials | CredentialsEndpoint,
    endpoints: Endpoints,
    log_stream: str,
) -> dict[str, str]:
    """Return the whole environment of the function's process; nothing of this machine's leaks into it.

    The function's own variables come last but cannot replace what Lambda reserves.
    """
    own = dict(deployment.variables)
    reserved = _reserved(deployment, places, log_stream) | credentials.variables()
    return _defaults(deployment, places, endpoints) | own | reserved


def _defaults(deployment: Deployment, places: Places, endpoints: Endpoints) -> dict[str, str]:
    libraries = (places.task, places.task / "lib", places.layers / "lib")
    return {
        "PATH": f"/usr/local/bin:/usr/bin:/bin:{places.layers / 'bin'}",
        "LD_LIBRARY_PATH": ":".join(str(folder) for folder in libraries),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "LAMBDA_LAYER_ROOT": str(places.layers),
        "AWS_ENDPOINT_URL": endpoints.control_plane,
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": endpoints.bedrock_runtime,
        "AWS_EC2_METADATA_DISABLED": "true",
        **({"AWS_EXECUTION_ENV": f"AWS_Lambda_{deployment.runtime}"} if is_managed(deployment.runtime) else {}),
    }


def _reserved(deployment: Deployment, places: Places, log_stream: str) -> dict[str, str]:
    logs = deployment.logs
    level = {"AWS_LAMBDA_LOG_LEVEL": logs.application_level} if logs.application_level else {}
    return {
        "_HANDLER": deployment.handler,
        "AWS_REGION": deployment.region,
        "AWS_DEFAULT_REGION": deployment.region,
        "AWS_LAMBDA_FUNCTION_NAME": deployment.name,
        "AWS_LAMBDA_FUNCTION_VERSION": deployment.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(deployment.memory_mb),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start" if deployment.snap_start else "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": logs.format,
        "AWS_LAMBDA_LOG_GROUP_NAME": logs.group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_RUNTIME_API": places.runtime_api,
        "LAMBDA_TASK_ROOT": str(places.task),
        "LAMBDA_RUNTIME_DIR": str(places.runtime),
        **level,
    }
