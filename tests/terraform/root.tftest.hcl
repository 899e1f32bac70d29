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
      BEDROCK_CHAT_MAX_TOKENS      = "2048"
      BEDROCK_CHAT_MAX_INPUT_BYTES = "262144"
    })
    error_message = "A setting that is off sets no variable: ${jsonencode(local.environment)}"
  }
  assert {
    condition     = var.function.heartbeat_seconds == 15 && var.function.deadline_margin_seconds == 1
    error_message = "${var.function.heartbeat_seconds} ${var.function.deadline_margin_seconds}"
  }
}

run "the_applications_settings_reach_its_environment" {
  command = plan

  variables {
    bedrock = {
      model_id          = "amazon.nova-lite-v1:0"
      allowed_model_ids = ["amazon.nova-micro-v1:0", "deepseek.v3.2"]
      max_tokens        = 1000000
      max_input_bytes   = 6291456
      system_prompt     = "Answer in Czech."
    }
    function = { environment = { TEAM = "support" } }
  }

  assert {
    condition = jsonencode(local.environment) == jsonencode({
      TEAM                           = "support"
      BEDROCK_CHAT_MODEL_ID          = "amazon.nova-lite-v1:0"
      BEDROCK_CHAT_ALLOWED_MODEL_IDS = "amazon.nova-micro-v1:0,deepseek.v3.2"
      BEDROCK_CHAT_MAX_TOKENS        = "1000000"
      BEDROCK_CHAT_MAX_INPUT_BYTES   = "6291456"
      BEDROCK_CHAT_SYSTEM_PROMPT     = "Answer in Czech."
    })
    error_message = jsonencode(local.environment)
  }
}

