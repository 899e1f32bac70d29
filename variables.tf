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
  EOT
  type = object({
    retention_in_days = optional(number, 30)
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
}
