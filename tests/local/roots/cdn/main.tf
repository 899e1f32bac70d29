# CloudFront in front of a handler of one's own: one country, a short silence, an alias.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

module "stream" {
  source = "../../../../"

  name       = "edge"
  source_dir = "${path.module}/src"
  handler    = "app.handler"
  function = {
    alias             = "live"
    heartbeat_seconds = 1
  }
  cors = { allow_origins = ["https://app.example.com"] }
  cdn = {
    countries           = { allow = ["CZ"] }
    origin_read_timeout = 4
    wait_for_deployment = false
  }
  tags = { team = "support" }
}

output "cdn_url" {
  value = module.stream.cdn_url
}

output "cdn_distribution_id" {
  value = module.stream.cdn_distribution_id
}

output "function_url" {
  value = module.stream.function_url
}

output "function_name" {
  value = module.stream.function_name
}
