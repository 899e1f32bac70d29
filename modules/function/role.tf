# The execution role and what it may do: made here, or left to the owner of an existing one.

data "aws_caller_identity" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id

  role_arn = var.role.existing == null ? one(aws_iam_role.execution[*].arn) : var.role.existing.arn
  # By names that are known at plan, so that the owner of an existing role can go through them with for_each.
  policies = merge(var.policies, { run = data.aws_iam_policy_document.run.json })

  granted_characters = sum(concat([0], [for policy in values(var.policies) : length(jsonencode(jsondecode(policy)))]))
}

data "aws_iam_policy_document" "assume_role" {
  statement {
    sid     = "LambdaRunsAsThisRole"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

# Roles are global to an account: the region keeps the same function in two regions apart.
resource "aws_iam_role" "execution" {
  count = var.role.existing == null ? 1 : 0

  name                 = "${var.name}-${local.region}"
  description          = "Execution role of the Lambda function ${var.name} in ${local.region}."
  assume_role_policy   = data.aws_iam_policy_document.assume_role.json
  permissions_boundary = var.role.permissions_boundary
  tags                 = var.tags

  lifecycle {
    # IAM counts characters without white space, and at least 240 are for the policy `run`.
    precondition {
      condition     = local.granted_characters <= 10000
      error_message = "The policies for ${join(", ", keys(var.policies))} have ${local.granted_characters} characters, and IAM allows 10240 for all inline policies of a role, those for running the function included. Name fewer inference profiles in bedrock.allowed_model_ids, or spread them over several functions."
    }
    precondition {
      condition = var.role.permissions_boundary == null ? true : (
        contains(["aws", local.account_id], split(":", var.role.permissions_boundary)[4])
      )
      error_message = "role.permissions_boundary is ${jsonencode(var.role.permissions_boundary)} and the role is in the account ${local.account_id}: IAM takes only policies of the role's own account or of AWS. Name a policy of that account."
    }
  }
}

# What Lambda itself needs of the role to run this function, whatever its code does.
data "aws_iam_policy_document" "run" {
  statement {
    sid     = "WriteLogs"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    # The streams of this group: CloudWatch Logs checks these actions on the group's ARN with a stream after it.
    resources = ["${aws_cloudwatch_log_group.function.arn}:*"]
  }

  # As in AWS's AWSLambdaVPCAccessExecutionRole. Lambda asks the role before there is an interface: it refuses
  # conditions and ARNs of interfaces, and the Describe actions know no resources at all.
  dynamic "statement" {
    for_each = var.settings.vpc[*]

    content {
      sid = "ConnectToVpc"
      actions = [
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
      ]
      resources = ["*"]
    }
  }

  # X-Ray knows no resources for these.
  dynamic "statement" {
    for_each = var.settings.tracing_mode == "Active" ? [true] : []

    content {
      sid       = "SendTraces"
      actions   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
      resources = ["*"]
    }
  }

  # Lambda decrypts the environment variables as the role, by a grant that it makes when key and role come together. A
  # grant that is revoked, or whose role was made anew under the same name, is not made again: then this is what counts.
  dynamic "statement" {
    for_each = var.settings.kms_key_arn[*]

    content {
      sid       = "DecryptEnvironment"
      actions   = ["kms:Decrypt"]
      resources = [statement.value]
    }
  }
}

resource "aws_iam_role_policy" "run" {
  count = var.role.existing == null ? 1 : 0

  name   = "run"
  role   = one(aws_iam_role.execution[*].name)
  policy = data.aws_iam_policy_document.run.json
}

resource "aws_iam_role_policy" "granted" {
  for_each = var.role.existing == null ? var.policies : {}

  name   = each.key
  role   = one(aws_iam_role.execution[*].name)
  policy = each.value
}

