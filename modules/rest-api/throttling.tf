locals {
  # API Gateway writes the slashes of a path as ~1 where it names a method.
  throttled_routes = {
    for key, route in var.settings.routes : key => {
      method_path = "${replace(split(" ", key)[1], "/", "~1")}/${split(" ", key)[0] == "ANY" ? "*" : split(" ", key)[0]}"
      throttle    = route.throttle
    } if route.throttle != null
  }
  usage_plan = var.settings.usage_plan
}

resource "aws_api_gateway_method_settings" "every_method" {
  rest_api_id = aws_api_gateway_rest_api.streaming.id
  stage_name  = aws_api_gateway_stage.streaming.stage_name
  method_path = "*/*"

  settings {
    metrics_enabled = var.settings.metrics_enabled
    # -1 leaves the account's own limit.
    throttling_rate_limit  = var.settings.throttle == null ? -1 : var.settings.throttle.rate_limit
    throttling_burst_limit = var.settings.throttle == null ? -1 : var.settings.throttle.burst_limit
  }
}

resource "aws_api_gateway_method_settings" "route" {
  for_each = local.throttled_routes

  rest_api_id = aws_api_gateway_rest_api.streaming.id
  stage_name  = aws_api_gateway_stage.streaming.stage_name
  method_path = each.value.method_path

  settings {
    metrics_enabled        = var.settings.metrics_enabled
    throttling_rate_limit  = each.value.throttle.rate_limit
    throttling_burst_limit = each.value.throttle.burst_limit
  }

  depends_on = [aws_api_gateway_method_settings.every_method]
}

resource "aws_api_gateway_usage_plan" "keys" {
  count = local.usage_plan == null ? 0 : 1

  name        = "${var.name}-${var.settings.stage_name}"
  description = "Who may call the REST API ${var.name} with an API key, and how often."
  tags        = var.tags

  api_stages {
    api_id = aws_api_gateway_rest_api.streaming.id
    stage  = aws_api_gateway_stage.streaming.stage_name
  }

  dynamic "throttle_settings" {
    for_each = local.usage_plan.throttle[*]

    content {
      rate_limit  = throttle_settings.value.rate_limit
      burst_limit = throttle_settings.value.burst_limit
    }
  }

  dynamic "quota_settings" {
    for_each = local.usage_plan.quota[*]

    content {
      limit  = quota_settings.value.limit
      period = quota_settings.value.period
      offset = quota_settings.value.offset
    }
  }
}

resource "aws_api_gateway_api_key" "client" {
  for_each = local.usage_plan == null ? toset([]) : local.usage_plan.key_names

  name        = "${var.name}-${each.key}"
  description = "Lets ${each.key} call the REST API ${var.name}."
  tags        = var.tags
}

resource "aws_api_gateway_usage_plan_key" "client" {
  for_each = aws_api_gateway_api_key.client

  usage_plan_id = one(aws_api_gateway_usage_plan.keys[*].id)
  key_id        = each.value.id
  key_type      = "API_KEY"
}
