# The chat application with all that it can keep, conversations and its system prompt, behind CloudFront too.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

module "chat" {
  source = "../../../../"

  name = "kept"
  bedrock = {
    model_id = "amazon.nova-lite-v1:0"
    allowed_model_ids = [
      "stand-in.echo", "stand-in.throttled", "stand-in.throttled-mid-stream", "stand-in.truncated",
    ]
  }
  chat = {
    page    = true
    history = { ttl_days = 7, context_tokens = 200 }
    prompt  = { content = "Be brief.", refresh_seconds = 1 }
  }
  cdn = { wait_for_deployment = false }
}

output "function_url" {
  value = module.chat.function_url
}

output "cdn_url" {
  value = module.chat.cdn_url
}

output "function_arn" {
  value = module.chat.function_arn
}

output "function_name" {
  value = module.chat.function_name
}

output "role_arn" {
  value = module.chat.role_arn
}

output "log_group_name" {
  value = module.chat.log_group_name
}

output "prompt_bucket" {
  value = module.chat.prompt_bucket
}

output "chat_table_name" {
  value = module.chat.chat_table_name
}
