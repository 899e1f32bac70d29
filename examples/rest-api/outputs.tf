output "function_name" {
  description = "Name of the Lambda function."
  value       = module.chat.function_name
}

output "rest_api_url" {
  description = "Streaming URL."
  value       = module.chat.rest_api_url
}

output "rest_api_id" {
  description = "Id of the REST API."
  value       = module.chat.rest_api_id
}

output "rest_api_execution_arn" {
  description = "ARN from which policies with `execute-api:Invoke` are built."
  value       = module.chat.rest_api_execution_arn
}

output "api_key" {
  description = "The API key; null where none is needed."
  value       = lookup(module.chat.rest_api_keys, "example", null)
  sensitive   = true
}

output "access_log_group_name" {
  description = "Log group with one line for each request; null without `access_log`."
  value       = module.chat.rest_api_access_log_group_name
}

output "log_group_name" {
  description = "Log group of the function."
  value       = module.chat.log_group_name
}

output "curl" {
  description = "A command that asks the API a question and shows the answer as it streams: eval \"$(terraform output -raw curl)\"."
  # -N shows each piece as it arrives. curl neither sends nor signs a header without a value, so the same line serves
  # long-lived credentials, which have no session token. The key is a secret, so it comes from the environment.
  value = join(" ", compact([
    "curl -N -sS",
    var.authorization == "NONE" ? "" : "--aws-sigv4 \"aws:amz:${var.region}:execute-api\" --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" -H \"x-amz-security-token: $AWS_SESSION_TOKEN\"",
    var.api_key_required ? "-H \"x-api-key: $API_KEY\"" : "",
    "-H \"content-type: application/json\"",
    "-d '{\"message\": \"Why is the sky blue?\"}'",
    "${module.chat.rest_api_url}chat",
  ]))
}
