# The chat product with all that can fail behind it, and a short timeout.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

resource "aws_kms_key" "conversations" {
  description = "Conversations of the product"
}

module "chat" {
  source = "../../../../"

  name = "product"
  bedrock = {
    model_id = "amazon.nova-lite-v1:0"
    allowed_model_ids = [
      "stand-in.throttled", "stand-in.truncated", "stand-in.silent", "stand-in.reset",
    ]
  }
  chat = {
    prompt    = { content = "Be brief.", refresh_seconds = 1 }
    history   = { kms_key_arn = aws_kms_key.conversations.arn }
    redaction = { detector = "both" }
  }
  function = { timeout = 20 }
}

output "function_url" {
  value = module.chat.function_url
}

output "function_name" {
  value = module.chat.function_name
}

output "chat_table_name" {
  value = module.chat.chat_table_name
}
