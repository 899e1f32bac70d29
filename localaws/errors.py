"""What can go wrong in a way that a user can mend: shown as one sentence, without a traceback.

LocalAwsError
  TerraformError    terraform is missing, too old, or failed
  ExampleError      the example root is not what the command line says
  CommandError      the command to run is not what the command line says
  BreakageError     there is no such breakage, or nothing that it could break
"""

from typing import ClassVar


class LocalAwsError(Exception):
    """A fault whose text says what to do."""

    exit_status: ClassVar[int] = 1


class TerraformError(LocalAwsError):
    """Terraform is missing, too old, or failed."""


class ExampleError(LocalAwsError):
    """The example root does not exist or is none."""


class CommandError(LocalAwsError):
    """The command does not exist or can't be run."""

    exit_status = 127  # as in a shell


class BreakageError(LocalAwsError):
    """A breakage does not exist, is not written as it must be, or finds nothing that it could break."""
