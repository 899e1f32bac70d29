# Personal data is kept from the model: what finds it, and what the function may ask for it.

locals {
  asks_comprehend = var.chat.redaction == null ? false : var.chat.redaction.detector != "patterns"
}

# Comprehend knows no resources for these.
data "aws_iam_policy_document" "redaction" {
  count = local.asks_comprehend ? 1 : 0

  statement {
    sid       = "FindPersonalData"
    actions   = ["comprehend:DetectPiiEntities"]
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = var.chat.redaction.language == "auto" ? [true] : []

    content {
      sid       = "FindLanguage"
      actions   = ["comprehend:DetectDominantLanguage"]
      resources = ["*"]
    }
  }
}
