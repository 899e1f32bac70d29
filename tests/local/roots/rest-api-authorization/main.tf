# One REST API whose routes ask different things of their callers, and what the callers need: a user pool, a function that
# decides, a role that may call one route.

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
  description = "Path of a zip with the handlers app.echo and app.authorize."
}

variable "allow_origins" {
  type = list(string)
}

module "api" {
  source = "../../../../"

  name         = var.name
  handler      = "app.echo"
  package      = { filename = var.archive }
  function_url = null
  cors         = { allow_origins = var.allow_origins }

  rest_api = {
    authorization = "NONE"
    catch_all     = false
    cognito       = { user_pool_arns = [aws_cognito_user_pool.people.arn] }
    lambda_authorizer = {
      function_arn                   = module.authorizer.function_arn
      identity_validation_expression = "^[a-z-]+$"
    }
    usage_plan = {
      key_names = ["spent", "disabled"]
      quota     = { limit = 2, period = "MONTH" }
    }
    routes = {
      "GET /open"           = {}
      "GET /signed/{path}"  = { authorization = "AWS_IAM" }
      "GET /id-token"       = { authorization = "COGNITO" }
      "GET /access-token"   = { authorization = "COGNITO", scopes = ["chat/ask", "aws.cognito.signin.user.admin"] }
      "GET /foreign-scope"  = { authorization = "COGNITO", scopes = ["chat/ask"] }
      "GET /decided"        = { authorization = "LAMBDA" }
      "GET /decided/{path}" = { authorization = "LAMBDA" }
      "GET /keyed"          = { api_key_required = true }
      "ANY /throttled/{id}" = { throttle = { rate_limit = 0.001, burst_limit = 2 } }
    }
  }
}

module "authorizer" {
  source = "../../../../"

  name         = "${var.name}-authorizer"
  handler      = "app.authorize"
  package      = { filename = var.archive }
  function_url = null
}

resource "aws_cognito_user_pool" "people" {
  name = var.name
}

resource "aws_cognito_user_pool_client" "page" {
  name                = "page"
  user_pool_id        = aws_cognito_user_pool.people.id
  explicit_auth_flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
}

data "aws_caller_identity" "current" {}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "AnyoneInThisAccount"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = [data.aws_caller_identity.current.account_id]
    }
  }
}

resource "aws_iam_role" "caller" {
  name               = "${var.name}-caller"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

data "aws_iam_policy_document" "call" {
  statement {
    sid       = "CallOneRoute"
    actions   = ["execute-api:Invoke"]
    resources = ["${module.api.rest_api_execution_arn}/prod/GET/signed/mine"]
  }
}

resource "aws_iam_role_policy" "call" {
  name   = "call"
  role   = aws_iam_role.caller.name
  policy = data.aws_iam_policy_document.call.json
}

output "url" {
  value = module.api.rest_api_url
}

output "api_id" {
  value = module.api.rest_api_id
}

output "api_keys" {
  value     = module.api.rest_api_keys
  sensitive = true
}

output "user_pool_id" {
  value = aws_cognito_user_pool.people.id
}

output "client_id" {
  value = aws_cognito_user_pool_client.page.id
}

output "authorizer" {
  value = module.authorizer.function_name
}

output "caller" {
  value = aws_iam_role.caller.arn
}
