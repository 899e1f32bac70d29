output "function_name" {
  description = "Name of the Lambda function."
  value       = module.stream.function_name
}

output "function_url" {
  description = "Streaming URL."
  value       = module.stream.function_url
}

output "log_group_name" {
  description = "Log group of the function, for `aws logs tail --follow`."
  value       = module.stream.log_group_name
}

output "curl" {
  description = "A command that asks for a sentence word by word: eval \"$(terraform output -raw curl)\"."
  # -N shows each piece as it arrives. curl neither sends nor signs a header without a value, so the same line serves
  # long-lived credentials, which have no session token.
  value = join(" ", compact([
    "curl -N -sS",
    var.authorization_type == "NONE" ? "" : "--aws-sigv4 \"aws:amz:${var.region}:lambda\" --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" -H \"x-amz-security-token: $AWS_SESSION_TOKEN\"",
    "-H \"content-type: application/json\"",
    "-d '{\"sentence\": \"one word at a time\"}'",
    "${module.stream.function_url}words",
  ]))
}
