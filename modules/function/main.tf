# The function has no dead-letter queue and no failure destination: a URL invokes it synchronously, so whoever asks gets
# the error, and nothing is ever retried that could be kept for later.

data "aws_region" "current" {}

# Created here and not by Lambda, so that the logs have a retention and go with the function. The role may not create
# groups: a last invocation during destroy would bring the group back.
resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.logging.retention_in_days
  kms_key_id        = var.logging.kms_key_arn
  tags              = var.tags
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
  # Lambda's own variable is taken; `bootstrap` starts this wrapper in between.
  further_wrapper = var.settings.exec_wrapper == null ? {} : { LAMBDA_STREAM_EXEC_WRAPPER = var.settings.exec_wrapper }
  environment     = merge(var.environment, local.wrapper, local.further_wrapper, local.timing)

  # length() counts characters; base64 writes three bytes as four digits.
  environment_base64 = base64encode(join("", flatten([for key, value in local.environment : [key, value]])))
  environment_bytes  = floor(length(trim(local.environment_base64, "=")) * 3 / 4)

  region = data.aws_region.current.id
}

resource "aws_lambda_function" "streaming" {
  function_name                  = var.name
  description                    = var.description
  role                           = local.role_arn
  runtime                        = var.settings.runtime
  handler                        = var.handler
  filename                       = var.package.filename
  source_code_hash               = var.package.source_code_hash
  s3_bucket                      = one(var.package.s3[*].bucket)
  s3_key                         = one(var.package.s3[*].key)
  s3_object_version              = one(var.package.s3[*].object_version)
  architectures                  = var.settings.architectures
  layers                         = var.settings.layers
  memory_size                    = var.settings.memory_size
  timeout                        = var.settings.timeout
  reserved_concurrent_executions = var.settings.reserved_concurrent_executions
  kms_key_arn                    = var.settings.kms_key_arn
  publish                        = var.settings.alias != null
  tags                           = var.tags

  environment {
    variables = local.environment
  }

  ephemeral_storage {
    size = var.settings.ephemeral_storage_size
  }

  logging_config {
    log_group             = aws_cloudwatch_log_group.function.name
    log_format            = var.logging.format
    application_log_level = var.logging.application_log_level
    system_log_level      = var.logging.system_log_level
  }

  tracing_config {
    mode = var.settings.tracing_mode
  }

  dynamic "snap_start" {
    for_each = var.settings.snap_start ? [true] : []

    content {
      apply_on = "PublishedVersions"
    }
  }

  dynamic "vpc_config" {
    for_each = var.settings.vpc[*]

    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  lifecycle {
    precondition {
      condition     = local.environment_bytes <= 4096
      error_message = "The environment variables of ${var.name} have ${local.environment_bytes} bytes, and Lambda allows 4096 for names and values together. Shorten bedrock.system_prompt, bedrock.capabilities, bedrock.request_metadata, bedrock.allowed_model_ids or function.environment."
    }
    precondition {
      condition     = alltrue([for arn in var.settings.layers : split(":", arn)[3] == local.region])
      error_message = "function.layers is ${jsonencode(var.settings.layers)} and the function is in ${local.region}: Lambda takes layers only from the function's own region. Publish them in ${local.region} and name those versions."
    }
    precondition {
      condition     = var.settings.kms_key_arn == null ? true : split(":", var.settings.kms_key_arn)[3] == local.region
      error_message = "function.kms_key_arn is ${jsonencode(var.settings.kms_key_arn)} and the function is in ${local.region}: Lambda takes a key only from the function's own region. Name a key in ${local.region}, or a multi-region key's replica there."
    }
    precondition {
      condition     = var.logging.kms_key_arn == null ? true : split(":", var.logging.kms_key_arn)[3] == local.region
      error_message = "logging.kms_key_arn is ${jsonencode(var.logging.kms_key_arn)} and the log group is in ${local.region}: CloudWatch Logs takes a key only from the group's own region. Name a key in ${local.region}, or a multi-region key's replica there."
    }
    precondition {
      condition     = var.role.existing == null ? true : split(":", var.role.existing.arn)[4] == local.account_id
      error_message = "role.existing.arn is ${var.role.existing == null ? "null" : jsonencode(var.role.existing.arn)} and the function is in the account ${local.account_id}: Lambda takes only roles of the function's own account. Name a role of that account."
    }
  }

  # Lambda refuses a function in a VPC, with tracing or with a key while its role lacks the permissions for it. And from
  # its first invocation the function must be able to log and to call its model; on destroy it goes first, so that
  # nothing is left running without a log group.
  depends_on = [
    aws_cloudwatch_log_group.function,
    aws_iam_role_policy.run,
    aws_iam_role_policy.granted,
  ]
}

# The function is named by its ARN: when Terraform replaces the function its aliases are gone with it, and only the ARN,
# unknown until then, makes Terraform replace this one too.
resource "aws_lambda_alias" "published" {
  count = var.settings.alias == null ? 0 : 1

  name             = var.settings.alias
  description      = "The version of ${var.name} that was applied last."
  function_name    = aws_lambda_function.streaming.arn
  function_version = aws_lambda_function.streaming.version
}

resource "aws_lambda_provisioned_concurrency_config" "published" {
  count = var.settings.provisioned_concurrent_executions > 0 ? 1 : 0

  function_name                     = aws_lambda_function.streaming.arn
  qualifier                         = one(aws_lambda_alias.published[*].name)
  provisioned_concurrent_executions = var.settings.provisioned_concurrent_executions
}
