variable "name" {
  description = "Name of the function; its role and log group are named after it."
  type        = string
  nullable    = false
}

variable "description" {
  description = "One line about the function, as the Lambda console shows it."
  type        = string
  nullable    = false
}

variable "handler" {
  description = "Handler as `module.function`."
  type        = string
  nullable    = false
}

variable "package" {
  description = "The deployment package: a zip's path with a hash that changes when it does, or an object in S3. It holds `bootstrap` at its top."
  type = object({
    filename         = optional(string)
    source_code_hash = optional(string)
    s3 = optional(object({
      bucket         = string
      key            = string
      object_version = optional(string)
    }))
  })
  nullable = false
}

variable "settings" {
  description = "Settings of Lambda and of the streaming runtime, as in the root's variable `function`."
  type = object({
    runtime                = string
    memory_size            = number
    timeout                = number
    architectures          = list(string)
    layers                 = list(string)
    ephemeral_storage_size = number
    vpc = object({
      subnet_ids         = list(string)
      security_group_ids = list(string)
    })
    kms_key_arn                       = string
    tracing_mode                      = string
    reserved_concurrent_executions    = number
    alias                             = string
    provisioned_concurrent_executions = number
    snap_start                        = optional(bool, false)
    heartbeat_seconds                 = number
    deadline_margin_seconds           = number
    exec_wrapper                      = optional(string)
  })
  nullable = false
}

variable "environment" {
  description = "Environment variables of the function, without those that start the streaming runtime and set it."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "policies" {
  description = "What the function may do besides what Lambda needs to run it: IAM policy documents as JSON, by a name for each."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "role" {
  description = "An existing role to run as, else the permissions boundary of the role that is made, as in the root's variable `role`."
  type = object({
    existing             = object({ arn = string })
    permissions_boundary = string
  })
  nullable = false
}

variable "logging" {
  description = "The log group and what is written to it, as in the root's variable `logging`."
  type = object({
    retention_in_days     = number
    format                = string
    application_log_level = string
    system_log_level      = string
    kms_key_arn           = string
  })
  nullable = false
}

variable "tags" {
  description = "Tags for the role, the log group and the function."
  type        = map(string)
  default     = {}
  nullable    = false
}
