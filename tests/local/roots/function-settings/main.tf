# Three functions: one with every setting, one that runs as a role of this root, and one with SnapStart, which not every
# setting goes with. What they are given is made in the same apply, so that no ARN is known at plan.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

variable "name" {
  type = string
}

variable "memory_size" {
  type    = number
  default = 256
}

variable "settings" {
  type        = bool
  default     = true
  description = "Whether the first function has settings of its own."
}

resource "aws_kms_key" "chat" {
  description = "Of ${var.name}."
}

resource "aws_iam_policy" "boundary" {
  name   = "${var.name}-boundary"
  policy = data.aws_iam_policy_document.boundary.json
}

data "aws_iam_policy_document" "boundary" {
  statement {
    sid       = "Anything"
    actions   = ["*"]
    resources = ["*"]
  }
}

module "chat" {
  source = "../../../../"

  name = var.name
  bedrock = {
    model_id          = "amazon.nova-lite-v1:0"
    allowed_model_ids = ["stand-in.fails-mid-stream", "stand-in.echo"]
    capabilities = {
      "stand-in.echo" = {
        reasoning_effort = { high = jsonencode({ thinking = { type = "enabled", budget_tokens = 1024 } }) }
      }
    }
  }
  function = var.settings ? {
    memory_size                       = var.memory_size
    architectures                     = ["x86_64"]
    ephemeral_storage_size            = 1024
    kms_key_arn                       = aws_kms_key.chat.arn
    tracing_mode                      = "Active"
    reserved_concurrent_executions    = 5
    alias                             = "live"
    provisioned_concurrent_executions = 2
    vpc                               = { subnet_ids = ["subnet-0123456789abcdef0"], security_group_ids = ["sg-0123456789abcdef0"] }
  } : null # the default
  role = var.settings ? { permissions_boundary = aws_iam_policy.boundary.arn } : null
  logging = var.settings ? {
    retention_in_days     = 7
    format                = "JSON"
    application_log_level = "DEBUG"
    system_log_level      = "DEBUG"
    kms_key_arn           = aws_kms_key.chat.arn
  } : null
  function_url = { authorization_type = "NONE" }
  tags         = var.settings ? { team = "support" } : null
}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "LambdaRunsAsThisRole"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "own" {
  name               = "${var.name}-own"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

module "own_role" {
  source = "../../../../"

  name    = "${var.name}-own-role"
  bedrock = { model_id = "amazon.nova-lite-v1:0" }
  role    = { existing = { arn = aws_iam_role.own.arn } }
}

resource "aws_iam_role_policy" "own" {
  for_each = module.own_role.role_policies

  name   = each.key
  role   = aws_iam_role.own.name
  policy = each.value
}

module "snapshots" {
  source = "../../../../"

  name         = "${var.name}-snapshots"
  bedrock      = { model_id = "amazon.nova-lite-v1:0" }
  chat         = { page = true, ai_sdk = true }
  function     = { alias = "live", snap_start = true }
  function_url = { authorization_type = "NONE" }
}

output "snapshots" {
  value = module.snapshots
}

output "chat" {
  value = module.chat
}

output "own_role" {
  value = module.own_role
}
