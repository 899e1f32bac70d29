"""The local AWS of terraform-aws-bedrock-stream: example roots run unchanged on one machine, without an account."""

from localaws.server import LocalAws

__all__ = ["LocalAws"]
