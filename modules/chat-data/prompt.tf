# Where the system prompt is: an object that may be edited without a deploy, with all its versions.

locals {
  makes_bucket  = var.prompt == null ? false : var.prompt.bucket == null
  bucket_prefix = "${lower(substr(var.name, 0, 29))}-prompt-" # the provider takes 37 characters
  bucket        = var.prompt == null ? null : local.makes_bucket ? one(aws_s3_bucket.prompt[*].bucket) : var.prompt.bucket
  bucket_arn    = "arn:${data.aws_partition.current.partition}:s3:::${coalesce(local.bucket, "none")}"
}

resource "aws_s3_bucket" "prompt" {
  count = local.makes_bucket ? 1 : 0

  bucket_prefix = local.bucket_prefix
  # Its versions go with it: a destroy that was asked for shall not stop halfway.
  force_destroy = true
  tags          = var.tags
}

resource "aws_s3_bucket_versioning" "prompt" {
  count = local.makes_bucket ? 1 : 0

  bucket = one(aws_s3_bucket.prompt[*].id)

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "prompt" {
  count = local.makes_bucket ? 1 : 0

  bucket = one(aws_s3_bucket.prompt[*].id)

  rule {
    bucket_key_enabled = var.prompt.kms_key_arn != null

    apply_server_side_encryption_by_default {
      sse_algorithm     = var.prompt.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.prompt.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "prompt" {
  count = local.makes_bucket ? 1 : 0

  bucket                  = one(aws_s3_bucket.prompt[*].id)
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "prompt" {
  count = local.makes_bucket ? 1 : 0

  bucket = one(aws_s3_bucket.prompt[*].id)

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

data "aws_iam_policy_document" "tls_only" {
  count = local.makes_bucket ? 1 : 0

  statement {
    sid       = "RefusePlainHttp"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.bucket_arn, "${local.bucket_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "prompt" {
  count = local.makes_bucket ? 1 : 0

  bucket = one(aws_s3_bucket.prompt[*].id)
  policy = one(data.aws_iam_policy_document.tls_only[*].json)

  # AWS refuses changes of the policy while the block is being made.
  depends_on = [aws_s3_bucket_public_access_block.prompt]
}

# The first version only: what is edited later in the bucket stays.
resource "aws_s3_object" "prompt" {
  count = local.makes_bucket ? 1 : 0

  bucket       = one(aws_s3_bucket.prompt[*].id)
  key          = var.prompt.key
  content      = var.prompt.content
  content_type = "text/markdown; charset=utf-8"
  tags         = var.tags

  # Encrypted as the bucket says, and kept as its first version.
  depends_on = [aws_s3_bucket_server_side_encryption_configuration.prompt, aws_s3_bucket_versioning.prompt]

  lifecycle {
    ignore_changes = [content, content_type]
  }
}

data "aws_iam_policy_document" "prompt" {
  count = var.prompt == null ? 0 : 1

  statement {
    sid       = "ReadPrompt"
    actions   = ["s3:GetObject"]
    resources = ["${local.bucket_arn}/${var.prompt.key}"]
  }

  dynamic "statement" {
    for_each = var.prompt.kms_key_arn[*]

    content {
      sid       = "DecryptPrompt"
      actions   = ["kms:Decrypt"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${data.aws_region.current.id}.amazonaws.com"]
      }
    }
  }
}
