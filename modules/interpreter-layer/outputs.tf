output "arn" {
  description = "ARN of the layer version, for function.layers."
  value       = aws_lambda_layer_version.interpreter.arn
}
