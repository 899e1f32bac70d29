variable "name" {
  description = "Name of the function that the API invokes, from which the API, its keys, usage plan and log group take theirs."
  type        = string
  nullable    = false
}

variable "alias" {
  description = "Name of the function's alias that the API invokes; null for the function itself."
  type        = string
  default     = null
}

variable "function" {
  description = "The function and its alias as they are known once both exist, for the permission to invoke them."
  type = object({
    arn   = string
    alias = string
  })
  nullable = false
}

variable "function_timeout" {
  description = "Timeout of the function in seconds."
  type        = number
  nullable    = false
}

variable "settings" {
  description = "The API; see `rest_api` of the root module."
  type = object({
    stage_name       = string
    endpoint_type    = string
    vpc_endpoint_ids = list(string)
    authorization    = string
    api_key_required = bool
    cognito = optional(object({
      user_pool_arns = list(string)
      scopes         = list(string)
    }))
    lambda_authorizer = optional(object({
      function_arn                   = string
      type                           = string
      identity_sources               = list(string)
      identity_validation_expression = optional(string)
      result_ttl_in_seconds          = number
      role_arn                       = optional(string)
    }))
    catch_all = bool
    routes = map(object({
      authorization    = optional(string)
      api_key_required = optional(bool)
      scopes           = optional(list(string))
      throttle = optional(object({
        rate_limit  = number
        burst_limit = number
      }))
    }))
    throttle = optional(object({
      rate_limit  = number
      burst_limit = number
    }))
    usage_plan = optional(object({
      key_names = set(string)
      throttle = optional(object({
        rate_limit  = number
        burst_limit = number
      }))
      quota = optional(object({
        limit  = number
        period = string
        offset = number
      }))
    }))
    timeout_milliseconds = optional(number)
    resource_policy      = optional(string)
    binary_media_types   = list(string)
    variables            = map(string)
    access_log = optional(object({
      retention_in_days   = number
      kms_key_arn         = optional(string)
      format              = optional(string)
      manage_account_role = bool
    }))
    metrics_enabled = bool
    tracing_enabled = bool
    domain = optional(object({
      name            = string
      certificate_arn = string
      base_path       = optional(string)
      security_policy = string
    }))
    disable_default_endpoint = bool
    web_acl_arn              = optional(string)
  })
  nullable = false
}

variable "cors" {
  description = "Which web pages may call the API; null for none."
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
  description = "Tags for every resource that can carry them."
  type        = map(string)
  default     = {}
  nullable    = false
}
