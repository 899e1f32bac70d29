# What the checks are tried on: a URL that asks for signatures, with a REST API and a CDN before it, which keeps
# conversations, and an open one.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

variable "origin" {
  type = string
}

variable "allowed_model_ids" {
  type = list(string)
}

locals {
  bedrock  = { model_id = "amazon.nova-lite-v1:0", allowed_model_ids = var.allowed_model_ids }
  cors     = { allow_origins = [var.origin] }
  function = { heartbeat_seconds = 1, reserved_concurrent_executions = 10 }
}

module "signed" {
  source = "../../../../"

  name     = "signed"
  bedrock  = local.bedrock
  function = local.function
  cors     = local.cors
  chat     = { history = {} }
  rest_api = {}
  cdn = {
    countries           = { allow = ["CZ"] }
    wait_for_deployment = false
  }
}

module "open" {
  source = "../../../../"

  name         = "open"
  bedrock      = local.bedrock
  function     = local.function
  function_url = { authorization_type = "NONE" }
  cors         = local.cors
}

output "signed_arn" {
  value = module.signed.function_arn
}

output "chat_table_name" {
  value = module.signed.chat_table_name
}

output "signed_url" {
  value = module.signed.function_url
}

output "open_url" {
  value = module.open.function_url
}

output "rest_api_url" {
  value = module.signed.rest_api_url
}

output "rest_api_id" {
  value = module.signed.rest_api_id
}

output "cdn_url" {
  value = module.signed.cdn_url
}

output "cdn_distribution_id" {
  value = module.signed.cdn_distribution_id
}
