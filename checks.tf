# Warnings: what AWS allows, and what will hurt.

check "public_url_is_capped" {
  assert {
    condition = (
      var.function_url == null ? true :
      var.function_url.authorization_type != "NONE" || var.function.reserved_concurrent_executions >= 0
    )
    error_message = "function_url.authorization_type is \"NONE\" and function.reserved_concurrent_executions is ${var.function.reserved_concurrent_executions}: anyone who finds the URL can take all of this account's Lambda concurrency, and spend its Bedrock tokens where there is a model. Set function.reserved_concurrent_executions to the number of answers that may stream at once, for example 10."
  }
}

locals {
  # What anyone may call, without a key: the catch-all, as the API says, and routes; and whether each has a throttle.
  open_throttles = var.rest_api == null ? [] : concat(
    !var.rest_api.catch_all || var.rest_api.authorization != "NONE" || var.rest_api.api_key_required ? [] : [var.rest_api.throttle],
    [
      for route in values(var.rest_api.routes) : route.throttle == null ? var.rest_api.throttle : route.throttle
      if coalesce(route.authorization, var.rest_api.authorization) == "NONE" && !coalesce(route.api_key_required, var.rest_api.api_key_required)
    ],
  )
}

check "open_rest_api_is_capped" {
  assert {
    condition     = var.function.reserved_concurrent_executions >= 0 || alltrue([for throttle in local.open_throttles : throttle != null])
    error_message = "rest_api lets in anyone somewhere (authorization is \"NONE\") without a throttle, and function.reserved_concurrent_executions is ${var.function.reserved_concurrent_executions}: anyone who finds the URL can take all of this account's Lambda concurrency, and spend its Bedrock tokens where there is a model. Set rest_api.throttle or the route's, for example to { rate_limit = 5, burst_limit = 10 }, or function.reserved_concurrent_executions."
  }
}

check "catch_all_is_no_way_around" {
  assert {
    condition = var.rest_api == null ? true : !var.rest_api.catch_all || var.rest_api.authorization != "NONE" || !anytrue([
      for route in values(var.rest_api.routes) :
      coalesce(route.authorization, "NONE") != "NONE" || (coalesce(route.api_key_required, false) && !var.rest_api.api_key_required)
    ])
    error_message = "rest_api.authorization is \"NONE\", rest_api.catch_all is true and routes ask for more: every other path leads to the same function without it, and the chat application also answers POST /. Set rest_api.catch_all to false, or rest_api.authorization to what most routes ask for and \"NONE\" on the open ones."
  }
}

locals {
  # What the API wants of whoever opens the page, and of what the page posts: the route's own word, else the catch-all's.
  page_access = [
    for keys in(var.rest_api == null ? [] : [["GET /", "ANY /"], ["POST /chat", "ANY /chat"]]) : concat(
      [
        for key in keys : coalesce(var.rest_api.routes[key].api_key_required, var.rest_api.api_key_required) ? "API_KEY" :
        coalesce(var.rest_api.routes[key].authorization, var.rest_api.authorization) if contains(keys(var.rest_api.routes), key)
      ],
      !var.rest_api.catch_all ? [] : [var.rest_api.api_key_required ? "API_KEY" : var.rest_api.authorization],
      ["NO_ROUTE"],
    )[0]
  ]
}

check "the_page_can_be_opened" {
  assert {
    # A Lambda authorizer may let in a browser, by a cookie or an address.
    condition = (
      !var.chat.page || var.cdn != null ? true :
      (var.function_url == null ? false : var.function_url.authorization_type == "NONE") ? true :
      var.rest_api != null && alltrue([for access in local.page_access : contains(["NONE", "LAMBDA"], access)])
    )
    error_message = "chat.page is true, and whoever opens the page is refused: a browser sends neither a signature, a token nor an API key, and each door wants one. Set function_url.authorization_type to \"NONE\" together with function.reserved_concurrent_executions, or the authorization of rest_api's routes \"GET /\" and \"POST /chat\" to \"NONE\" together with a throttle. Where something in front of the URL signs its requests, such as CloudFront, all is well."
  }
}

check "edge_streams_are_heard" {
  assert {
    condition = (
      var.rest_api == null ? true : var.rest_api.endpoint_type != "EDGE" ? true :
      var.function.heartbeat_seconds > 0 && var.function.heartbeat_seconds < 30
    )
    error_message = "rest_api.endpoint_type is \"EDGE\" and function.heartbeat_seconds is ${var.function.heartbeat_seconds}: an edge-optimised API cuts a stream after 30 s of silence. Set function.heartbeat_seconds to 15, or endpoint_type to \"REGIONAL\", where the limit is five minutes. Plain text carries no heartbeats: its silences must be shorter by themselves."
  }
}

check "api_waits_for_the_function" {
  assert {
    condition = (
      var.rest_api == null ? true : var.rest_api.timeout_milliseconds == null ? true :
      var.rest_api.timeout_milliseconds >= var.function.timeout * 1000
    )
    error_message = "rest_api.timeout_milliseconds is ${var.rest_api == null ? "null" : coalesce(var.rest_api.timeout_milliseconds, "null")} and function.timeout is ${var.function.timeout} s: API Gateway would cut an answer that the function still streams, and is billed for. Leave timeout_milliseconds out, or lower function.timeout."
  }
}

check "url_streams" {
  assert {
    condition     = var.function_url == null || var.function.vpc == null
    error_message = "function.vpc is set and so is function_url: AWS says that function URLs do not stream \"within a VPC environment\". If answers arrive in one piece, leave function.vpc out."
  }
}

check "cdn_is_the_only_way" {
  assert {
    condition     = var.cdn == null ? true : var.function_url == null ? true : var.function_url.authorization_type == "AWS_IAM"
    error_message = "cdn is set and function_url.authorization_type is \"NONE\": anyone who finds the function URL goes around CloudFront, its countries, its web ACL and its logs. Set function_url.authorization_type to \"AWS_IAM\": CloudFront signs its requests."
  }
}

check "cdn_streams_are_heard" {
  assert {
    condition = (
      var.cdn == null ? true :
      var.function.heartbeat_seconds > 0 && var.function.heartbeat_seconds < var.cdn.origin_read_timeout
    )
    error_message = "function.heartbeat_seconds is ${var.function.heartbeat_seconds} and cdn.origin_read_timeout is ${var.cdn == null ? "null" : var.cdn.origin_read_timeout}: CloudFront cuts a stream that is silent for so long. Set function.heartbeat_seconds to 15, or a longer cdn.origin_read_timeout. Plain text carries no heartbeats: its silences must be shorter by themselves."
  }
}
