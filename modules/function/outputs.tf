output "name" {
  description = "Name of the function."
  value       = aws_lambda_function.streaming.function_name
}

output "arn" {
  description = "ARN of the function without a qualifier."
  value       = aws_lambda_function.streaming.arn
}

output "role_arn" {
  description = "ARN of the execution role."
  value       = aws_iam_role.execution.arn
}

output "log_group_name" {
  description = "Name of the log group, `/aws/lambda/<name>`."
  value       = aws_cloudwatch_log_group.function.name
}
