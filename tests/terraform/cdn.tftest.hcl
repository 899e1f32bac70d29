# modules/cdn with a mocked provider.

mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { id = "eu-central-1" }
  }

  mock_resource "aws_cloudfront_origin_access_control" {
    defaults = { id = "E1OAC" }
  }

  mock_resource "aws_cloudfront_function" {
    defaults = { arn = "arn:aws:cloudfront::111122223333:function/chat-eu-central-1" }
  }

  mock_resource "aws_cloudfront_distribution" {
    defaults = {
      arn         = "arn:aws:cloudfront::111122223333:distribution/E1FRONT"
      domain_name = "d111111abcdef8.cloudfront.net"
    }
  }
}

variables {
  name         = "chat"
  function     = { arn = "arn:aws:lambda:eu-central-1:111122223333:function:chat" }
  function_url = "https://abc123.lambda-url.eu-central-1.on.aws/"
  settings = {
    countries                = { allow = [], deny = [] }
    origin_read_timeout      = 60
    origin_keepalive_timeout = 60
    price_class              = "PriceClass_100"
    wait_for_deployment      = true
  }
  tags = { team = "support" }
}

run "requests_are_signed_for_the_url" {
  module {
    source = "./modules/cdn"
  }

  assert {
    condition = (
      aws_cloudfront_origin_access_control.function_url.origin_access_control_origin_type == "lambda" &&
      aws_cloudfront_origin_access_control.function_url.signing_behavior == "always" &&
      aws_cloudfront_origin_access_control.function_url.signing_protocol == "sigv4" &&
      aws_cloudfront_origin_access_control.function_url.name == "chat-eu-central-1"
    )
    error_message = jsonencode(aws_cloudfront_origin_access_control.function_url)
  }
  assert {
    condition = (
      one(aws_cloudfront_distribution.front.origin).domain_name == "abc123.lambda-url.eu-central-1.on.aws" &&
      one(aws_cloudfront_distribution.front.origin).origin_access_control_id == "E1OAC" &&
      one(one(aws_cloudfront_distribution.front.origin).custom_origin_config).origin_protocol_policy == "https-only" &&
      one(one(aws_cloudfront_distribution.front.origin).custom_origin_config).origin_read_timeout == 60 &&
      one(one(aws_cloudfront_distribution.front.origin).custom_origin_config).origin_keepalive_timeout == 60
    )
    error_message = jsonencode(aws_cloudfront_distribution.front.origin)
  }
  # Two grants, for this distribution and nothing else, without the conditions that other callers' have.
  assert {
    condition = (
      toset([for grant in [aws_lambda_permission.url, aws_lambda_permission.invoke] : grant.action]) == toset(["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"]) &&
      alltrue([
        for grant in [aws_lambda_permission.url, aws_lambda_permission.invoke] :
        grant.principal == "cloudfront.amazonaws.com" && grant.source_arn == "arn:aws:cloudfront::111122223333:distribution/E1FRONT" &&
        grant.qualifier == null && grant.function_url_auth_type == null
      ])
    )
    error_message = jsonencode([aws_lambda_permission.url, aws_lambda_permission.invoke])
  }
  assert {
    condition     = output.url == "https://d111111abcdef8.cloudfront.net/"
    error_message = output.url
  }
}

