# An open URL that keeps conversations, though neither its model nor its table ever sees personal data.

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

  name = "private"
  bedrock = {
    model_id      = "stand-in.echo"
    system_prompt = "You may name grace.hopper@example.com."
  }
  chat = {
    history   = { ttl_days = 7 }
    redaction = { detector = "both", language = "en" }
  }
  function     = { timeout = 30 }
  function_url = { authorization_type = "NONE" }
  logging      = { format = "JSON", application_log_level = "DEBUG" }
}

output "function_url" {
  value = module.chat.function_url
}

output "role_arn" {
  value = module.chat.role_arn
}

output "log_group_name" {
  value = module.chat.log_group_name
}

output "chat_table_name" {
  value = module.chat.chat_table_name
}
