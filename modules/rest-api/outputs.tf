output "id" {
  description = "Id of the API."
  value       = aws_api_gateway_rest_api.streaming.id
}

output "url" {
  description = "The stage's URL with a slash at its end: on the API's own domain where it has one."
  value       = "${coalesce(local.own_url, aws_api_gateway_stage.streaming.invoke_url)}/"

  # Whoever waits for the URL may call it.
  depends_on = [
    aws_lambda_permission.stage,
    aws_lambda_permission.authorizer,
    aws_api_gateway_method_settings.every_method,
    aws_api_gateway_method_settings.route,
    aws_api_gateway_usage_plan_key.client,
    aws_api_gateway_base_path_mapping.own,
    aws_wafv2_web_acl_association.stage,
  ]
}

output "stage_arn" {
  description = "ARN of the stage."
  value       = aws_api_gateway_stage.streaming.arn
}

output "execution_arn" {
  description = "ARN from which policies with `execute-api:Invoke` are built: `<arn>/<stage>/<method>/<path>`."
  value       = aws_api_gateway_rest_api.streaming.execution_arn
}

output "api_keys" {
  description = "The value of each API key, by its name in `usage_plan.key_names`."
  value       = { for name, key in aws_api_gateway_api_key.client : name => key.value }
  sensitive   = true
}

output "access_log_group_name" {
  description = "Name of the access log's group; null where there is none."
  value       = one(aws_cloudwatch_log_group.access[*].name)
}

output "domain_target" {
  description = "What the DNS record of the API's own domain must be an alias for; null where it has none."
  value = var.settings.domain == null ? null : {
    domain_name    = one(local.is_edge ? aws_api_gateway_domain_name.own[*].cloudfront_domain_name : aws_api_gateway_domain_name.own[*].regional_domain_name)
    hosted_zone_id = one(local.is_edge ? aws_api_gateway_domain_name.own[*].cloudfront_zone_id : aws_api_gateway_domain_name.own[*].regional_zone_id)
  }
}
