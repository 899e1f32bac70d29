# The root module with a mocked provider: what its variables accept, and what it makes of them.

mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { id = "eu-central-1" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/chat-eu-central-1" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/chat" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:111122223333:function:chat" }
  }

  mock_resource "aws_lambda_alias" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:111122223333:function:chat:live" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }

  mock_resource "aws_lambda_function_url" {
    defaults = { function_url = "https://abc123.lambda-url.eu-central-1.on.aws/" }
  }
}

variables {
  name    = "chat"
  bedrock = { model_id = "amazon.nova-lite-v1:0" }
}

# --- what the root makes of its variables ---

run "name_and_model_are_enough" {
  assert {
    condition     = output.function_name == "chat"
    error_message = "function_name: ${output.function_name}"
  }
  assert {
    condition     = output.function_arn == "arn:aws:lambda:eu-central-1:111122223333:function:chat"
    error_message = "function_arn: ${output.function_arn}"
  }
  assert {
    condition     = output.role_arn == "arn:aws:iam::111122223333:role/chat-eu-central-1"
    error_message = "role_arn: ${output.role_arn}"
  }
  assert {
    condition     = output.alias_arn == null
    error_message = "alias_arn: ${jsonencode(output.alias_arn)}"
  }
  assert {
    condition     = output.log_group_name == "/aws/lambda/chat"
    error_message = "log_group_name: ${output.log_group_name}"
  }
  assert {
    condition     = output.function_url == "https://abc123.lambda-url.eu-central-1.on.aws/"
    error_message = "function_url: ${output.function_url}"
  }
  assert {
    condition     = var.function_url.authorization_type == "AWS_IAM" && local.cors == null
    error_message = "By default the URL answers signed requests only and has no CORS."
  }
  assert {
    condition = jsonencode(local.environment) == jsonencode({
      BEDROCK_CHAT_MODEL_ID        = "amazon.nova-lite-v1:0"
      BEDROCK_CHAT_CLIENT          = "native"
      BEDROCK_CHAT_MAX_TOKENS      = "2048"
      BEDROCK_CHAT_MAX_INPUT_BYTES = "262144"
      BEDROCK_CHAT_INTERFACES      = "openai,ai-sdk"

      BEDROCK_CHAT_CLIENT_SYSTEM_PROMPT = "true"
    })
    error_message = "A setting that is off sets no variable: ${jsonencode(local.environment)}"
  }
  assert {
    condition     = local.function_settings.heartbeat_seconds == 15 && local.function_settings.deadline_margin_seconds == 1
    error_message = jsonencode(local.function_settings)
  }
}

run "the_applications_settings_reach_its_environment" {
  command = plan

  variables {
    bedrock = {
      model_id          = "amazon.nova-lite-v1:0"
      allowed_model_ids = ["amazon.nova-micro-v1:0", "deepseek.v3.2"]
      client            = "boto3"
      max_tokens        = 1000000
      max_input_bytes   = 6291456
      system_prompt     = "Answer in Czech."
    }
    function     = { environment = { TEAM = "support" }, reserved_concurrent_executions = 1 }
    function_url = { authorization_type = "NONE" }
    chat         = { page = true, openai = false, ai_sdk = false, client_system_prompt = true }
  }

  assert {
    condition = jsonencode(local.environment) == jsonencode({
      TEAM                           = "support"
      BEDROCK_CHAT_INTERFACES        = "page"
      BEDROCK_CHAT_MODEL_ID          = "amazon.nova-lite-v1:0"
      BEDROCK_CHAT_ALLOWED_MODEL_IDS = "amazon.nova-micro-v1:0,deepseek.v3.2"
      BEDROCK_CHAT_CLIENT            = "boto3"
      BEDROCK_CHAT_MAX_TOKENS        = "1000000"
      BEDROCK_CHAT_MAX_INPUT_BYTES   = "6291456"
      BEDROCK_CHAT_SYSTEM_PROMPT     = "Answer in Czech."

      BEDROCK_CHAT_CLIENT_SYSTEM_PROMPT = "true"
    })
    error_message = jsonencode(local.environment)
  }
}

