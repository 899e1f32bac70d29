variable "function_name" {
  description = "Name of the function, from which the stack takes its name."
  type        = string
  nullable    = false
}

variable "function_arn" {
  description = "ARN of the function, without a qualifier."
  type        = string
  nullable    = false
}

variable "alias" {
  description = "Name of the function's alias that the URL is for; null for the function itself."
  type        = string
  default     = null
}

variable "authorization_type" {
  description = "`AWS_IAM` for signed requests only, `NONE` for an open URL."
  type        = string
  nullable    = false
}

variable "public_invoke_grant_stack" {
  description = "With `NONE`: whether a CloudFormation stack gives the second grant. Without it the URL answers 403 until the grant is added by other means."
  type        = bool
  nullable    = false
}

variable "cors" {
  description = "CORS configuration of the URL, complete; null for none."
  type = object({
    allow_origins     = list(string)
    allow_methods     = list(string)
    allow_headers     = list(string)
    expose_headers    = list(string)
    max_age           = number
    allow_credentials = bool
  })
}

variable "tags" {
  description = "Tags for the stack; the URL and the permission can carry none."
  type        = map(string)
  default     = {}
  nullable    = false
}
