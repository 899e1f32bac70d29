variable "name" {
  description = <<-EOT
    Name of the function. Its role, log group and stack derive their names from it, so it must be unique in the account
    and region.
  EOT
  type        = string
  nullable    = false

  # The strictest of the names made from it: a CloudFormation stack's has no underscore and begins with a letter; a
  # role's has at most 64 characters, of which the region takes up to 15.
  validation {
    condition     = length(regexall("^[A-Za-z][A-Za-z0-9-]{0,47}$", var.name)) == 1
    error_message = "name is ${jsonencode(var.name)}. Use 1 to 48 letters, digits and hyphens, beginning with a letter, for example \"support-chat\"."
  }
}

variable "logging" {
  description = <<-EOT
    The function's CloudWatch logs.
    - `retention_in_days`: after how many days CloudWatch deletes them; 0 keeps them for ever.
    - `format`: `Text`, or `JSON` for one JSON object a line.
    - `application_log_level`: the lowest level that the function's own lines must have, of TRACE, DEBUG, INFO, WARN,
      ERROR and FATAL; only with `JSON`, where null means INFO.
    - `system_log_level`: likewise of Lambda's lines about the function, of DEBUG, INFO and WARN.
    - `kms_key_arn`: ARN of the symmetric KMS key that encrypts the log group; null for the key of CloudWatch Logs. The
      key's policy must let the service `logs.<region>.amazonaws.com` use it.
  EOT
  type = object({
    retention_in_days     = optional(number, 30)
    format                = optional(string, "Text")
    application_log_level = optional(string)
    system_log_level      = optional(string)
    kms_key_arn           = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition = contains(
      [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.logging.retention_in_days,
    )
    error_message = "logging.retention_in_days is ${var.logging.retention_in_days}. CloudWatch allows only 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 and 3653 days, or 0 for ever."
  }

  validation {
    condition     = contains(["Text", "JSON"], var.logging.format)
    error_message = "logging.format is ${jsonencode(var.logging.format)}. Use \"Text\" or \"JSON\"."
  }

  validation {
    condition = var.logging.application_log_level == null ? true : (
      contains(["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"], var.logging.application_log_level)
    )
    error_message = "logging.application_log_level is ${jsonencode(var.logging.application_log_level)}. Use \"TRACE\", \"DEBUG\", \"INFO\", \"WARN\", \"ERROR\" or \"FATAL\"."
  }

  validation {
    condition     = var.logging.system_log_level == null ? true : contains(["DEBUG", "INFO", "WARN"], var.logging.system_log_level)
    error_message = "logging.system_log_level is ${jsonencode(var.logging.system_log_level)}. Use \"DEBUG\", \"INFO\" or \"WARN\"."
  }

  validation {
    condition = var.logging.format == "JSON" ? true : (
      var.logging.application_log_level == null && var.logging.system_log_level == null
    )
    error_message = "logging.application_log_level is ${jsonencode(var.logging.application_log_level)}, logging.system_log_level is ${jsonencode(var.logging.system_log_level)} and logging.format is ${jsonencode(var.logging.format)}: Lambda filters by level only what is JSON. Set logging.format to \"JSON\", or leave both levels out."
  }

  validation {
    condition     = var.logging.kms_key_arn == null ? true : length(regexall(local.kms_key_pattern, var.logging.kms_key_arn)) == 1
    error_message = "logging.kms_key_arn is ${jsonencode(var.logging.kms_key_arn)}. ${local.kms_key_form}"
  }
}

# What the validations of both keys share.
locals {
  kms_key_pattern = "^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$"
  kms_key_form    = "Use the ARN of the key itself, not its id or an alias: \"arn:aws:kms:<region>:<account>:key/<id>\"."
}

variable "tags" {
  description = "Tags for every resource that can carry them, on top of the provider's default_tags."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key in keys(var.tags) : !startswith(lower(key), "aws:")])
    error_message = "tags has the keys ${jsonencode([for key in keys(var.tags) : key if startswith(lower(key), "aws:")])}. AWS keeps the prefix \"aws:\" to itself: rename them."
  }

  # The strictest of what is tagged: Lambda, IAM and CloudFormation.
  validation {
    condition     = length(var.tags) <= 50
    error_message = "tags has ${length(var.tags)} entries. AWS allows 50 for a resource, those of default_tags included: remove some."
  }

  validation {
    condition     = alltrue([for value in values(var.tags) : value != null])
    error_message = "tags has no value for ${jsonencode([for key, value in var.tags : key if value == null])}. Give each a text, or leave it out."
  }

  validation {
    condition = alltrue([
      for key, value in var.tags : value == null ? true :
      length(regexall("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{1,128}$", key)) == 1 &&
      length(regexall("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]{0,256}$", value)) == 1
    ])
    error_message = "tags is ${jsonencode(var.tags)}. A key has 1 to 128 and a value at most 256 letters, digits, spaces and characters of _ . : / = + - @: change what has others."
  }

  # Of all that is tagged only the stack minds.
  validation {
    condition = (
      !contains(values(var.tags), "") || var.function_url == null ? true :
      var.function_url.authorization_type != "NONE" || !var.function_url.public_invoke_grant_stack
    )
    error_message = "tags has an empty value for ${jsonencode([for key, value in var.tags : key if value == ""])}, and function_url.authorization_type is \"NONE\", which makes a CloudFormation stack: CloudFormation takes no empty values. Give each a text, or leave it out."
  }

  validation {
    condition     = var.role.existing != null || length(distinct([for key in keys(var.tags) : lower(key)])) == length(var.tags)
    error_message = "tags has the keys ${jsonencode(keys(var.tags))}. For IAM, whose role is tagged too, keys that differ only in case are the same: keep one of each."
  }
}