run "what_every_call_has_reaches_the_application_in_converse_streams_words" {
  command = plan

  variables {
    bedrock = {
      model_id            = "amazon.nova-lite-v1:0"
      guardrail           = { id = "a1b2c3" }
      service_tier        = "flex"
      performance_latency = "optimized"
      request_metadata    = { team = "support" }
      allowed_regions     = ["eu-central-1"]
      capabilities = {
        "amazon.nova-lite-v1:0" = {
          reasoning_effort         = { low = "{\"a\": 1}" }
          default_reasoning_effort = "low"
          prompt_caching           = ["system", "messages"]
          prompt_cache_ttl         = "1h"
        }
      }
    }
  }

  assert {
    condition = jsonencode(jsondecode(local.environment.BEDROCK_CHAT_CALL_PARAMETERS)) == jsonencode({
      guardrailConfig = {
        guardrailIdentifier  = "a1b2c3"
        guardrailVersion     = "DRAFT"
        streamProcessingMode = "sync"
        trace                = "disabled"
      }
      performanceConfig = { latency = "optimized" }
      requestMetadata   = { team = "support" }
      serviceTier       = { type = "flex" }
    })
    error_message = local.environment.BEDROCK_CHAT_CALL_PARAMETERS
  }
  assert {
    condition = jsonencode(jsondecode(local.environment.BEDROCK_CHAT_CAPABILITIES)) == jsonencode({
      "amazon.nova-lite-v1:0" = {
        default_reasoning_effort = "low"
        documents                = true
        images                   = true
        json_schema              = "unsupported"
        prompt_cache_ttl         = "1h"
        prompt_caching           = ["messages", "system"]
        reasoning_effort         = { low = { a = 1 } }
        tools                    = true
      }
    })
    error_message = local.environment.BEDROCK_CHAT_CAPABILITIES
  }
}

run "a_system_prompt_is_the_operators_alone" {
  command = plan

  variables {
    bedrock = { model_id = "amazon.nova-lite-v1:0", system_prompt = "Answer in Czech." }
  }

  assert {
    condition     = local.environment.BEDROCK_CHAT_CLIENT_SYSTEM_PROMPT == "false"
    error_message = jsonencode(local.environment)
  }
  assert {
    condition     = endswith(module.package.package.filename, "dist/handler.zip")
    error_message = module.package.package.filename
  }
}

run "clients_may_be_refused_instructions_altogether" {
  command = plan

  variables {
    bedrock = { model_id = "amazon.nova-lite-v1:0" }
    chat    = { client_system_prompt = false }
  }

  assert {
    condition     = local.environment.BEDROCK_CHAT_CLIENT_SYSTEM_PROMPT == "false"
    error_message = jsonencode(local.environment)
  }
}

run "redaction_reaches_the_application_and_asks_comprehend" {
  command = plan

  variables {
    chat = { redaction = { entity_types = ["NAME", "EMAIL"] } }
  }

  assert {
    condition = jsondecode(local.environment.BEDROCK_CHAT_REDACTION) == {
      detector          = "comprehend"
      language          = "auto"
      entity_types      = ["NAME", "EMAIL"]
      min_score         = 0.5
      other_languages   = "refuse"
      on_failure        = "refuse"
      allow_attachments = false
    }
    error_message = local.environment.BEDROCK_CHAT_REDACTION
  }
  assert {
    condition = jsonencode({
      for statement in one(data.aws_iam_policy_document.redaction[*].statement) : statement.sid => statement.actions
      }) == jsonencode({
      FindPersonalData = ["comprehend:DetectPiiEntities"]
      FindLanguage     = ["comprehend:DetectDominantLanguage"]
    })
    error_message = jsonencode(data.aws_iam_policy_document.redaction[*].statement)
  }
  assert {
    condition     = jsonencode(keys(local.policies)) == jsonencode(["bedrock", "redaction"])
    error_message = jsonencode(keys(local.policies))
  }
  assert {
    condition     = endswith(module.package.package.filename, "dist/chat.zip")
    error_message = module.package.package.filename
  }
}

