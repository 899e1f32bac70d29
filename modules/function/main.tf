data "aws_region" "current" {}

# Created here and not by Lambda, so that the logs have a retention and go with the function. The role may not create
# groups: a last invocation during destroy would bring the group back.
resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_in_days
  tags              = var.tags
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
  name               = "${var.name}-${data.aws_region.current.id}"
  description        = "Execution role of the Lambda function ${var.name} in ${data.aws_region.current.id}."
  assume_role_policy = data.aws_iam_policy_document.assume_role.json
  tags               = var.tags
}

data "aws_iam_policy_document" "write_logs" {
  statement {
    sid     = "WriteLogs"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    # The streams of this group: CloudWatch Logs checks these actions on the group's ARN with a stream after it.
    resources = ["${aws_cloudwatch_log_group.function.arn}:*"]
  }
}

resource "aws_iam_role_policy" "write_logs" {
  name   = "write-logs"
  role   = aws_iam_role.execution.name
  policy = data.aws_iam_policy_document.write_logs.json
}

resource "aws_iam_role_policy" "granted" {
  for_each = var.policies

  name   = each.key
  role   = aws_iam_role.execution.name
  policy = each.value
}

locals {
  # On a managed Python the archive's `bootstrap` takes the place of Lambda's runtime through the exec wrapper. On
  # provided.al2023 Lambda starts `bootstrap` by itself and ignores wrappers.
  wrapper = startswith(var.settings.runtime, "python") ? { AWS_LAMBDA_EXEC_WRAPPER = "/var/task/bootstrap" } : {}
  # Whatever the handler is, the runtime below it reads these when it starts.
  timing = {
    LAMBDA_STREAM_HEARTBEAT_SECONDS       = tostring(var.settings.heartbeat_seconds)
    LAMBDA_STREAM_DEADLINE_MARGIN_SECONDS = tostring(var.settings.deadline_margin_seconds)
  }
  environment = merge(var.environment, local.wrapper, local.timing)

  # length() counts characters; base64 writes three bytes as four digits.
  environment_base64 = base64encode(join("", flatten([for key, value in local.environment : [key, value]])))
  environment_bytes  = floor(length(trim(local.environment_base64, "=")) * 3 / 4)
}

resource "aws_lambda_function" "streaming" {
  function_name                  = var.name
  description                    = var.description
  role                           = aws_iam_role.execution.arn
  runtime                        = var.settings.runtime
  handler                        = var.handler
  filename                       = var.package.filename
  source_code_hash               = var.package.source_code_hash
  architectures                  = var.settings.architectures
  layers                         = var.settings.layers
  memory_size                    = var.settings.memory_size
  timeout                        = var.settings.timeout
  reserved_concurrent_executions = var.settings.reserved_concurrent_executions
  tags                           = var.tags

  environment {
    variables = local.environment
  }

  lifecycle {
    precondition {
      condition     = local.environment_bytes <= 4096
      error_message = "The environment variables of ${var.name} have ${local.environment_bytes} bytes, and Lambda allows 4096 for names and values together. Shorten bedrock.system_prompt, bedrock.allowed_model_ids or function.environment."
    }
  }

  # From its first invocation the function must be able to log and to call its model; on destroy it goes first, so that
  # nothing is left running without a log group.
  depends_on = [
    aws_cloudwatch_log_group.function,
    aws_iam_role_policy.write_logs,
    aws_iam_role_policy.granted,
  ]
}
