# The API is one OpenAPI document: response streaming came to the provider's own resources only with 6.25, and an import
# sets what it doesn't mention back to the default, so that nothing of the API may be kept beside it.

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_caller_identity" "current" {}

locals {
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id
  account_id = data.aws_caller_identity.current.account_id

  # Made here and not taken from the function: the deployment is created before its predecessor is destroyed, and Terraform
  # would treat all that it hangs on alike. A function and its role can't be, as both generations have one name.
  target_arn = join(":", compact(["arn:${local.partition}:lambda:${local.region}:${local.account_id}:function:${var.name}", var.alias]))
}

resource "aws_api_gateway_rest_api" "streaming" {
  name                         = var.name
  description                  = "Streams what the Lambda function ${var.name} answers."
  body                         = jsonencode(local.document)
  disable_execute_api_endpoint = var.settings.disable_default_endpoint
  binary_media_types           = var.settings.binary_media_types
  tags                         = var.tags

  endpoint_configuration {
    types            = [var.settings.endpoint_type]
    vpc_endpoint_ids = var.settings.endpoint_type == "PRIVATE" ? var.settings.vpc_endpoint_ids : null
  }

  lifecycle {
    precondition {
      condition     = length(local.crowded) == 0
      error_message = "rest_api has more than one path variable below ${jsonencode(sort(local.crowded))}: API Gateway allows one name there, and the greedy one of rest_api.catch_all counts. Give the variables of rest_api.routes one name, or set rest_api.catch_all to false."
    }
  }
}

# Not in the document: after each import the provider sets again the policy that its state has, the old one.
resource "aws_api_gateway_rest_api_policy" "callers" {
  count = local.has_policy ? 1 : 0

  rest_api_id = aws_api_gateway_rest_api.streaming.id
  policy      = local.resource_policy
}

# A deployment is a copy of the API as it was. It is made anew exactly when something changed that it copies.
resource "aws_api_gateway_deployment" "current" {
  rest_api_id = aws_api_gateway_rest_api.streaming.id
  description = "Made by Terraform."

  triggers = {
    api = sha256(jsonencode([
      aws_api_gateway_rest_api.streaming.body,
      aws_api_gateway_rest_api.streaming.endpoint_configuration,
      aws_api_gateway_rest_api.streaming.disable_execute_api_endpoint,
      local.resource_policy,
    ]))
  }

  depends_on = [aws_api_gateway_rest_api_policy.callers]

  lifecycle {
    # The stage moves to the new one before the old one goes: no request finds none.
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "streaming" {
  rest_api_id          = aws_api_gateway_rest_api.streaming.id
  deployment_id        = aws_api_gateway_deployment.current.id
  stage_name           = var.settings.stage_name
  variables            = var.settings.variables
  xray_tracing_enabled = var.settings.tracing_enabled
  tags                 = var.tags

  dynamic "access_log_settings" {
    for_each = aws_cloudwatch_log_group.access

    content {
      destination_arn = access_log_settings.value.arn
      format          = coalesce(var.settings.access_log.format, local.access_log_format)
    }
  }

  # API Gateway refuses a stage with an access log while the account has no role to write it with.
  depends_on = [aws_api_gateway_account.logging]
}

# This stage of this API may invoke the function, and nothing else of API Gateway.
resource "aws_lambda_permission" "stage" {
  statement_id  = "RestApi-${var.settings.stage_name}"
  function_name = var.function.arn
  qualifier     = var.function.alias
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.streaming.execution_arn}/${var.settings.stage_name}/*"
}

# Without a role of the caller's choice, API Gateway asks the authorizer in its own name.
resource "aws_lambda_permission" "authorizer" {
  count = local.authorizer == null ? 0 : local.authorizer.role_arn == null ? 1 : 0

  statement_id_prefix = "RestApiAuthorizer-"
  function_name       = local.authorizer.function_arn
  action              = "lambda:InvokeFunction"
  principal           = "apigateway.amazonaws.com"
  source_arn          = "${aws_api_gateway_rest_api.streaming.execution_arn}/authorizers/*"
}

resource "aws_wafv2_web_acl_association" "stage" {
  count = var.settings.web_acl_arn == null ? 0 : 1

  resource_arn = aws_api_gateway_stage.streaming.arn
  web_acl_arn  = var.settings.web_acl_arn
}
