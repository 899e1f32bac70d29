# The root module's `rest_api`, with a mocked provider: what it hands on and what it warns of.

mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { id = "eu-central-1" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
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

  mock_resource "aws_api_gateway_rest_api" {
    defaults = {
      id            = "api123"
      execution_arn = "arn:aws:execute-api:eu-central-1:111122223333:api123"
    }
  }

  mock_resource "aws_api_gateway_stage" {
    defaults = {
      arn        = "arn:aws:apigateway:eu-central-1::/restapis/api123/stages/prod"
      invoke_url = "https://api123.execute-api.eu-central-1.amazonaws.com/prod"
    }
  }
}

variables {
  name         = "chat"
  bedrock      = { model_id = "amazon.nova-lite-v1:0" }
  function_url = null
  rest_api     = {}
}

run "a_rest_api_instead_of_a_url" {
  variables {
    cors = { allow_origins = ["https://a.example"], expose_headers = ["x-a"] }
  }

  assert {
    condition     = output.function_url == null && output.rest_api_url == "https://api123.execute-api.eu-central-1.amazonaws.com/prod/" && output.rest_api_id == "api123"
    error_message = "rest_api_url: ${output.rest_api_url}"
  }
  assert {
    condition     = output.rest_api_execution_arn == "arn:aws:execute-api:eu-central-1:111122223333:api123" && output.rest_api_keys == {} && output.rest_api_access_log_group_name == null && output.rest_api_domain_target == null
    error_message = "The other outputs."
  }
  assert {
    condition = jsondecode(local.environment.LAMBDA_STREAM_CORS) == {
      allow_credentials = false
      allow_origins     = ["https://a.example"]
      expose_headers    = ["x-a"]
    }
    error_message = "The function adds the headers to its answers: ${jsonencode(local.environment)}"
  }
}

run "neither_cors_nor_api" {
  command = plan

  variables {
    function_url = {}
    rest_api     = null
    cors         = { allow_origins = ["*"] }
  }

  assert {
    condition     = !can(local.environment.LAMBDA_STREAM_CORS) && output.rest_api_url == null && output.rest_api_id == null
    error_message = "A function URL adds the headers itself: ${jsonencode(local.environment)}"
  }
}

# --- warnings ---

run "an_open_api_without_a_limit_is_warned_of" {
  command = plan

  variables {
    rest_api = { routes = { "GET /health" = { authorization = "NONE" } } }
  }

  expect_failures = [check.open_rest_api_is_capped]
}

run "a_way_around_an_authorizer_is_warned_of" {
  command = plan

  variables {
    rest_api = {
      authorization = "NONE"
      throttle      = { rate_limit = 1, burst_limit = 1 }
      routes        = { "POST /chat" = { authorization = "AWS_IAM" } }
    }
    chat = { page = true } # which could be opened, but not asked
  }

  expect_failures = [check.catch_all_is_no_way_around, check.the_page_can_be_opened]
}

run "an_open_route_with_its_own_throttle_is_capped" {
  command = plan

  variables {
    rest_api = { routes = { "GET /health" = { authorization = "NONE", throttle = { rate_limit = 1, burst_limit = 1 } } } }
  }
}

run "an_edge_api_without_heartbeats_is_warned_of" {
  command = plan

  variables {
    function = { heartbeat_seconds = 30 }
    rest_api = { endpoint_type = "EDGE" }
  }

  expect_failures = [check.edge_streams_are_heard]
}

run "an_api_that_gives_up_before_the_function_is_warned_of" {
  command = plan

  variables {
    rest_api = { timeout_milliseconds = 179999 }
  }

  expect_failures = [check.api_waits_for_the_function]
}

run "nothing_is_warned_of_without_need" {
  command = plan

  variables {
    function = { heartbeat_seconds = 29, timeout = 60 }
    rest_api = { endpoint_type = "EDGE", authorization = "NONE", throttle = { rate_limit = 0.5, burst_limit = 1 }, timeout_milliseconds = 60000 }
    chat     = { page = true }
  }
}