run "streams_pass_as_they_are" {
  module {
    source = "./modules/cdn"
  }

  assert {
    condition = (
      one(aws_cloudfront_distribution.front.default_cache_behavior).cache_policy_id == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" &&
      one(aws_cloudfront_distribution.front.default_cache_behavior).origin_request_policy_id == "b689b0a8-53d0-40ab-baf2-68738e2966ac" &&
      one(aws_cloudfront_distribution.front.default_cache_behavior).response_headers_policy_id == "67f7725c-6f97-4210-82d7-5512b31e9d03" &&
      !one(aws_cloudfront_distribution.front.default_cache_behavior).compress &&
      one(aws_cloudfront_distribution.front.default_cache_behavior).viewer_protocol_policy == "redirect-to-https" &&
      one(aws_cloudfront_distribution.front.default_cache_behavior).allowed_methods == toset(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"])
    )
    error_message = jsonencode(aws_cloudfront_distribution.front.default_cache_behavior)
  }
  # What the cache policy doesn't rule: errors are kept for ten seconds unless each says otherwise.
  assert {
    condition = (
      toset(aws_cloudfront_distribution.front.custom_error_response[*].error_code) == toset([404, 405, 414, 500, 501, 502, 503, 504]) &&
      alltrue([for error in aws_cloudfront_distribution.front.custom_error_response : error.error_caching_min_ttl == 0])
    )
    error_message = jsonencode(aws_cloudfront_distribution.front.custom_error_response)
  }
  assert {
    condition = (
      one(one(aws_cloudfront_distribution.front.default_cache_behavior).function_association).event_type == "viewer-request" &&
      one(one(aws_cloudfront_distribution.front.default_cache_behavior).function_association).function_arn == aws_cloudfront_function.viewer_request.arn &&
      aws_cloudfront_function.viewer_request.runtime == "cloudfront-js-2.0" && aws_cloudfront_function.viewer_request.publish
    )
    error_message = jsonencode(aws_cloudfront_function.viewer_request)
  }
  assert {
    condition = (
      one(one(aws_cloudfront_distribution.front.restrictions).geo_restriction).restriction_type == "none" &&
      length(one(one(aws_cloudfront_distribution.front.restrictions).geo_restriction).locations) == 0 &&
      one(aws_cloudfront_distribution.front.viewer_certificate).cloudfront_default_certificate &&
      length(aws_cloudfront_distribution.front.logging_config) == 0 &&
      aws_cloudfront_distribution.front.http_version == "http2and3" &&
      aws_cloudfront_distribution.front.tags == tomap({ team = "support" })
    )
    error_message = jsonencode(aws_cloudfront_distribution.front)
  }
}

run "everything_else" {
  module {
    source = "./modules/cdn"
  }

  variables {
    function = { arn = "arn:aws:lambda:eu-central-1:111122223333:function:chat", alias = "live" }
    settings = {
      countries = { allow = ["SK", "CZ"], deny = [] }
      domain = {
        names                    = ["www.example.com", "chat.example.com", "*.chat.example.com"]
        certificate_arn          = "arn:aws:acm:us-east-1:111122223333:certificate/0a1b2c3d"
        minimum_protocol_version = "TLSv1.2_2021"
      }
      origin_read_timeout        = 180
      origin_keepalive_timeout   = 5
      response_headers_policy_id = "00000000-0000-0000-0000-000000000000"
      web_acl_arn                = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/chat/1"
      access_log                 = { bucket_domain_name = "logs.s3.amazonaws.com", prefix = "chat/" }
      price_class                = "PriceClass_All"
      wait_for_deployment        = false
    }
  }

  assert {
    condition = (
      one(one(aws_cloudfront_distribution.front.restrictions).geo_restriction).restriction_type == "whitelist" &&
      one(one(aws_cloudfront_distribution.front.restrictions).geo_restriction).locations == toset(["CZ", "SK"])
    )
    error_message = jsonencode(aws_cloudfront_distribution.front.restrictions)
  }
  assert {
    condition = (
      aws_cloudfront_distribution.front.aliases == toset(["*.chat.example.com", "chat.example.com", "www.example.com"]) &&
      one(aws_cloudfront_distribution.front.viewer_certificate).acm_certificate_arn == "arn:aws:acm:us-east-1:111122223333:certificate/0a1b2c3d" &&
      one(aws_cloudfront_distribution.front.viewer_certificate).ssl_support_method == "sni-only" &&
      one(aws_cloudfront_distribution.front.viewer_certificate).minimum_protocol_version == "TLSv1.2_2021" &&
      !one(aws_cloudfront_distribution.front.viewer_certificate).cloudfront_default_certificate &&
      output.url == "https://chat.example.com/" && output.domain_target.domain_name == "d111111abcdef8.cloudfront.net"
    )
    error_message = "${output.url} ${jsonencode(aws_cloudfront_distribution.front.viewer_certificate)}"
  }
  assert {
    condition = (
      one(aws_cloudfront_distribution.front.logging_config).bucket == "logs.s3.amazonaws.com" &&
      one(aws_cloudfront_distribution.front.logging_config).prefix == "chat/" &&
      aws_cloudfront_distribution.front.web_acl_id == "arn:aws:wafv2:us-east-1:111122223333:global/webacl/chat/1" &&
      aws_cloudfront_distribution.front.price_class == "PriceClass_All" &&
      !aws_cloudfront_distribution.front.wait_for_deployment &&
      one(aws_cloudfront_distribution.front.default_cache_behavior).response_headers_policy_id == "00000000-0000-0000-0000-000000000000" &&
      one(one(aws_cloudfront_distribution.front.origin).custom_origin_config).origin_read_timeout == 180 &&
      one(one(aws_cloudfront_distribution.front.origin).custom_origin_config).origin_keepalive_timeout == 5
    )
    error_message = jsonencode(aws_cloudfront_distribution.front)
  }
  assert {
    condition     = alltrue([for grant in [aws_lambda_permission.url, aws_lambda_permission.invoke] : grant.qualifier == "live"])
    error_message = "A grant on the function doesn't count for its alias."
  }
}

run "countries_are_denied_and_only_a_wildcard_is_its_name" {
  module {
    source = "./modules/cdn"
  }

  variables {
    settings = {
      domain = {
        names                    = ["*.example.com"]
        certificate_arn          = "arn:aws:acm:us-east-1:111122223333:certificate/0a1b2c3d"
        minimum_protocol_version = "TLSv1.2_2021"
      }
      countries                = { allow = [], deny = ["US"] }
      origin_read_timeout      = 60
      origin_keepalive_timeout = 60
      price_class              = "PriceClass_100"
      wait_for_deployment      = true
    }
  }

  assert {
    condition     = output.url == "https://d111111abcdef8.cloudfront.net/"
    error_message = output.url
  }
  assert {
    condition = (
      one(one(aws_cloudfront_distribution.front.restrictions).geo_restriction).restriction_type == "blacklist" &&
      one(one(aws_cloudfront_distribution.front.restrictions).geo_restriction).locations == toset(["US"])
    )
    error_message = jsonencode(aws_cloudfront_distribution.front.restrictions)
  }
}
