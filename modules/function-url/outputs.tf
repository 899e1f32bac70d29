output "url" {
  description = "The URL, `https://<id>.lambda-url.<region>.on.aws/`."
  value       = aws_lambda_function_url.streaming.function_url

  # Whoever waits for the URL may call it: without the grants it answers 403.
  depends_on = [
    aws_lambda_permission.public_url,
    aws_cloudformation_stack.public_invoke_grant,
  ]
}
