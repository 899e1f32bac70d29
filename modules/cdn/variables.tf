variable "name" {
  description = "Name of the function, from which everything here takes its own."
  type        = string
  nullable    = false
}

variable "function" {
  description = "ARN of the function without a qualifier, and the name of the alias that the URL is for; null for the function itself."
  type = object({
    arn   = string
    alias = optional(string)
  })
  nullable = false
}

variable "function_url" {
  description = "The function's URL, `https://<id>.lambda-url.<region>.on.aws/`."
  type        = string
  nullable    = false
}

variable "settings" {
  description = "The distribution; see `cdn` of the root module."
  type = object({
    countries = object({
      allow = set(string)
      deny  = set(string)
    })
    domain = optional(object({
      names                    = set(string)
      certificate_arn          = string
      minimum_protocol_version = string
    }))
    origin_read_timeout        = number
    origin_keepalive_timeout   = number
    response_headers_policy_id = optional(string)
    web_acl_arn                = optional(string)
    access_log = optional(object({
      bucket_domain_name = string
      prefix             = string
    }))
    price_class         = string
    wait_for_deployment = bool
  })
  nullable = false
}

variable "tags" {
  description = "Tags for the distribution, which alone can carry them here."
  type        = map(string)
  default     = {}
  nullable    = false
}
