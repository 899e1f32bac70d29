# The root module's `cdn`, with a mocked provider: what it hands on and what it warns of.

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

  mock_resource "aws_lambda_function_url" {
    defaults = { function_url = "https://abc123.lambda-url.eu-central-1.on.aws/" }
  }

  mock_resource "aws_cloudfront_function" {
    defaults = { arn = "arn:aws:cloudfront::111122223333:function/chat-eu-central-1" }
  }

  mock_resource "aws_cloudfront_distribution" {
    defaults = {
      id             = "E1FRONT"
      arn            = "arn:aws:cloudfront::111122223333:distribution/E1FRONT"
      domain_name    = "d111111abcdef8.cloudfront.net"
      hosted_zone_id = "Z2FDTNDATAQYW2"
    }
  }
}

variables {
  name    = "chat"
  bedrock = { model_id = "amazon.nova-lite-v1:0" }
  cdn     = {}
}

run "a_cdn_in_front_of_the_url" {
  assert {
    condition     = output.cdn_url == "https://d111111abcdef8.cloudfront.net/" && output.cdn_distribution_id == "E1FRONT"
    error_message = "${output.cdn_url} ${output.cdn_distribution_id}"
  }
  assert {
    condition     = output.cdn_domain_target == { domain_name = "d111111abcdef8.cloudfront.net", hosted_zone_id = "Z2FDTNDATAQYW2" }
    error_message = jsonencode(output.cdn_domain_target)
  }
}

run "no_cdn" {
  command = plan

  variables {
    cdn = null
  }

  assert {
    condition     = output.cdn_url == null && output.cdn_distribution_id == null && output.cdn_domain_target == null
    error_message = "Off is off."
  }
}

# --- warnings ---

run "an_open_url_beside_it_is_warned_of" {
  command = plan

  variables {
    function     = { reserved_concurrent_executions = 10 }
    function_url = { authorization_type = "NONE" }
  }

  expect_failures = [check.cdn_is_the_only_way]
}

run "a_function_that_is_silent_for_too_long_is_warned_of" {
  command = plan

  variables {
    cdn = { origin_read_timeout = 15 }
  }

  expect_failures = [check.cdn_streams_are_heard]
}

run "a_function_without_heartbeats_is_warned_of" {
  command = plan

  variables {
    function = { heartbeat_seconds = 0 }
  }

  expect_failures = [check.cdn_streams_are_heard]
}
