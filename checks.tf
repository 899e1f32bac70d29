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

check "open_rest_api_is_capped" {
  assert {
    condition = (
      var.rest_api == null ? true :
      !contains(concat([var.rest_api.authorization], values(var.rest_api.routes)[*].authorization), "NONE") || var.rest_api.throttle != null || var.function.reserved_concurrent_executions >= 0
    )
    error_message = "rest_api lets in anyone somewhere (authorization is \"NONE\"), rest_api.throttle is null and function.reserved_concurrent_executions is ${var.function.reserved_concurrent_executions}: anyone who finds the URL can take all of this account's Lambda concurrency, and spend its Bedrock tokens where there is a model. Set rest_api.throttle, for example to { rate_limit = 5, burst_limit = 10 }, or function.reserved_concurrent_executions."
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
