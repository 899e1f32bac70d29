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
  description = "The deployment package: path of the zip and the base64 of its SHA-256. It holds `bootstrap` at its top."
  type = object({
    filename         = string
    source_code_hash = string
  })
  nullable = false
}

variable "settings" {
  description = "Settings of Lambda and of the streaming runtime, as in the root's variable `function`."
  type = object({
    runtime                        = string
    memory_size                    = number
    timeout                        = number
    architectures                  = list(string)
    layers                         = list(string)
    reserved_concurrent_executions = number
    heartbeat_seconds              = number
    deadline_margin_seconds        = number
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
  description = "What the function may do besides writing its logs: IAM policy documents as JSON, by a name for each."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "log_retention_in_days" {
  description = "After how many days CloudWatch deletes the logs; 0 keeps them for ever."
  type        = number
  nullable    = false
}

variable "tags" {
  description = "Tags for the role, the log group and the function."
  type        = map(string)
  default     = {}
  nullable    = false
}
