output "function_name" {
  description = "Name of the Lambda function."
  value       = module.chat.function_name
}

output "function_arn" {
  description = "ARN of the Lambda function."
  value       = module.chat.function_arn
}

output "function_url" {
  description = "Where the page is: open it in a browser. The same URL streams to other clients."
  value       = module.chat.function_url
}

output "role_arn" {
  description = "ARN of the role that the function runs as."
  value       = module.chat.role_arn
}

output "log_group_name" {
  description = "Log group of the function, for `aws logs tail --follow`."
  value       = module.chat.log_group_name
}