run "what_is_kept_reaches_the_application" {
  command = plan

  variables {
    chat = {
      history = { ttl_days = 7, table_name = "conversations" }
      prompt  = { bucket = "prompts", refresh_seconds = 5 }
    }
  }

  assert {
    condition = jsonencode({ for name, value in local.environment : name => value if length(regexall("PROMPT|HISTORY", name)) > 0 }) == jsonencode({
      BEDROCK_CHAT_HISTORY_TABLE          = "conversations"
      BEDROCK_CHAT_HISTORY_TTL_DAYS       = "7"
      BEDROCK_CHAT_HISTORY_CONTEXT_TOKENS = "8000"
      BEDROCK_CHAT_PROMPT_BUCKET          = "prompts"
      BEDROCK_CHAT_PROMPT_KEY             = "system.md"
      BEDROCK_CHAT_PROMPT_REFRESH_SECONDS = "5"
      # No BEDROCK_CHAT_HISTORY_KEY, as nothing is redacted. With a prompt of the operator's, wherever it is, instructions are the operator's alone.
      BEDROCK_CHAT_CLIENT_SYSTEM_PROMPT = "false"
    })
    error_message = jsonencode(local.environment)
  }
  assert {
    condition     = local.function_settings.deadline_margin_seconds == 3
    error_message = "What came is stored in the margin: ${local.function_settings.deadline_margin_seconds}"
  }
  assert {
    condition     = jsonencode(keys(local.policies)) == jsonencode(["bedrock", "history", "prompt"])
    error_message = jsonencode(keys(local.policies))
  }
  assert {
    condition     = endswith(module.package.package.filename, "dist/chat.zip")
    error_message = module.package.package.filename
  }
}

run "what_stands_for_personal_data_is_encrypted_where_it_is_kept" {
  command = plan

  variables {
    chat = { history = {}, redaction = { detector = "patterns" } }
  }

  assert {
    condition     = contains(keys(local.environment), "BEDROCK_CHAT_HISTORY_KEY")
    error_message = jsonencode(keys(local.environment))
  }
}

run "a_language_that_is_known_is_not_asked_for" {
  command = plan

  variables {
    chat = { redaction = { detector = "both", language = "es" } }
  }

  assert {
    condition     = jsonencode(one(data.aws_iam_policy_document.redaction[*].statement)[*].sid) == jsonencode(["FindPersonalData"])
    error_message = jsonencode(data.aws_iam_policy_document.redaction[*].statement)
  }
}

run "patterns_ask_nobody" {
  command = plan

  variables {
    chat = { redaction = { detector = "patterns", entity_types = ["PHONE"] } }
  }

  assert {
    condition     = jsonencode(keys(local.policies)) == jsonencode(["bedrock"])
    error_message = jsonencode(keys(local.policies))
  }
}

run "what_models_can_do_reaches_the_applications_environment" {
  command = plan

  variables {
    bedrock = {
      model_id          = "amazon.nova-lite-v1:0"
      allowed_model_ids = ["openai.gpt-oss-20b-1:0"]
      capabilities = {
        "amazon.nova-lite-v1:0" = { json_schema = "tool" }
        "openai.gpt-oss-20b-1:0" = {
          images           = false
          documents        = false
          tools            = null # as left out
          json_schema      = "native"
          reasoning_effort = { low = jsonencode({ reasoning_effort = "low", budget = 1024 }), none = "{}" }
        }
      }
    }
  }

  assert {
    condition = jsondecode(local.environment.BEDROCK_CHAT_CAPABILITIES) == {
      "amazon.nova-lite-v1:0" = {
        images = true, documents = true, tools = true, json_schema = "tool", reasoning_effort = {}
      }
      "openai.gpt-oss-20b-1:0" = {
        images           = false
        documents        = false
        tools            = true
        json_schema      = "native"
        reasoning_effort = { low = { reasoning_effort = "low", budget = 1024 }, none = {} }
      }
    }
    error_message = jsonencode(local.environment)
  }
}

run "no_url_on_request" {
  variables {
    function_url = null
    chat         = { openai = false, ai_sdk = false }
  }

  assert {
    condition     = local.environment.BEDROCK_CHAT_INTERFACES == ""
    error_message = "All off is an empty list, not a list left out: ${jsonencode(local.environment)}"
  }

  assert {
    condition     = output.function_url == null && length(module.function_url) == 0
    error_message = "function_url = null must create no URL and give null."
  }
}

