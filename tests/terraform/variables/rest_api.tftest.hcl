# What the root module's `rest_api` refuses: only the variables, without a provider.

variables {
  name         = "chat"
  bedrock      = { model_id = "amazon.nova-lite-v1:0" }
  function_url = null
}

run "a_stage_name_with_a_slash" {
  command = plan

  variables {
    rest_api = { stage_name = "a/b" }
  }

  expect_failures = [var.rest_api]
}

run "an_unknown_endpoint_type" {
  command = plan

  variables {
    rest_api = { endpoint_type = "PUBLIC" }
  }

  expect_failures = [var.rest_api]
}

run "vpc_endpoints_of_a_public_api" {
  command = plan

  variables {
    rest_api = { vpc_endpoint_ids = ["vpce-1"] }
  }

  expect_failures = [var.rest_api]
}

run "a_private_api_that_nobody_can_call" {
  command = plan

  variables {
    rest_api = { endpoint_type = "PRIVATE" }
  }

  expect_failures = [var.rest_api]
}

run "an_unknown_authorization" {
  command = plan

  variables {
    rest_api = { authorization = "JWT" }
  }

  expect_failures = [var.rest_api]
}

run "an_unknown_authorization_of_a_route" {
  command = plan

  variables {
    rest_api = { routes = { "GET /a" = { authorization = "iam" } } }
  }

  expect_failures = [var.rest_api]
}

run "cognito_without_a_pool" {
  command = plan

  variables {
    rest_api = { routes = { "GET /a" = { authorization = "COGNITO" } } }
  }

  expect_failures = [var.rest_api]
}

run "a_pool_by_its_id" {
  command = plan

  variables {
    rest_api = { authorization = "COGNITO", cognito = { user_pool_arns = ["eu-central-1_Abc"] } }
  }

  expect_failures = [var.rest_api]
}

run "lambda_without_an_authorizer" {
  command = plan

  variables {
    rest_api = { authorization = "LAMBDA" }
  }

  expect_failures = [var.rest_api]
}

run "an_unknown_kind_of_authorizer" {
  command = plan

  variables {
    rest_api = { authorization = "LAMBDA", lambda_authorizer = { function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:who", type = "COOKIE" } }
  }

  expect_failures = [var.rest_api]
}

run "a_token_authorizer_without_a_header" {
  command = plan

  variables {
    rest_api = { authorization = "LAMBDA", lambda_authorizer = { function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:who", identity_sources = ["method.request.querystring.q"] } }
  }

  expect_failures = [var.rest_api]
}

run "a_decision_kept_by_nothing" {
  command = plan

  variables {
    rest_api = { authorization = "LAMBDA", lambda_authorizer = { function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:who", type = "REQUEST", identity_sources = [] } }
  }

  expect_failures = [var.rest_api]
}

run "an_identity_source_that_is_none" {
  command = plan

  variables {
    rest_api = { authorization = "LAMBDA", lambda_authorizer = { function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:who", type = "REQUEST", identity_sources = ["Authorization"] } }
  }

  expect_failures = [var.rest_api]
}

run "a_decision_kept_too_long" {
  command = plan

  variables {
    rest_api = { authorization = "LAMBDA", lambda_authorizer = { function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:who", result_ttl_in_seconds = 3601 } }
  }

  expect_failures = [var.rest_api]
}

run "an_authorizer_by_its_name" {
  command = plan

  variables {
    rest_api = { authorization = "LAMBDA", lambda_authorizer = { function_arn = "who" } }
  }

  expect_failures = [var.rest_api]
}

run "an_api_without_paths" {
  command = plan

  variables {
    rest_api = { catch_all = false }
  }

  expect_failures = [var.rest_api]
}

run "a_route_without_a_method" {
  command = plan

  variables {
    rest_api = { routes = { "/chat" = {} } }
  }

  expect_failures = [var.rest_api]
}

run "a_route_with_a_slash_at_its_end" {
  command = plan

  variables {
    rest_api = { routes = { "GET /chat/" = {} } }
  }

  expect_failures = [var.rest_api]
}

run "a_greedy_variable_in_the_middle" {
  command = plan

  variables {
    rest_api = { routes = { "GET /{all+}/chat" = {} } }
  }

  expect_failures = [var.rest_api]
}

run "a_route_that_the_catch_all_makes" {
  command = plan

  variables {
    rest_api = { routes = { "ANY /" = {} } }
  }

  expect_failures = [var.rest_api]
}

run "a_throttle_that_lets_nobody_in" {
  command = plan

  variables {
    rest_api = { routes = { "GET /a" = { throttle = { rate_limit = 0, burst_limit = 1 } } } }
  }

  expect_failures = [var.rest_api]
}

run "a_plans_throttle_without_a_burst" {
  command = plan

  variables {
    rest_api = { usage_plan = { key_names = ["web"], throttle = { rate_limit = 1, burst_limit = 0 } } }
  }

  expect_failures = [var.rest_api]
}

run "keys_without_a_plan" {
  command = plan

  variables {
    rest_api = { routes = { "GET /a" = { api_key_required = true } } }
  }

  expect_failures = [var.rest_api]
}

run "a_quota_of_a_year" {
  command = plan

  variables {
    rest_api = { usage_plan = { key_names = ["web"], quota = { limit = 1, period = "YEAR" } } }
  }

  expect_failures = [var.rest_api]
}

run "a_day_that_begins_late" {
  command = plan

  variables {
    rest_api = { usage_plan = { key_names = ["web"], quota = { limit = 1, offset = 1 } } }
  }

  expect_failures = [var.rest_api]
}

run "more_than_fifteen_minutes" {
  command = plan

  variables {
    rest_api = { timeout_milliseconds = 900001 }
  }

  expect_failures = [var.rest_api]
}

run "a_policy_that_is_no_json" {
  command = plan

  variables {
    rest_api = { resource_policy = "allow" }
  }

  expect_failures = [var.rest_api]
}

run "a_stage_variable_with_a_space" {
  command = plan

  variables {
    rest_api = { variables = { colour = "light blue" } }
  }

  expect_failures = [var.rest_api]
}

run "logs_for_ten_days" {
  command = plan

  variables {
    rest_api = { access_log = { retention_in_days = 10 } }
  }

  expect_failures = [var.rest_api]
}

run "an_access_log_with_a_keys_alias" {
  command = plan

  variables {
    rest_api = { access_log = { kms_key_arn = "alias/logs" } }
  }

  expect_failures = [var.rest_api]
}

run "an_access_log_without_an_id" {
  command = plan

  variables {
    rest_api = { access_log = { format = "$context.status" } }
  }

  expect_failures = [var.rest_api]
}

run "a_private_api_with_a_domain" {
  command = plan

  variables {
    rest_api = { endpoint_type = "PRIVATE", vpc_endpoint_ids = ["vpce-1"], domain = { name = "api.example.com", certificate_arn = "arn:aws:acm:eu-central-1:111122223333:certificate/c" } }
  }

  expect_failures = [var.rest_api]
}

run "a_domain_with_a_scheme" {
  command = plan

  variables {
    rest_api = { domain = { name = "https://api.example.com", certificate_arn = "arn:aws:acm:eu-central-1:111122223333:certificate/c" } }
  }

  expect_failures = [var.rest_api]
}

run "an_api_that_nothing_leads_to" {
  command = plan

  variables {
    rest_api = { disable_default_endpoint = true }
  }

  expect_failures = [var.rest_api]
}

run "a_firewall_of_cloudfront" {
  command = plan

  variables {
    rest_api = { web_acl_arn = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/w/1" }
  }

  expect_failures = [var.rest_api]
}
