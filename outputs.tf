output "function_name" {
  description = "Name of the Lambda function, for `aws lambda invoke`, dashboards and alarms."
  value       = module.function.name
}

output "function_arn" {
  description = "ARN of the Lambda function without a qualifier, for policies and triggers."
  value       = module.function.arn
}

output "role_arn" {
  description = "ARN of the role that the function runs as, for resource policies that name it."
  value       = module.function.role_arn
}

output "log_group_name" {
  description = "Name of the function's CloudWatch log group, for `aws logs tail` and metric filters."
  value       = module.function.log_group_name
}

output "function_url" {
  description = "Streaming URL `https://<id>.lambda-url.<region>.on.aws/`, with the slash at its end; null when function_url is null."
  value       = one(module.function_url[*].url)
}
