output "policy_json" {
  description = "IAM policy document that allows ConverseStream on the models, and on nothing else, for an inline or managed policy."
  value       = data.aws_iam_policy_document.stream_models.json
}
