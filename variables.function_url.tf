variable "function_url" {
  description = <<-EOT
    The function's own streaming URL; null for none.
    - `authorization_type`: `AWS_IAM` answers only requests signed with SigV4 by a principal that may call both
      `lambda:InvokeFunctionUrl` and `lambda:InvokeFunction`; `NONE` answers anyone.
    - `public_invoke_grant_stack`: only for `NONE`. Lambda wants a second grant there, `lambda:InvokeFunction` to anyone
      on condition that it comes through the URL, which only CloudFormation can write on every supported provider
      version: hence a stack with this one resource. Where an organisation bans stacks, set false and add the grant by
      other means (`aws lambda add-permission --function-name <name> --statement-id UrlInvoke
      --action lambda:InvokeFunction --principal '*' --invoked-via-function-url`, with `--qualifier <alias>` where
      function.alias is set): until it exists the URL answers 403.
  EOT
  type = object({
    authorization_type        = optional(string, "AWS_IAM")
    public_invoke_grant_stack = optional(bool, true)
  })
  default = {}

  validation {
    condition     = var.function_url == null ? true : contains(["AWS_IAM", "NONE"], var.function_url.authorization_type)
    error_message = "function_url.authorization_type is ${var.function_url == null ? "null" : jsonencode(var.function_url.authorization_type)}. Use \"AWS_IAM\" for signed requests or \"NONE\" for an open URL."
  }
}

variable "cors" {
  description = <<-EOT
    Which web pages may call the function from a browser, through `function_url` and `rest_api` alike; null for none.
    - `allow_origins`: origins such as `https://app.example.com`, or `["*"]`.
    - `allow_methods`: of GET, PUT, POST, DELETE, HEAD, PATCH and `*`. OPTIONS is answered in any case.
    - `allow_headers`: request headers besides those that every client here may send: authorization, content-type,
      x-amz-content-sha256, x-amz-date and x-amz-security-token.
    - `expose_headers`: response headers that a page may read.
    - `max_age`: for how many seconds a browser may remember the answer, from 0 to 86400.
    - `allow_credentials`: whether a page may send cookies; not with the origin `*`.
  EOT
  type = object({
    allow_origins     = list(string)
    allow_methods     = optional(list(string), ["GET", "POST"])
    allow_headers     = optional(list(string), [])
    expose_headers    = optional(list(string), [])
    max_age           = optional(number, 3600)
    allow_credentials = optional(bool, false)
  })
  default = null

  validation {
    condition     = var.cors == null ? true : var.function_url != null || var.rest_api != null
    error_message = "cors is ${jsonencode(var.cors)} and both function_url and rest_api are null: the function has no URL that could answer browsers. Set function_url, for example to {}, or remove cors."
  }

  # A browser compares its Origin header as text: scheme, host and port, never a path or a slash at the end.
  validation {
    condition = var.cors == null ? true : length(var.cors.allow_origins) > 0 && alltrue([
      for origin in var.cors.allow_origins :
      length(regexall("^(\\*|[a-z][a-z0-9+.-]*://[^/\\s]+)$", origin)) == 1 && length(origin) <= 253
    ])
    error_message = "cors.allow_origins is ${var.cors == null ? "null" : jsonencode(var.cors.allow_origins)}. Give at least one origin as scheme://host or scheme://host:port without a slash at its end, for example \"https://app.example.com\", or \"*\"."
  }

  validation {
    condition     = var.cors == null ? true : length(distinct(var.cors.allow_origins)) <= 100
    error_message = "cors.allow_origins has ${var.cors == null ? 0 : length(distinct(var.cors.allow_origins))} origins. Lambda takes 100: remove some, or allow \"*\"."
  }

  # Lambda adds OPTIONS itself and fails the apply when it is named.
  validation {
    condition = var.cors == null ? true : length(var.cors.allow_methods) > 0 && alltrue([
      for method in var.cors.allow_methods : contains(["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", "*"], method)
    ])
    error_message = "cors.allow_methods is ${var.cors == null ? "null" : jsonencode(var.cors.allow_methods)}. Use GET, PUT, POST, DELETE, HEAD, PATCH or \"*\" in capitals, and leave OPTIONS out: Lambda answers preflight requests itself and rejects OPTIONS here."
  }

  validation {
    condition     = var.cors == null ? true : length(distinct(var.cors.allow_methods)) <= 6
    error_message = "cors.allow_methods is ${var.cors == null ? "null" : jsonencode(var.cors.allow_methods)}. Lambda takes six methods: name them, or use \"*\" alone."
  }

  validation {
    condition = var.cors == null ? true : (
      length(distinct(concat(local.signed_json_headers, [for header in var.cors.allow_headers : lower(header)]))) <= 100 &&
      length(distinct(var.cors.expose_headers)) <= 100 &&
      alltrue([
        for header in concat(var.cors.allow_headers, var.cors.expose_headers) :
        length(regexall("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", header)) == 1 && length(header) <= 1024
      ])
    )
    error_message = "cors.allow_headers is ${var.cors == null ? "null" : jsonencode(var.cors.allow_headers)} and cors.expose_headers is ${var.cors == null ? "null" : jsonencode(var.cors.expose_headers)}. Lambda takes 100 names of headers in each, the module's five in allow_headers included: give names such as \"x-team\", or \"*\"."
  }

  validation {
    condition     = var.cors == null ? true : var.cors.max_age >= 0 && var.cors.max_age <= 86400 && floor(var.cors.max_age) == var.cors.max_age
    error_message = "cors.max_age is ${var.cors == null ? "null" : var.cors.max_age}. Use a whole number of seconds from 0 to 86400, for example 3600."
  }

  validation {
    condition     = var.cors == null ? true : !(var.cors.allow_credentials && contains(var.cors.allow_origins, "*"))
    error_message = "cors.allow_credentials is true and cors.allow_origins is ${var.cors == null ? "null" : jsonencode(var.cors.allow_origins)}. Browsers refuse credentials with the origin \"*\": name the origins, or set allow_credentials to false."
  }
}

locals {
  # What a browser must be allowed to send for a JSON body, and for a request signed with SigV4 or sent through
  # CloudFront. Fetch never counts `authorization` as covered by "*", so they are named in any case.
  signed_json_headers = [
    "authorization",
    "content-type",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
  ]
}
