variable "chat" {
  description = <<-EOT
    What the application serves besides `POST /chat`, and what its clients may do. Only with `bedrock`.
    - `page`: a chat page at `GET /`, for a browser. A browser signs nothing: it needs a URL or an API that is open, or
      something in front that signs.
    - `openai`: OpenAI's Chat Completions, `POST /v1/chat/completions` and `GET /v1/models`.
    - `ai_sdk`: the AI SDK's UI message stream, `POST /api/chat`.
    - `client_system_prompt`: whether a request may bring instructions of its own, which follow `bedrock.system_prompt`.
      Null: where there is no such prompt, so that nothing is added to the operator's.
    - `redaction`: personal data is replaced before the model sees it, and put back in its answer. Null lets it through.
      - `detector`: who finds it: `comprehend` for Amazon Comprehend, `patterns` for e-mail addresses, phone numbers,
        IBANs and cards in any language without a service, or `both`.
      - `language`: in which language Comprehend looks: `en`, `es`, or `auto`, which asks it for each text's language.
      - `entity_types`: Comprehend's types that count, such as `NAME` and `EMAIL`; null counts all.
      - `min_score`: below this confidence, from 0 to 1, what Comprehend finds does not count.
      - `on_failure`: when Comprehend fails, or does not know a text's language: `refuse` the request, or let `patterns`
        look instead, which find less.
      - `allow_attachments`: whether the model gets images and files that are not text, with all that is in them.
  EOT
  type = object({
    page                 = optional(bool, false)
    openai               = optional(bool, true)
    ai_sdk               = optional(bool, true)
    client_system_prompt = optional(bool)
    redaction = optional(object({
      detector          = optional(string, "comprehend")
      language          = optional(string, "auto")
      entity_types      = optional(list(string))
      min_score         = optional(number, 0.5)
      on_failure        = optional(string, "refuse")
      allow_attachments = optional(bool, false)
    }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.bedrock != null || (!var.chat.page && var.chat.openai && var.chat.ai_sdk && var.chat.client_system_prompt != true && var.chat.redaction == null)
    error_message = "bedrock is null and chat is ${jsonencode(var.chat)}: these are settings of the module's own application, which needs a model. Set bedrock, for example to { model_id = \"amazon.nova-lite-v1:0\" }, or leave chat out."
  }

  validation {
    condition     = var.chat.redaction == null ? true : contains(["comprehend", "patterns", "both"], var.chat.redaction.detector)
    error_message = "chat.redaction.detector is ${var.chat.redaction == null ? "null" : jsonencode(var.chat.redaction.detector)}. Use \"comprehend\", \"patterns\" or \"both\"."
  }

  validation {
    condition     = var.chat.redaction == null ? true : contains(["auto", "en", "es"], var.chat.redaction.language)
    error_message = "chat.redaction.language is ${var.chat.redaction == null ? "null" : jsonencode(var.chat.redaction.language)}. Use \"auto\", or one of the languages in which Comprehend finds personal data: \"en\", \"es\"."
  }

  validation {
    condition = var.chat.redaction == null ? true : var.chat.redaction.entity_types == null ? true : (
      length(var.chat.redaction.entity_types) > 0 &&
      length(setsubtract(var.chat.redaction.entity_types, lookup(local.redacted_types, var.chat.redaction.detector, []))) == 0
    )
    error_message = "chat.redaction.entity_types is ${var.chat.redaction == null ? "null" : jsonencode(var.chat.redaction.entity_types)}. Name at least one type, and only types that the detector finds: ${var.chat.redaction == null ? "" : join(", ", lookup(local.redacted_types, var.chat.redaction.detector, []))}. Leave it out to count them all."
  }

  validation {
    condition     = var.chat.redaction == null ? true : var.chat.redaction.min_score >= 0 && var.chat.redaction.min_score <= 1
    error_message = "chat.redaction.min_score is ${var.chat.redaction == null ? "null" : var.chat.redaction.min_score}. Use a number from 0 to 1, for example 0.5."
  }

  validation {
    condition     = var.chat.redaction == null ? true : contains(["refuse", "patterns"], var.chat.redaction.on_failure)
    error_message = "chat.redaction.on_failure is ${var.chat.redaction == null ? "null" : jsonencode(var.chat.redaction.on_failure)}. Use \"refuse\" or \"patterns\"."
  }
}

# What the detectors find.
locals {
  # Source: the Amazon Comprehend API reference, PiiEntity.
  comprehend_types = [
    "ADDRESS", "AGE", "AWS_ACCESS_KEY", "AWS_SECRET_KEY", "BANK_ACCOUNT_NUMBER", "BANK_ROUTING", "CA_HEALTH_NUMBER",
    "CA_SOCIAL_INSURANCE_NUMBER", "CREDIT_DEBIT_CVV", "CREDIT_DEBIT_EXPIRY", "CREDIT_DEBIT_NUMBER", "DATE_TIME",
    "DRIVER_ID", "EMAIL", "INTERNATIONAL_BANK_ACCOUNT_NUMBER", "IN_AADHAAR", "IN_NREGA", "IN_PERMANENT_ACCOUNT_NUMBER",
    "IN_VOTER_NUMBER", "IP_ADDRESS", "LICENSE_PLATE", "MAC_ADDRESS", "NAME", "PASSPORT_NUMBER", "PASSWORD", "PHONE",
    "PIN", "SSN", "SWIFT_CODE", "UK_NATIONAL_HEALTH_SERVICE_NUMBER", "UK_NATIONAL_INSURANCE_NUMBER",
    "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER", "URL", "USERNAME", "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER",
    "VEHICLE_IDENTIFICATION_NUMBER",
  ]
  redacted_types = {
    comprehend = local.comprehend_types
    both       = local.comprehend_types
    patterns   = ["CREDIT_DEBIT_NUMBER", "EMAIL", "INTERNATIONAL_BANK_ACCOUNT_NUMBER", "PHONE"]
  }
}
