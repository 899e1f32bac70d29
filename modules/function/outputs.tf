output "name" {
  description = "Name of the function."
  value       = aws_lambda_function.streaming.function_name
}

output "arn" {
  description = "ARN of the function without a qualifier."
  value       = aws_lambda_function.streaming.arn
}

output "alias" {
  description = "Name of the alias; null without one."
  value       = one(aws_lambda_alias.published[*].name)
}

output "alias_arn" {
  description = "ARN of the function with the alias as its qualifier; null without one."
  value       = one(aws_lambda_alias.published[*].arn)
}

output "role_arn" {
  description = "ARN of the execution role, made here or existing."
  value       = local.role_arn
}

output "role_policies" {
  description = "What the role must allow: IAM policy documents as JSON, by a name for each that is known at plan."
  value       = local.policies
}

output "log_group_name" {
  description = "Name of the log group, `/aws/lambda/<name>`."
  value       = aws_cloudwatch_log_group.function.name
}
