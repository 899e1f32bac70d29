# An open URL whose model never sees personal data, and whose log says all that it can.

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

  name = "redaction"
  bedrock = {
    model_id          = "stand-in.echo"
    allowed_model_ids = ["stand-in.tool-use", "amazon.nova-lite-v1:0"]
    capabilities      = { "amazon.nova-lite-v1:0" = { json_schema = "native" } }
  }
  chat = {
    client_system_prompt = true
    redaction            = { detector = "comprehend" }
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
