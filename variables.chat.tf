variable "chat" {
  description = <<-EOT
    What the application serves besides `POST /chat`, and what its clients may do. Only with `bedrock`.
    - `page`: a chat page at `GET /`, for a browser. A browser signs nothing: it needs a URL or an API that is open, or
      something in front that signs.
    - `openai`: OpenAI's Chat Completions, `POST /v1/chat/completions` and `GET /v1/models`.
    - `ai_sdk`: the AI SDK's UI message stream, `POST /api/chat`.
    - `client_system_prompt`: whether a request may bring instructions of its own, which follow `bedrock.system_prompt`.
      Null: where there is no such prompt, so that nothing is added to the operator's.
    - `history`: keeps the conversations of `/chat` in DynamoDB, so that a request names its session and sends one message;
      null for none. A message is forgotten after `ttl_days`. The model is told again what fits into `context_tokens`.
      `table_name` is a table of yours, known at plan, with the string keys `pk` and `sk`, and `expires_at` as its TTL
      attribute; else one is made, with `kms_key_arn` or a key of AWS's own, and protected from deletion on request.
    - `prompt`: reads the system prompt from S3, so that it is edited without a deploy; null for `bedrock.system_prompt`
      alone, which otherwise serves while S3 fails at first. The function looks every `refresh_seconds` whether the object
      `key` has changed. `bucket` is one of yours; else one is made, with `content` as the first version of the object.
      `kms_key_arn` is the key that encrypts it.
    - `redaction`: personal data is replaced before the model sees it, and put back in its answer. Null lets it through.
      - `detector`: who finds it: `comprehend` for Amazon Comprehend, `patterns` for e-mail addresses, phone numbers,
        IBANs and cards in any language without a service, or `both`.
      - `language`: in which language Comprehend looks: `en`, `es`, or `auto`, which asks it for each text's language.
      - `entity_types`: Comprehend's types that count, such as `NAME` and `EMAIL`; null counts all.
      - `min_score`: below this confidence, from 0 to 1, what Comprehend finds does not count.
      - `other_languages`: for a text in a language that Comprehend does not know: `refuse` the request, or let `patterns`
        look instead, which find no names and addresses.
      - `on_failure`: the same for when Comprehend fails.
      - `allow_attachments`: whether the model gets images and files that are not text, with all that is in them.
  EOT
  type = object({
    page                 = optional(bool, false)
    openai               = optional(bool, true)
    ai_sdk               = optional(bool, true)
    client_system_prompt = optional(bool)
    history = optional(object({
      ttl_days            = optional(number, 30)
      context_tokens      = optional(number, 8000)
      table_name          = optional(string)
      kms_key_arn         = optional(string)
      deletion_protection = optional(bool, false)
    }))
    prompt = optional(object({
      bucket          = optional(string)
      key             = optional(string, "system.md")
      content         = optional(string)
      refresh_seconds = optional(number, 60)
      kms_key_arn     = optional(string)
    }))
    redaction = optional(object({
      detector          = optional(string, "comprehend")
      language          = optional(string, "auto")
      entity_types      = optional(list(string))
      min_score         = optional(number, 0.5)
      other_languages   = optional(string, "refuse")
      on_failure        = optional(string, "refuse")
      allow_attachments = optional(bool, false)
    }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.bedrock != null || (!var.chat.page && var.chat.openai && var.chat.ai_sdk && var.chat.client_system_prompt != true && alltrue([for part in [var.chat.history, var.chat.prompt, var.chat.redaction] : part == null]))
    error_message = "bedrock is null and chat is ${jsonencode(var.chat)}: these are settings of the module's own application, which needs a model. Set bedrock, for example to { model_id = \"amazon.nova-lite-v1:0\" }, or leave chat out."
  }

  validation {
    condition = var.chat.history == null ? true : alltrue([
      for number in [var.chat.history.ttl_days, var.chat.history.context_tokens] : number >= 1 && floor(number) == number
    ])
    error_message = "chat.history.ttl_days is ${var.chat.history == null ? "null" : var.chat.history.ttl_days} and chat.history.context_tokens is ${var.chat.history == null ? "null" : var.chat.history.context_tokens}. Use whole numbers of days and tokens above 0."
  }

  validation {
    condition = var.chat.history == null ? true : var.chat.history.table_name == null ? true : (
      length(regexall("^[A-Za-z0-9_.-]{3,255}$", var.chat.history.table_name)) == 1 && !endswith(var.chat.history.table_name, "\n")
    )
    error_message = "chat.history.table_name is ${var.chat.history == null ? "null" : jsonencode(var.chat.history.table_name)}. Give the name of a DynamoDB table of the function's account and region, 3 to 255 letters, digits, _, . and -, or leave it out to have one made."
  }

  validation {
    condition     = var.chat.history == null ? true : var.chat.history.table_name == null || !var.chat.history.deletion_protection
    error_message = "chat.history.table_name is ${var.chat.history == null ? "null" : jsonencode(var.chat.history.table_name)} and deletion_protection is true: it protects the table that is made. Set it on your own table where that is made, and leave it out here."
  }

  validation {
    condition = var.chat.history == null ? true : var.chat.history.kms_key_arn == null ? true : (
      length(regexall("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.chat.history.kms_key_arn)) == 1 && !endswith(var.chat.history.kms_key_arn, "\n")
    )
    error_message = "chat.history.kms_key_arn is ${var.chat.history == null ? "null" : jsonencode(var.chat.history.kms_key_arn)}. Use the ARN of a symmetric key, \"arn:aws:kms:<region>:<account>:key/<id>\", or leave it out for a key of AWS's own."
  }

  validation {
    condition = var.chat.prompt == null ? true : (
      (var.chat.prompt.bucket == null) != (var.chat.prompt.content == null)
    )
    error_message = "chat.prompt has ${var.chat.prompt == null ? "nothing" : var.chat.prompt.bucket == null ? "neither bucket nor content" : "both bucket and content"}. Give content, the first version of the prompt in a bucket that is made, or bucket, the name of one of yours that has the prompt."
  }

  validation {
    condition = var.chat.prompt == null ? true : (
      length(regexall("^[A-Za-z0-9!_.'()/-]+$", var.chat.prompt.key)) == 1 && length(var.chat.prompt.key) <= 1024 && !endswith(var.chat.prompt.key, "\n") &&
      !startswith(var.chat.prompt.key, "/")
    )
    error_message = "chat.prompt.key is ${var.chat.prompt == null ? "null" : jsonencode(var.chat.prompt.key)}. Use the key of one object, of letters, digits and !_.'()/-, for example \"system.md\"."
  }

  validation {
    condition = var.chat.prompt == null ? true : var.chat.prompt.bucket == null ? true : (
      length(regexall("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.chat.prompt.bucket)) == 1 && !endswith(var.chat.prompt.bucket, "\n")
    )
    error_message = "chat.prompt.bucket is ${var.chat.prompt == null ? "null" : jsonencode(var.chat.prompt.bucket)}. Give the name of an S3 bucket, or leave it out and give content to have one made."
  }

  validation {
    condition     = var.chat.prompt == null ? true : var.chat.prompt.refresh_seconds >= 1 && floor(var.chat.prompt.refresh_seconds) == var.chat.prompt.refresh_seconds
    error_message = "chat.prompt.refresh_seconds is ${var.chat.prompt == null ? "null" : var.chat.prompt.refresh_seconds}. Use a whole number of seconds above 0."
  }

  validation {
    condition = var.chat.prompt == null ? true : var.chat.prompt.kms_key_arn == null ? true : (
      length(regexall("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.chat.prompt.kms_key_arn)) == 1 && !endswith(var.chat.prompt.kms_key_arn, "\n")
    )
    error_message = "chat.prompt.kms_key_arn is ${var.chat.prompt == null ? "null" : jsonencode(var.chat.prompt.kms_key_arn)}. Use the ARN of a symmetric key, \"arn:aws:kms:<region>:<account>:key/<id>\", or leave it out for S3's own."
  }

  validation {
    condition     = var.chat.prompt == null ? true : try(trimspace(var.chat.prompt.content) != "", true)
    error_message = "chat.prompt.content is blank. Give the text of the prompt, or leave chat.prompt out."
  }

  validation {
    # length() counts characters; base64 writes three bytes as four digits.
    condition     = var.chat.prompt == null ? true : try(floor(length(trim(base64encode(var.chat.prompt.content), "=")) * 3 / 4) <= 200000, true)
    error_message = "chat.prompt.content is longer than 200000 bytes, the most that the function reads. Shorten it."
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
    condition     = var.chat.redaction == null ? true : contains(["refuse", "patterns"], var.chat.redaction.other_languages)
    error_message = "chat.redaction.other_languages is ${var.chat.redaction == null ? "null" : jsonencode(var.chat.redaction.other_languages)}. Use \"refuse\" or \"patterns\"."
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
