# A handler of one's own behind an edge-optimised API on its own domain, with what a stage can have.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

variable "resource_policy" {
  type    = string
  default = null
}

module "stream" {
  source = "../../../../"

  name       = "options"
  source_dir = "${path.module}/src"
  handler    = "app.handler"
  function = {
    alias             = "live"
    heartbeat_seconds = 1
  }
  function_url = null
  rest_api = {
    stage_name    = "v1"
    endpoint_type = "EDGE"
    authorization = "NONE"
    throttle      = { rate_limit = 50, burst_limit = 100 }
    variables     = { colour = "blue" }
    domain = {
      name            = "api.example.com"
      certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"
      base_path       = "stream"
    }
    tracing_enabled = true
    resource_policy = var.resource_policy
  }
}

output "rest_api_id" {
  value = module.stream.rest_api_id
}

output "rest_api_url" {
  value = module.stream.rest_api_url
}

output "rest_api_domain_target" {
  value = module.stream.rest_api_domain_target
}
