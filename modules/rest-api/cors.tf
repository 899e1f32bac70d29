# CORS: API Gateway answers preflights and its own errors, the function adds its headers to everything else.

locals {
  methods       = ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"]
  allow_methods = var.cors == null ? [] : contains(var.cors.allow_methods, "*") ? local.methods : var.cors.allow_methods
  # A page must also be allowed to send what this API asks of it.
  allow_headers = var.cors == null ? [] : distinct(concat(
    var.cors.allow_headers,
    contains(keys(local.security_schemes), "api_key") ? ["x-api-key"] : [],
    local.authorizer == null ? [] : [
      for source in local.authorizer.identity_sources : lower(trimprefix(source, "method.request.header."))
      if startswith(source, "method.request.header.")
    ],
  ))
  # One origin, or any, is the same for every caller; of several, the caller's own is named, when it is among them.
  one_origin = (
    var.cors == null ? null :
    contains(var.cors.allow_origins, "*") ? "*" :
    length(var.cors.allow_origins) == 1 ? one(var.cors.allow_origins) : null
  )

  # Without the header's value, which only a static one has here.
  preflight_headers = var.cors == null ? {} : merge(
    {
      "Access-Control-Allow-Methods" = "'${join(",", local.allow_methods)}'"
      "Access-Control-Allow-Headers" = "'${join(",", local.allow_headers)}'"
      "Access-Control-Max-Age"       = "'${var.cors.max_age}'"
    },
    local.one_origin == "*" ? null : { Vary = "'Origin'" },
    local.one_origin == null ? null : { "Access-Control-Allow-Origin" = "'${local.one_origin}'" },
    !var.cors.allow_credentials ? null : { "Access-Control-Allow-Credentials" = "'true'" },
  )

  # Velocity. A browser's HTTP/2 request has the header's name in lower case, an HTTP/1.1 request has not.
  preflight_template = var.cors == null || local.one_origin != null ? "" : join("", [
    "#set($origin = $input.params(\"Origin\"))",
    "#if($origin == \"\")#set($origin = $input.params(\"origin\"))#end",
    "#set($allowed = ${jsonencode(var.cors.allow_origins)})",
    "#if($allowed.contains($origin))#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)#end",
  ])

  preflight = var.cors == null ? null : {
    responses = {
      "204" = {
        description = "What a page may send."
        headers = {
          for name in distinct(concat(keys(local.preflight_headers), ["Access-Control-Allow-Origin"])) :
          name => { schema = { type = "string" } }
        }
      }
    }
    "x-amazon-apigateway-integration" = {
      type             = "mock"
      requestTemplates = { "application/json" = jsonencode({ statusCode = 204 }) }
      # With binary media types the request would else arrive as bytes, which a mock can't read.
      contentHandling = "CONVERT_TO_TEXT"
      responses = {
        default = {
          statusCode         = "204"
          responseParameters = { for name, value in local.preflight_headers : "method.response.header.${name}" => value }
          responseTemplates  = { "application/json" = local.preflight_template }
        }
      }
    }
  }

  # An error that API Gateway answers itself tells nobody anything but its kind. So of several origins the caller's own
  # is named without asking whether it is among them: a static value can't tell, and these have no other. Then no page
  # may send cookies with it.
  error_headers = var.cors == null ? {} : merge(
    {
      "gatewayresponse.header.Access-Control-Allow-Origin" = (
        local.one_origin == null ? "method.request.header.Origin" : "'${local.one_origin}'"
      )
    },
    local.one_origin == "*" ? null : { "gatewayresponse.header.Vary" = "'Origin'" },
    !var.cors.allow_credentials || local.one_origin == null ? null : {
      "gatewayresponse.header.Access-Control-Allow-Credentials" = "'true'"
    },
    length(var.cors.expose_headers) == 0 ? null : {
      "gatewayresponse.header.Access-Control-Expose-Headers" = "'${join(",", var.cors.expose_headers)}'"
    },
  )

  # Errors have the application's own form, whoever answers them.
  gateway_errors = {
    DEFAULT_4XX         = { type = "invalid_request_error" }
    DEFAULT_5XX         = { type = "api_error" }
    UNAUTHORIZED        = { type = "authentication_error" }
    ACCESS_DENIED       = { type = "permission_error" }
    THROTTLED           = { type = "rate_limit_error", headers = { "gatewayresponse.header.Retry-After" = "'1'" } }
    QUOTA_EXCEEDED      = { type = "rate_limit_error" }
    INTEGRATION_TIMEOUT = { type = "timeout_error" }
  }
  gateway_responses = {
    for name, error in local.gateway_errors : name => {
      responseParameters = merge(local.error_headers, lookup(error, "headers", null))
      responseTemplates = {
        # The message comes with its quotes, and escaped.
        "application/json" = "{\"error\":{\"message\":$context.error.messageString,\"type\":\"${error.type}\",\"code\":\"$context.error.responseType\",\"request_id\":\"$context.requestId\"}}"
      }
    }
  }
}
