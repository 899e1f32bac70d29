variable "name" {
  description = "Name of the function; the table is named after it."
  type        = string
  nullable    = false
}

variable "history" {
  description = "The table of conversations, as in the root's `chat.history`; null for none."
  type = object({
    table_name          = string
    kms_key_arn         = string
    deletion_protection = bool
  })
  default = null
}

variable "prompt" {
  description = "The system prompt in S3, as in the root's `chat.prompt`; null for none."
  type = object({
    bucket      = string
    key         = string
    content     = string
    kms_key_arn = string
  })
  default = null
}

variable "redacts" {
  description = "Whether personal data is redacted: then what stands for it is kept in the table, encrypted with a key of KMS."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
  nullable    = false
}
