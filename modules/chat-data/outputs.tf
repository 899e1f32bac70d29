output "table_name" {
  description = "Name of the table of conversations; null without history."
  # That of the resource where there is one, so that whoever uses the name waits for the table.
  value = var.history == null ? null : coalesce(var.history.table_name, one(aws_dynamodb_table.history[*].name))
}

output "prompt_bucket" {
  description = "Name of the bucket that has the system prompt; null without prompt."
  value       = local.bucket
}

output "placeholders_key_arn" {
  description = "ARN of the KMS key that encrypts what stands for personal data; null without history or redaction."
  value       = one(aws_kms_key.placeholders[*].arn)
}

output "policies" {
  description = "What the function's role must allow, by what it is for: a map of IAM policy documents as JSON, its keys known at plan."
  value = merge(
    var.history == null ? {} : { history = one(data.aws_iam_policy_document.history[*].json) },
    var.prompt == null ? {} : { prompt = one(data.aws_iam_policy_document.prompt[*].json) },
  )
}
