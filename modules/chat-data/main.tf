# Where the chat application keeps its conversations, and what the function may do there.

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_caller_identity" "current" {}

locals {
  table_name = var.history == null ? null : coalesce(var.history.table_name, "${var.name}-history")
  table_arn  = var.history == null ? null : "arn:${data.aws_partition.current.partition}:dynamodb:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:table/${local.table_name}"

  # With redaction, what stands for personal data is kept in the table too.
  keeps_placeholders = var.history != null && var.redacts
}

# Never the table's: who may read that has no right to the values by it.
resource "aws_kms_key" "placeholders" {
  count = local.keeps_placeholders ? 1 : 0

  description         = "What stands for personal data in the conversations of ${var.name}"
  enable_key_rotation = true
  tags                = var.tags
}

resource "aws_dynamodb_table" "history" {
  count = var.history == null ? 0 : var.history.table_name == null ? 1 : 0

  name                        = local.table_name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  range_key                   = "sk"
  deletion_protection_enabled = var.history.deletion_protection
  tags                        = var.tags

  attribute {
    name = "pk"
    type = "S"
  }

  attribute {
    name = "sk"
    type = "S"
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  # Without this block, or with a key of null, a key of AWS's own encrypts the table.
  dynamic "server_side_encryption" {
    for_each = var.history.kms_key_arn[*]

    content {
      enabled     = true
      kms_key_arn = server_side_encryption.value
    }
  }
}

data "aws_iam_policy_document" "history" {
  count = var.history == null ? 0 : 1

  statement {
    sid = "KeepConversations"
    # Read, store, store an answer only where its question still is, forget.
    actions   = ["dynamodb:BatchWriteItem", "dynamodb:ConditionCheckItem", "dynamodb:PutItem", "dynamodb:Query"]
    resources = [local.table_arn]
  }

  dynamic "statement" {
    for_each = var.history.kms_key_arn[*]

    content {
      sid       = "UseKeyOfConversations"
      actions   = ["kms:Decrypt"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["dynamodb.${data.aws_region.current.id}.amazonaws.com"]
      }
    }
  }

  # Not through the table: what stands for personal data is encrypted by itself, and for this table alone.
  dynamic "statement" {
    for_each = aws_kms_key.placeholders[*].arn

    content {
      sid       = "KeepPlaceholders"
      actions   = ["kms:Decrypt", "kms:Encrypt"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:EncryptionContext:table"
        values   = [local.table_name]
      }
    }
  }
}
