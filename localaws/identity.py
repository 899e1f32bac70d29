"""The account and the caller that this local AWS pretends to have."""

ACCOUNT_ID = "123456789012"
"""moto's default account; every ARN that Terraform sees carries it."""

PARTITION = "aws"

ACCESS_KEY_ID = "AKIALOCALAWS00000000"
"""The one long-term key of the account. Twenty characters, because moto recognises keys by that length."""

SECRET_ACCESS_KEY = "local-aws-is-not-a-secret"  # noqa: S105  it opens nothing but a process on this machine

CALLER_ARN = f"arn:{PARTITION}:iam::{ACCOUNT_ID}:user/local"
CALLER_ID = "AIDALOCALAWS00000000"
