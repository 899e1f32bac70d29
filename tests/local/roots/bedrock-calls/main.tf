# Open URLs, one for each client of Bedrock, whose calls have all that an operator can set and stay in three regions.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

data "aws_caller_identity" "current" {}

locals {
  regions = ["eu-central-1", "eu-west-1", "eu-west-3"]
  account = data.aws_caller_identity.current.account_id
  # The models of a policy must be known at plan, and so must the account in their ARNs.
  application_profile = "arn:aws:bedrock:eu-central-1:${local.account}:application-inference-profile/stand-in.echo"
}

resource "aws_bedrock_guardrail" "words" {
  name                      = "words"
  description               = "One word and one pattern." # the provider wants to read one
  blocked_input_messaging   = "I can't talk about that."
  blocked_outputs_messaging = "I can't say that."

  word_policy_config {
    words_config {
      text = "forbidden"
    }
  }

  sensitive_information_policy_config {
    regexes_config {
      name        = "Ticket"
      description = "The number of a ticket."
      pattern     = "T-\\d+"
      action      = "ANONYMIZE"
    }
  }
}

resource "aws_bedrock_guardrail_version" "words" {
  guardrail_arn = aws_bedrock_guardrail.words.guardrail_arn
}

module "chat" {
  source   = "../../../../"
  for_each = toset(["native", "boto3"])

  name = "calls-${each.key}"
  bedrock = {
    client            = each.key
    model_id          = "stand-in.echo"
    allowed_model_ids = ["eu.amazon.nova-lite-v1:0", local.application_profile]
    inference_profile_models = {
      (local.application_profile) = ["arn:aws:bedrock:eu-central-1::foundation-model/stand-in.echo"]
    }
    system_prompt = "You help customers."
    capabilities = {
      "stand-in.echo" = {
        reasoning_effort         = { low = jsonencode({ thinking = "a little" }), none = "{}" }
        default_reasoning_effort = "low"
        prompt_caching           = ["system", "tools", "messages"]
        prompt_cache_ttl         = "1h"
      }
    }
    guardrail = {
      id           = aws_bedrock_guardrail.words.guardrail_id
      version      = each.key == "native" ? "DRAFT" : aws_bedrock_guardrail_version.words.version
      profile_arns = [for region in local.regions : "arn:aws:bedrock:${region}:${local.account}:guardrail-profile/eu.guardrail.v1:0"]
    }
    service_tier        = "priority"
    performance_latency = "optimized"
    request_metadata    = { team = "support" }
    allowed_regions     = local.regions
  }
  function     = { reserved_concurrent_executions = 5 }
  function_url = { authorization_type = "NONE" }
}

output "urls" {
  value = { for client, chat in module.chat : client => chat.function_url }
}

output "role_arns" {
  value = { for client, chat in module.chat : client => chat.role_arn }
}

output "function_names" {
  value = { for client, chat in module.chat : client => chat.function_name }
}

output "guardrail_id" {
  value = aws_bedrock_guardrail.words.guardrail_id
}
