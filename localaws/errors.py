"""What can go wrong in a way that a user can mend: shown as one sentence, without a traceback.

LocalAwsError
  TerraformError    terraform is missing, too old, or failed
  ExampleError      the example root is not what the command line says
"""


class LocalAwsError(Exception):
    """A fault whose text says what to do."""


class TerraformError(LocalAwsError):
    """Terraform is missing, too old, or failed."""


class ExampleError(LocalAwsError):
    """The example root does not exist or is none."""