run "cors_always_allows_what_clients_of_the_url_send" {
  command = plan

  variables {
    cors = { allow_origins = ["https://app.example.com", "http://localhost:5173"], allow_headers = ["X-Team", "Content-Type"] }
  }

  assert {
    condition = jsonencode(local.cors) == jsonencode({
      allow_origins     = ["https://app.example.com", "http://localhost:5173"]
      allow_methods     = ["GET", "POST"]
      allow_headers     = ["authorization", "content-type", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token", "x-team"]
      expose_headers    = []
      max_age           = 3600
      allow_credentials = false
    })
    error_message = jsonencode(local.cors)
  }
}

run "every_form_of_model_id_is_accepted" {
  command = plan

  variables {
    bedrock = {
      model_id = "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0"
      allowed_model_ids = [
        "amazon.nova-lite-v1:0",
        "deepseek.v3.2",
        "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0",
        "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.amazon.nova-lite-v1:0",
        "arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/abcdefghijkl",
        "arn:aws:bedrock:eu-central-1:111122223333:provisioned-model/abcdefghijkl",
        "arn:aws:bedrock:eu-central-1:111122223333:imported-model/abcdefghijkl",
        "arn:aws-us-gov:bedrock:us-gov-west-1:111122223333:custom-model-deployment/abcdefghijkl",
      ]
      inference_profile_models = {
        "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0"                                     = ["arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0"]
        "global.anthropic.claude-sonnet-4-5-20250929-v1:0"                                     = ["arn:aws:bedrock:::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0"]
        "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.amazon.nova-lite-v1:0" = ["arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"]
        "arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/abcdefghijkl" = ["arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0"]
      }
    }
  }
}

run "custom_runtime_with_a_layer_is_accepted" {
  command = plan

  variables {
    function = {
      runtime = "provided.al2023"
      layers  = ["arn:aws:lambda:eu-central-1:111122223333:layer:python:7"]
    }
  }
}

run "no_heartbeats_and_no_margin_are_accepted" {
  command = plan

  variables {
    function = { heartbeat_seconds = 0, deadline_margin_seconds = 0 }
  }
}

run "one_beat_in_the_longest_run_and_all_of_it_as_margin_are_accepted" {
  command = plan

  variables {
    function = { timeout = 900, heartbeat_seconds = 900, deadline_margin_seconds = 900 }
  }
}

run "a_beat_each_second_is_accepted" {
  command = plan

  variables {
    function = { heartbeat_seconds = 1 }
  }
}

# "é" is one character of two bytes, and the limit counts bytes.
run "system_prompt_of_3000_bytes_is_accepted" {
  command = plan

  variables {
    bedrock = { model_id = "amazon.nova-lite-v1:0", system_prompt = replace(format("%1500s", ""), " ", "é") }
  }
}

run "every_setting_of_the_function_is_accepted" {
  variables {
    function = {
      runtime                           = "python3.12"
      memory_size                       = 10240
      timeout                           = 900
      architectures                     = ["x86_64"]
      ephemeral_storage_size            = 10240
      kms_key_arn                       = "arn:aws:kms:eu-central-1:111122223333:key/mrk-1234abcd"
      tracing_mode                      = "Active"
      reserved_concurrent_executions    = 2
      alias                             = "live-1_a"
      provisioned_concurrent_executions = 2
      environment                       = { TEAM = "support" }
    }
    role = { permissions_boundary = "arn:aws:iam::aws:policy/PowerUserAccess" }
    logging = {
      retention_in_days     = 0
      format                = "JSON"
      application_log_level = "TRACE"
      system_log_level      = "DEBUG"
      kms_key_arn           = "arn:aws:kms:eu-central-1:111122223333:key/mrk-1234abcd"
    }
    tags = { "Cost center" = "žluť 1_2.3:4/5=6+7-8@9", empty = "" }
  }

  assert {
    condition     = output.alias_arn == "arn:aws:lambda:eu-central-1:111122223333:function:chat:live"
    error_message = output.alias_arn
  }
  assert {
    condition     = keys(output.role_policies) == ["bedrock", "run"]
    error_message = jsonencode(keys(output.role_policies))
  }
}

run "snapshots_go_with_everything_else" {
  variables {
    function = {
      runtime                        = "python3.12"
      architectures                  = ["x86_64"]
      ephemeral_storage_size         = 512
      kms_key_arn                    = "arn:aws:kms:eu-central-1:111122223333:key/mrk-1234abcd"
      tracing_mode                   = "Active"
      reserved_concurrent_executions = 2
      alias                          = "live"
      snap_start                     = true
    }
  }

  assert {
    condition     = output.alias_arn == "arn:aws:lambda:eu-central-1:111122223333:function:chat:live"
    error_message = output.alias_arn
  }
}

run "an_existing_role_is_told_back" {
  variables {
    role = { existing = { arn = "arn:aws:iam::111122223333:role/team/mine" } }
    tags = { Team = "a", team = "b" } # only a role that is made would mind
  }

  assert {
    condition     = output.role_arn == "arn:aws:iam::111122223333:role/team/mine" && keys(output.role_policies) == ["bedrock", "run"]
    error_message = "${output.role_arn} ${jsonencode(keys(output.role_policies))}"
  }
}

run "the_least_of_everything_is_accepted" {
  command = plan

  variables {
    name     = "c"
    bedrock  = { model_id = "amazon.nova-lite-v1:0", max_tokens = 1, max_input_bytes = 1 }
    function = { memory_size = 128, timeout = 1, reserved_concurrent_executions = 0, alias = "a", environment = { AB = "" } }
    cors     = { allow_origins = ["*"], allow_methods = ["*"], max_age = 0 }
    tags     = { k = "v" }
  }
}

run "the_most_of_everything_is_accepted" {
  command = plan

  variables {
    name = "a23456789-123456789-123456789-123456789-12345678"
    function = {
      layers = [for number in range(5) : "arn:aws:lambda:eu-central-1:111122223333:layer:l${number}:7"]
      alias  = replace(format("%128s", ""), " ", "a")
      vpc = {
        subnet_ids         = [for number in range(16) : "subnet-${number}"]
        security_group_ids = [for number in range(5) : "sg-${number}"]
      }
    }
    function_url = null
    tags = merge(
      { for number in range(49) : "tag-${number}" => "x" },
      { (replace(format("%128s", ""), " ", "k")) = replace(format("%256s", ""), " ", "v") },
    )
  }
}

run "as_much_cors_as_lambda_takes_is_accepted" {
  command = plan

  variables {
    cors = {
      allow_origins  = concat([for number in range(99) : "https://${number}.example.com"], ["https://${replace(format("%245s", ""), " ", "x")}"])
      allow_methods  = ["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH"]
      allow_headers  = concat(["Content-Type", "x-*"], [for number in range(94) : "x-${number}"])
      expose_headers = concat([for number in range(99) : "x-${number}"], [replace(format("%1024s", ""), " ", "x")])
      max_age        = 86400
    }
  }
}

run "empty_tags_are_accepted_where_there_is_no_stack" {
  command = plan

  variables {
    function_url = { authorization_type = "NONE", public_invoke_grant_stack = false }
    function     = { reserved_concurrent_executions = 10 }
    tags         = { team = "" }
  }
}

run "no_url_in_a_vpc_is_not_warned_about" {
  command = plan

  variables {
    function     = { vpc = { subnet_ids = ["subnet-0123456789abcdef0"], security_group_ids = ["sg-0123456789abcdef0"] } }
    function_url = null
  }
}

# --- the checks ---

run "public_url_without_a_cap_is_warned_about" {
  command = plan

  variables {
    function_url = { authorization_type = "NONE" }
  }

  expect_failures = [check.public_url_is_capped]
}

run "public_url_with_a_cap_is_not_warned_about" {
  command = plan

  variables {
    function_url = { authorization_type = "NONE" }
    function     = { reserved_concurrent_executions = 10 }
  }
}

run "a_page_that_no_browser_can_open_is_warned_about" {
  command = plan

  variables {
    chat = { page = true }
  }

  expect_failures = [check.the_page_can_be_opened]
}

run "a_page_behind_cloudfront_is_not_warned_about" {
  command = plan

  variables {
    chat = { page = true }
    cdn  = {}
  }
}

run "url_in_a_vpc_is_warned_about" {
  command = plan

  variables {
    function = { vpc = { subnet_ids = ["subnet-0123456789abcdef0"], security_group_ids = ["sg-0123456789abcdef0"] } }
  }

  expect_failures = [check.url_streams]
}