run "no_url_on_request" {
  variables {
    function_url = null
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

# --- the check ---

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

# --- what the variables refuse ---
# A run takes about half a second, so each breaks one rule of several variables: every variable that is listed must fail.

run "refuses_what_is_missing" {
  command = plan
  variables {
    bedrock  = { model_id = null }
    function = { runtime = "provided.al2023" } # without a layer
    cors     = { allow_origins = [] }
  }
  expect_failures = [var.bedrock, var.function, var.cors]
}

run "refuses_wildcards" {
  command = plan
  variables {
    bedrock = { model_id = "amazon.nova-*" }
    cors    = { allow_origins = ["*"], allow_credentials = true }
  }
  expect_failures = [var.bedrock, var.cors]
}

run "refuses_wildcards_behind_a_profile_and_layers_without_a_version" {
  command = plan
  variables {
    bedrock = {
      model_id                 = "eu.amazon.nova-lite-v1:0"
      inference_profile_models = { "eu.amazon.nova-lite-v1:0" = ["arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0"] }
    }
    function = { layers = ["arn:aws:lambda:eu-central-1:111122223333:layer:python"] }
  }
  expect_failures = [var.bedrock, var.function]
}

run "refuses_other_spellings" {
  command = plan
  variables {
    name = "support_chat"
    bedrock = {
      model_id          = "amazon.nova-lite-v1:0"
      allowed_model_ids = ["arn:aws:bedrock:eu-central-1:111122223333:prompt/ABCDEFGHIJ"]
    }
    function = { runtime = "nodejs22.x" }
    cors     = { allow_origins = ["https://app.example.com/"] }
    logging  = { retention_in_days = 31 }
  }
  expect_failures = [var.name, var.bedrock, var.function, var.cors, var.logging]
}

# By itself: cors is compared with function_url, so Terraform looks at it only once function_url is right.
run "refuses_another_authorization" {
  command = plan
  variables {
    function_url = { authorization_type = "IAM" }
  }
  expect_failures = [var.function_url]
}

run "refuses_too_little" {
  command = plan
  variables {
    name     = ""
    bedrock  = { model_id = "amazon.nova-lite-v1:0", max_tokens = 0 }
    function = { memory_size = 127 }
    cors     = { allow_origins = ["*"], max_age = -1 }
  }
  expect_failures = [var.name, var.bedrock, var.function, var.cors]
}

run "refuses_too_much" {
  command = plan
  variables {
    name     = "a23456789-123456789-123456789-123456789-123456789"
    bedrock  = { model_id = "amazon.nova-lite-v1:0", max_input_bytes = 6291457 }
    function = { timeout = 901 }
    cors     = { allow_origins = ["*"], max_age = 86401 }
  }
  expect_failures = [var.name, var.bedrock, var.function, var.cors]
}

run "refuses_too_many" {
  command = plan
  variables {
    bedrock  = { model_id = "amazon.nova-lite-v1:0", system_prompt = "x${replace(format("%1500s", ""), " ", "é")}" } # 3001 bytes
    function = { architectures = ["arm64", "x86_64"] }
  }
  expect_failures = [var.bedrock, var.function]
}

run "refuses_fractions" {
  command = plan
  variables {
    bedrock  = { model_id = "amazon.nova-lite-v1:0", max_tokens = 1.5 }
    function = { reserved_concurrent_executions = 0.5 }
    cors     = { allow_origins = ["*"], max_age = 0.5 }
  }
  expect_failures = [var.bedrock, var.function, var.cors]
}

run "refuses_what_aws_rejects_later" {
  command = plan
  variables {
    bedrock  = { model_id = "amazon.nova-lite-v1:0", system_prompt = " \n" }
    function = { environment = { "MY-TEAM" = "support" } }
    cors     = { allow_origins = ["*"], allow_methods = ["POST", "OPTIONS"] }
    tags     = { "AWS:team" = "support" }
  }
  expect_failures = [var.bedrock, var.function, var.cors, var.tags]
}

run "refuses_the_variables_that_lambda_sets" {
  command = plan
  variables {
    function = { environment = { AWS_REGION = "eu-central-1" } }
  }
  expect_failures = [var.function]
}

run "refuses_the_variables_that_the_module_sets_and_profiles_that_are_not_used" {
  command = plan
  variables {
    bedrock = {
      model_id                 = "amazon.nova-lite-v1:0"
      inference_profile_models = { "eu.amazon.nova-lite-v1:0" = ["arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"] }
    }
    function = { environment = { BEDROCK_CHAT_MODEL_ID = "amazon.nova-pro-v1:0" } }
  }
  expect_failures = [var.bedrock, var.function]
}

run "refuses_another_exec_wrapper_and_profiles_without_models" {
  command = plan
  variables {
    bedrock = {
      model_id                 = "eu.amazon.nova-lite-v1:0"
      inference_profile_models = { "eu.amazon.nova-lite-v1:0" = [] }
    }
    function = { environment = { AWS_LAMBDA_EXEC_WRAPPER = "/opt/otel-instrument" } }
  }
  expect_failures = [var.bedrock, var.function]
}

run "refuses_another_architecture" {
  command = plan
  variables {
    function = { architectures = ["amd64"] }
  }
  expect_failures = [var.function]
}

run "refuses_negative_concurrency" {
  command = plan
  variables {
    function = { reserved_concurrent_executions = -2 }
  }
  expect_failures = [var.function]
}

run "refuses_heartbeats_more_often_than_each_second" {
  command = plan
  variables {
    function = { heartbeat_seconds = 0.5 }
  }
  expect_failures = [var.function]
}

run "refuses_heartbeats_later_than_any_timeout" {
  command = plan
  variables {
    function = { heartbeat_seconds = 901 }
  }
  expect_failures = [var.function]
}

run "refuses_negative_heartbeats" {
  command = plan
  variables {
    function = { heartbeat_seconds = -1 }
  }
  expect_failures = [var.function]
}

run "refuses_a_negative_margin" {
  command = plan
  variables {
    function = { deadline_margin_seconds = -0.5 }
  }
  expect_failures = [var.function]
}

run "refuses_a_margin_over_the_longest_timeout_and_cors_without_a_url" {
  command = plan
  variables {
    function     = { deadline_margin_seconds = 901 }
    function_url = null
    cors         = { allow_origins = ["https://app.example.com"] }
  }
  expect_failures = [var.function, var.cors]
}

run "refuses_the_runtimes_own_variables" {
  command = plan
  variables {
    function = { environment = { LAMBDA_STREAM_HEARTBEAT_SECONDS = "5" } }
  }
  expect_failures = [var.function]
}
