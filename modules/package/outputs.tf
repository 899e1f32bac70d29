output "filename" {
  description = "Path of the handler's zip, for aws_lambda_function.filename."
  value       = local.filename
}

output "source_code_hash" {
  description = "Base64 of the zip's SHA-256, for aws_lambda_function.source_code_hash: the function is updated when it changes."
  value       = filebase64sha256(local.filename)
}
