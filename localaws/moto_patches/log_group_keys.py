"""The KMS key of a log group that exists.

moto 5.2.5 takes a key when it makes a log group but has no AssociateKmsKey and DisassociateKmsKey, with which Terraform
changes and removes it. Nothing is encrypted here.
"""

from __future__ import annotations

from typing import Any

from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.responses import LogsResponse

from localaws.moto_patches.replace import add


def install() -> None:
    """Install the patch; moto finds each operation's method by its name."""
    add(LogsResponse, "associate_kms_key", _associate_kms_key)
    add(LogsResponse, "disassociate_kms_key", _disassociate_kms_key)


def _associate_kms_key(self: Any) -> str:  # noqa: ANN401  moto's class
    _group(self).kms_key_id = self._get_param("kmsKeyId")
    return ""


def _disassociate_kms_key(self: Any) -> str:  # noqa: ANN401  moto's class
    _group(self).kms_key_id = None
    return ""


def _group(response: Any) -> Any:  # noqa: ANN401  moto's classes
    group = response.logs_backend.groups.get(response._get_param("logGroupName"))  # noqa: SLF001  moto's own way
    if group is None:
        raise ResourceNotFoundException
    return group
