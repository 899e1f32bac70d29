# An open URL whose models can do different things, by the operator's word.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

variable "allowed_model_ids" {
  type = list(string)
}

module "chat" {
  source = "../../../../"

  name = "openai"
  bedrock = {
    model_id          = "amazon.nova-lite-v1:0"
    allowed_model_ids = concat(["amazon.nova-micro-v1:0"], var.allowed_model_ids)
    capabilities = {
      "amazon.nova-lite-v1:0"  = { json_schema = "native" }
      "amazon.nova-micro-v1:0" = { json_schema = "tool" }
      "stand-in.echo"          = { reasoning_effort = { low = jsonencode({ thinking = "a little" }) } }
    }
  }
  function_url = { authorization_type = "NONE" }
}

output "function_url" {
  value = module.chat.function_url
}
