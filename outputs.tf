output "function_name" {
  description = "Name of the Lambda function, for `aws lambda invoke`, dashboards and alarms."
  value       = module.function.name
}

output "function_arn" {
  description = "ARN of the Lambda function without a qualifier, for policies and triggers."
  value       = module.function.arn
}

output "alias_arn" {
  description = "ARN of the function with the alias as its qualifier, for policies and triggers that shall follow it; null when function.alias is null."
  value       = module.function.alias_arn
}

output "role_arn" {
  description = "ARN of the role that the function runs as, for resource policies that name it."
  value       = module.function.role_arn
}

output "role_policies" {
  description = "What the role must allow: a map of IAM policy documents as JSON, its keys known at plan. They are attached already, unless role.existing is set."
  value       = module.function.role_policies
}

output "log_group_name" {
  description = "Name of the function's CloudWatch log group, for `aws logs tail` and metric filters."
  value       = module.function.log_group_name
}

output "chat_table_name" {
  description = "Name of the DynamoDB table that conversations are kept in; null when chat.history is null."
  value       = one(module.chat_data[*].table_name)
}

output "prompt_bucket" {
  description = "Name of the S3 bucket that has the system prompt, for `aws s3 cp`; null when chat.prompt is null."
  value       = one(module.chat_data[*].prompt_bucket)
}

output "function_url" {
  description = "Streaming URL `https://<id>.lambda-url.<region>.on.aws/`, with the slash at its end; null when function_url is null."
  value       = one(module.function_url[*].url)
}

output "rest_api_url" {
  description = "Streaming URL of the REST API, `https://<id>.execute-api.<region>.amazonaws.com/<stage>/` or on its own domain, with the slash at its end; null when rest_api is null."
  value       = one(module.rest_api[*].url)
}

output "rest_api_id" {
  description = "Id of the REST API, for `aws apigateway` commands; null when rest_api is null."
  value       = one(module.rest_api[*].id)
}

output "rest_api_execution_arn" {
  description = "ARN from which policies with `execute-api:Invoke` are built, `<arn>/<stage>/<method>/<path>`; null when rest_api is null."
  value       = one(module.rest_api[*].execution_arn)
}

output "rest_api_keys" {
  description = "The API keys by their names in rest_api.usage_plan; null when rest_api is null."
  value       = one(module.rest_api[*].api_keys)
  sensitive   = true
}

output "rest_api_access_log_group_name" {
  description = "Name of the log group with one line a request; null without rest_api.access_log."
  value       = one(module.rest_api[*].access_log_group_name)
}

output "rest_api_domain_target" {
  description = "`domain_name` and `hosted_zone_id` that the alias record of rest_api.domain must have; null without one."
  value       = one(module.rest_api[*].domain_target)
}

output "cdn_url" {
  description = "Streaming URL of the CloudFront distribution, `https://<id>.cloudfront.net/` or on its own domain, with the slash at its end; null when cdn is null."
  value       = one(module.cdn[*].url)
}

output "cdn_distribution_id" {
  description = "Id of the CloudFront distribution, for `aws cloudfront` commands and metrics; null when cdn is null."
  value       = one(module.cdn[*].distribution_id)
}

output "cdn_domain_target" {
  description = "`domain_name` and `hosted_zone_id` that the alias records of the names in cdn.domain must have; null when cdn is null."
  value       = one(module.cdn[*].domain_target)
}
