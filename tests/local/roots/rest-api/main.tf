# One REST API of an imported document in front of one function, without the project's modules: what a test says about
# the local AWS is said about API Gateway's own resources.

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

variable "archive" {
  type        = string
  description = "Path of the function's zip."
}

variable "document" {
  type        = string
  description = "The OpenAPI document, with $${stream_uri} and $${buffered_uri} where integrations name the function."
}

variable "log_format" {
  type        = string
  description = "How a line of the access log looks."
}

variable "redeploy" {
  type        = string
  default     = ""
  description = "A new deployment is made when this changes, and only then."
}

locals {
  gateway = "arn:${data.aws_partition.current.partition}:apigateway:${data.aws_region.current.id}"
  lambda  = "${local.gateway}:lambda:path"
  body = replace(replace(var.document,
    "$${stream_uri}", "${local.lambda}/2021-11-15/functions/${aws_lambda_function.handler.arn}/response-streaming-invocations"),
  "$${buffered_uri}", "${local.lambda}/2015-03-31/functions/${aws_lambda_function.handler.arn}/invocations")
}

data "aws_partition" "current" {}

data "aws_region" "current" {}

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

resource "aws_iam_role" "execution" {
  name               = var.name
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

data "aws_iam_policy_document" "run" {
  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.handler.arn}:*"]
  }
}

resource "aws_iam_role_policy" "run" {
  name   = "run"
  role   = aws_iam_role.execution.name
  policy = data.aws_iam_policy_document.run.json
}

resource "aws_cloudwatch_log_group" "handler" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = 7
}

resource "aws_lambda_function" "handler" {
  function_name    = var.name
  role             = aws_iam_role.execution.arn
  filename         = var.archive
  source_code_hash = filebase64sha256(var.archive)
  handler          = "app.handler"
  runtime          = "python3.13"
  timeout          = 60

  environment {
    variables = { AWS_LAMBDA_EXEC_WRAPPER = "/var/task/bootstrap" }
  }

  depends_on = [aws_cloudwatch_log_group.handler]
}

resource "aws_lambda_permission" "gateway" {
  statement_id  = "AllowTheRestApi"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.handler.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.chat.execution_arn}/${aws_api_gateway_stage.live.stage_name}/*"
}

resource "aws_api_gateway_rest_api" "chat" {
  name = var.name
  body = local.body

  endpoint_configuration {
    types = ["EDGE"] # its idle timeout is the short one
  }
}

resource "aws_api_gateway_deployment" "chat" {
  rest_api_id = aws_api_gateway_rest_api.chat.id
  triggers    = { redeploy = var.redeploy }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "live" {
  rest_api_id   = aws_api_gateway_rest_api.chat.id
  deployment_id = aws_api_gateway_deployment.chat.id
  stage_name    = "live"
  variables     = { model = "nova" }

  xray_tracing_enabled = true

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format          = var.log_format
  }

  depends_on = [aws_api_gateway_account.logging]
}

resource "aws_cloudwatch_log_group" "access" {
  name              = "/aws/apigateway/${var.name}"
  retention_in_days = 7
}

data "aws_iam_policy_document" "gateway_trust" {
  statement {
    sid     = "ApiGatewayLogsAsThisRole"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["apigateway.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "logging" {
  name               = "${var.name}-logging"
  assume_role_policy = data.aws_iam_policy_document.gateway_trust.json
}

resource "aws_iam_role_policy_attachment" "logging" {
  role       = aws_iam_role.logging.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
}

resource "aws_api_gateway_account" "logging" {
  cloudwatch_role_arn = aws_iam_role.logging.arn

  depends_on = [aws_iam_role_policy_attachment.logging]
}

resource "aws_api_gateway_domain_name" "own" {
  domain_name              = "api.example.com"
  regional_certificate_arn = "arn:${data.aws_partition.current.partition}:acm:${data.aws_region.current.id}:123456789012:certificate/own"

  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_base_path_mapping" "own" {
  domain_name = aws_api_gateway_domain_name.own.domain_name
  base_path   = "v1"
  api_id      = aws_api_gateway_rest_api.chat.id
  stage_name  = aws_api_gateway_stage.live.stage_name
}

output "rest_api_url" {
  value = aws_api_gateway_stage.live.invoke_url
}

output "api_id" {
  value = aws_api_gateway_rest_api.chat.id
}
