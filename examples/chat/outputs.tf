output "cdn_url" {
  description = "Where the page is: open it in a browser."
  value       = module.chat.cdn_url
}

output "cdn_distribution_id" {
  description = "Id of the CloudFront distribution."
  value       = module.chat.cdn_distribution_id
}

output "function_name" {
  description = "Name of the Lambda function."
  value       = module.chat.function_name
}

output "function_url" {
  description = "The URL behind CloudFront, which is closed to everybody else."
  value       = module.chat.function_url
}

output "role_arn" {
  description = "ARN of the role that the function runs as."
  value       = module.chat.role_arn
}

output "role_policies" {
  description = "What the role may do: read off it that no call leaves `allowed_regions`."
  value       = module.chat.role_policies
}

output "log_group_name" {
  description = "Log group of the function, for `aws logs tail --follow`."
  value       = module.chat.log_group_name
}

output "chat_table_name" {
  description = "DynamoDB table of the conversations."
  value       = module.chat.chat_table_name
}

output "prompt_bucket" {
  description = "S3 bucket that has the system prompt, as `system.md`."
  value       = module.chat.prompt_bucket
}
