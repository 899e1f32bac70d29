variable "rest_api" {
  description = <<-EOT
    A REST API of API Gateway that streams, beside the URL or instead of it; null for none.
    - `stage_name`: name of its one stage, the first part of every path.
    - `endpoint_type`: `REGIONAL`; `PRIVATE` for callers in a VPC, through `vpc_endpoint_ids`; `EDGE` for API Gateway's own
      CloudFront in front, which cuts a stream after 30 s of silence, not after five minutes as the others.
    - `authorization`: who may call a route that doesn't say otherwise. `AWS_IAM`: requests signed with SigV4 by a
      principal that may `execute-api:Invoke`; `COGNITO`: who has a token of the user pools in `cognito`, with one of its
      `scopes` where it has any; `LAMBDA`: who `lambda_authorizer` lets in; `NONE`: anyone.
    - `api_key_required`: whether a request also needs an API key of the usage plan.
    - `cognito`: an ID token in `Authorization`, or with `scopes` an access token.
    - `lambda_authorizer`: ARN of a function; a `TOKEN` authorizer gets one header, which `identity_sources` names as
      `method.request.header.NAME` and which must match `identity_validation_expression`, a `REQUEST` authorizer the whole
      request. Its decision counts for `result_ttl_in_seconds`, 0 to 3600. `role_arn`: what API Gateway invokes it as;
      null for a permission made here.
    - `catch_all`: whether every path and method that is no route leads to the function.
    - `routes`: by method and path, such as `"GET /health"` or `"POST /chat/{session}"`; the method may be `ANY`. What a
      route leaves out it has from the API. `throttle` is the route's own.
    - `throttle`: requests a second, and at once, for each method; null for the account's limits.
    - `usage_plan`: an API key for each of `key_names`, a limit for each key, and a `quota` in a `period` of `DAY`, `WEEK`
      or `MONTH`, which begins `offset` days late. The output `rest_api_keys` has the keys.
    - `timeout_milliseconds`: after how long API Gateway gives up on the function, up to 900000; null for ten seconds more
      than the function's own timeout.
    - `resource_policy`: a policy as JSON; write `execute-api:/*` for the API itself. Null for none or, with `PRIVATE`, one
      that lets in whoever comes through the endpoints.
    - `binary_media_types`: content types of requests whose body is no text. Answers need no entry.
    - `variables`: stage variables.
    - `access_log`: one line a request, with the times of its stream; null for none. The account needs a role for API
      Gateway's logs, one for all APIs in a region: `manage_account_role` makes and sets it, for one root in the account
      and region. `format` replaces the JSON object that is logged.
    - `metrics_enabled`: CloudWatch metrics for each route. `tracing_enabled`: X-Ray.
    - `domain`: a name of your own with its ACM certificate (of the API's region; `EDGE` wants one of us-east-1). The
      output `rest_api_domain_target` has what its DNS record must point to.
    - `disable_default_endpoint`: whether only that name leads to the API.
    - `web_acl_arn`: ARN of a regional WAF web ACL.
  EOT
  type = object({
    stage_name       = optional(string, "prod")
    endpoint_type    = optional(string, "REGIONAL")
    vpc_endpoint_ids = optional(list(string), [])
    authorization    = optional(string, "AWS_IAM")
    api_key_required = optional(bool, false)
    cognito = optional(object({
      user_pool_arns = list(string)
      scopes         = optional(list(string), [])
    }))
    lambda_authorizer = optional(object({
      function_arn                   = string
      type                           = optional(string, "TOKEN")
      identity_sources               = optional(list(string), ["method.request.header.Authorization"])
      identity_validation_expression = optional(string)
      result_ttl_in_seconds          = optional(number, 300)
      role_arn                       = optional(string)
    }))
    catch_all = optional(bool, true)
    routes = optional(map(object({
      authorization    = optional(string)
      api_key_required = optional(bool)
      scopes           = optional(list(string))
      throttle = optional(object({
        rate_limit  = number
        burst_limit = number
      }))
    })), {})
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
        period = optional(string, "DAY")
        offset = optional(number, 0)
      }))
    }))
    timeout_milliseconds = optional(number)
    resource_policy      = optional(string)
    binary_media_types   = optional(list(string), [])
    variables            = optional(map(string), {})
    access_log = optional(object({
      retention_in_days   = optional(number, 30)
      kms_key_arn         = optional(string)
      format              = optional(string)
      manage_account_role = optional(bool, false)
    }))
    metrics_enabled = optional(bool, false)
    tracing_enabled = optional(bool, false)
    domain = optional(object({
      name            = string
      certificate_arn = string
      base_path       = optional(string)
      security_policy = optional(string, "TLS_1_2")
    }))
    disable_default_endpoint = optional(bool, false)
    web_acl_arn              = optional(string)
  })
  default = null

  validation {
    condition     = var.rest_api == null ? true : length(regexall("^[A-Za-z0-9_-]{1,128}$", var.rest_api.stage_name)) == 1
    error_message = "rest_api.stage_name is ${var.rest_api == null ? "null" : jsonencode(var.rest_api.stage_name)}. Use 1 to 128 letters, digits, hyphens and underscores, for example \"prod\"."
  }

  validation {
    condition     = var.rest_api == null ? true : contains(["REGIONAL", "PRIVATE", "EDGE"], var.rest_api.endpoint_type)
    error_message = "rest_api.endpoint_type is ${var.rest_api == null ? "null" : jsonencode(var.rest_api.endpoint_type)}. Use \"REGIONAL\", \"PRIVATE\" or \"EDGE\"."
  }

  validation {
    condition     = var.rest_api == null ? true : var.rest_api.endpoint_type == "PRIVATE" || length(var.rest_api.vpc_endpoint_ids) == 0
    error_message = "rest_api.vpc_endpoint_ids is ${var.rest_api == null ? "null" : jsonencode(var.rest_api.vpc_endpoint_ids)} and rest_api.endpoint_type is ${var.rest_api == null ? "null" : jsonencode(var.rest_api.endpoint_type)}: only a private API is reached through VPC endpoints. Set endpoint_type to \"PRIVATE\", or leave vpc_endpoint_ids out."
  }

  validation {
    condition     = var.rest_api == null ? true : var.rest_api.endpoint_type != "PRIVATE" || length(var.rest_api.vpc_endpoint_ids) > 0 || var.rest_api.resource_policy != null
    error_message = "rest_api.endpoint_type is \"PRIVATE\", with neither vpc_endpoint_ids nor resource_policy: nobody could call the API. Name the VPC endpoints for execute-api in vpc_endpoint_ids, or give a resource_policy."
  }

  validation {
    condition = var.rest_api == null ? true : alltrue([
      for each in concat([var.rest_api.authorization], [for route in values(var.rest_api.routes) : route.authorization if route.authorization != null]) :
      contains(["NONE", "AWS_IAM", "COGNITO", "LAMBDA"], each)
    ])
    error_message = "rest_api.authorization is ${var.rest_api == null ? "null" : jsonencode(var.rest_api.authorization)}, and of the routes ${var.rest_api == null ? "null" : jsonencode({ for key, route in var.rest_api.routes : key => route.authorization })}. Use \"NONE\", \"AWS_IAM\", \"COGNITO\" or \"LAMBDA\"."
  }

  validation {
    condition = var.rest_api == null ? true : var.rest_api.cognito != null || !contains(
      concat([var.rest_api.authorization], values(var.rest_api.routes)[*].authorization), "COGNITO"
    )
    error_message = "rest_api.authorization, or that of a route, is \"COGNITO\" and rest_api.cognito is null. Set cognito = { user_pool_arns = [...] }."
  }

  validation {
    condition = var.rest_api == null ? true : var.rest_api.cognito == null ? true : (
      length(var.rest_api.cognito.user_pool_arns) > 0 && alltrue([
        for arn in var.rest_api.cognito.user_pool_arns :
        length(regexall("^arn:aws[a-z-]*:cognito-idp:[a-z0-9-]+:[0-9]{12}:userpool/[A-Za-z0-9_-]+$", arn)) == 1
      ])
    )
    error_message = "rest_api.cognito is ${var.rest_api == null ? "null" : jsonencode(var.rest_api.cognito)}. Give at least one user pool as its ARN, \"arn:aws:cognito-idp:<region>:<account>:userpool/<id>\"."
  }

  validation {
    condition = var.rest_api == null ? true : var.rest_api.lambda_authorizer != null || !contains(
      concat([var.rest_api.authorization], values(var.rest_api.routes)[*].authorization), "LAMBDA"
    )
    error_message = "rest_api.authorization, or that of a route, is \"LAMBDA\" and rest_api.lambda_authorizer is null. Set lambda_authorizer = { function_arn = ... }."
  }

  validation {
    condition = var.rest_api == null ? true : var.rest_api.lambda_authorizer == null ? true : (
      contains(["TOKEN", "REQUEST"], var.rest_api.lambda_authorizer.type)
    )
    error_message = "rest_api.lambda_authorizer.type is ${var.rest_api == null ? "null" : var.rest_api.lambda_authorizer == null ? "null" : jsonencode(var.rest_api.lambda_authorizer.type)}. Use \"TOKEN\" or \"REQUEST\"."
  }

  validation {
    condition = var.rest_api == null ? true : var.rest_api.lambda_authorizer == null ? true : (
      var.rest_api.lambda_authorizer.type != "TOKEN" ? true :
      length(var.rest_api.lambda_authorizer.identity_sources) == 1 && alltrue([
        for source in var.rest_api.lambda_authorizer.identity_sources :
        length(regexall("^method\\.request\\.header\\.[A-Za-z0-9-]+$", source)) == 1
      ])
    )
    error_message = "rest_api.lambda_authorizer.identity_sources is ${var.rest_api == null ? "null" : var.rest_api.lambda_authorizer == null ? "null" : jsonencode(var.rest_api.lambda_authorizer.identity_sources)}. A TOKEN authorizer takes one header, for example [\"method.request.header.Authorization\"]; for anything else set type to \"REQUEST\"."
  }

  # API Gateway keeps a decision by what identifies the caller: without any, all callers would share one.
  validation {
    condition = var.rest_api == null ? true : var.rest_api.lambda_authorizer == null ? true : (
      length(var.rest_api.lambda_authorizer.identity_sources) > 0 || var.rest_api.lambda_authorizer.result_ttl_in_seconds == 0
    )
    error_message = "rest_api.lambda_authorizer.identity_sources is [] and result_ttl_in_seconds is not 0: a decision can't be kept without what it is kept by. Name identity_sources, or set result_ttl_in_seconds to 0."
  }

  validation {
    condition = var.rest_api == null ? true : var.rest_api.lambda_authorizer == null ? true : alltrue([
      for source in var.rest_api.lambda_authorizer.identity_sources :
      length(regexall("^(method\\.request\\.(header|querystring)|context|stageVariables)\\.[A-Za-z0-9_.$-]+$", source)) == 1
    ])
    error_message = "rest_api.lambda_authorizer.identity_sources is ${var.rest_api == null ? "null" : var.rest_api.lambda_authorizer == null ? "null" : jsonencode(var.rest_api.lambda_authorizer.identity_sources)}. Each is method.request.header.NAME, method.request.querystring.NAME, stageVariables.NAME or context.NAME."
  }

  validation {
    condition = var.rest_api == null ? true : var.rest_api.lambda_authorizer == null ? true : (
      var.rest_api.lambda_authorizer.result_ttl_in_seconds >= 0 && var.rest_api.lambda_authorizer.result_ttl_in_seconds <= 3600 &&
      floor(var.rest_api.lambda_authorizer.result_ttl_in_seconds) == var.rest_api.lambda_authorizer.result_ttl_in_seconds
    )
    error_message = "rest_api.lambda_authorizer.result_ttl_in_seconds is ${var.rest_api == null ? "null" : var.rest_api.lambda_authorizer == null ? "null" : var.rest_api.lambda_authorizer.result_ttl_in_seconds}. Use a whole number from 0 to 3600."
  }

  validation {
    condition = var.rest_api == null ? true : var.rest_api.lambda_authorizer == null ? true : (
      length(regexall("^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9_$-]+)?$", var.rest_api.lambda_authorizer.function_arn)) == 1
    )
    error_message = "rest_api.lambda_authorizer.function_arn is ${var.rest_api == null ? "null" : var.rest_api.lambda_authorizer == null ? "null" : jsonencode(var.rest_api.lambda_authorizer.function_arn)}. Use the ARN of a function or of its alias: \"arn:aws:lambda:<region>:<account>:function:<name>\"."
  }

  validation {
    condition     = var.rest_api == null ? true : var.rest_api.catch_all || length(var.rest_api.routes) > 0
    error_message = "rest_api.catch_all is false and rest_api.routes is {}: the API would have no path. Name routes such as \"POST /chat\", or leave catch_all at true."
  }

  validation {
    condition = var.rest_api == null ? true : alltrue([
      for key in keys(var.rest_api.routes) :
      length(regexall("^(ANY|GET|PUT|POST|DELETE|HEAD|PATCH|OPTIONS) (/|(/([A-Za-z0-9._:~-]+|[{][A-Za-z0-9._-]+[}]))*(/[{][A-Za-z0-9._-]+[+][}])?)$", key)) == 1 && !endswith(key, " ")
    ])
    error_message = "rest_api.routes has the keys ${var.rest_api == null ? "null" : jsonencode(keys(var.rest_api.routes))}. Each is a method in capitals, or ANY, a space and a path without a slash at its end: \"POST /chat\", \"GET /chat/{session}\"; a greedy variable comes last: \"ANY /files/{path+}\"."
  }

  validation {
    condition     = var.rest_api == null ? true : !var.rest_api.catch_all || length(setintersection(["ANY /", "ANY /{proxy+}"], keys(var.rest_api.routes))) == 0
    error_message = "rest_api.routes has ${var.rest_api == null ? "null" : jsonencode(setintersection(["ANY /", "ANY /{proxy+}"], keys(var.rest_api.routes)))}, which rest_api.catch_all makes already. Set catch_all to false, or change what rest_api itself says about them."
  }

  validation {
    condition = var.rest_api == null ? true : alltrue([
      for throttle in concat([var.rest_api.throttle, var.rest_api.usage_plan == null ? null : var.rest_api.usage_plan.throttle], [for route in values(var.rest_api.routes) : route.throttle]) :
      throttle == null ? true : throttle.rate_limit > 0 && throttle.burst_limit >= 1 && floor(throttle.burst_limit) == throttle.burst_limit
    ])
    error_message = "A throttle in rest_api has a rate_limit that is not above 0, or a burst_limit that is no whole number from 1 on: every request would be refused. For example { rate_limit = 10, burst_limit = 20 }."
  }

  validation {
    condition = var.rest_api == null ? true : var.rest_api.usage_plan != null || !(
      var.rest_api.api_key_required || anytrue([for route in values(var.rest_api.routes) : route.api_key_required == true])
    )
    error_message = "rest_api.api_key_required, or that of a route, is true and rest_api.usage_plan is null: no key would open the API. Set usage_plan = { key_names = [\"web\"] }."
  }

  validation {
    condition = var.rest_api == null ? true : var.rest_api.usage_plan == null ? true : var.rest_api.usage_plan.quota == null ? true : (
      contains(["DAY", "WEEK", "MONTH"], var.rest_api.usage_plan.quota.period) &&
      var.rest_api.usage_plan.quota.limit >= 1 && floor(var.rest_api.usage_plan.quota.limit) == var.rest_api.usage_plan.quota.limit &&
      var.rest_api.usage_plan.quota.offset >= 0 &&
      var.rest_api.usage_plan.quota.offset <= lookup({ WEEK = 6, MONTH = 27 }, var.rest_api.usage_plan.quota.period, 0)
    )
    error_message = "rest_api.usage_plan.quota is ${var.rest_api == null ? "null" : var.rest_api.usage_plan == null ? "null" : jsonencode(var.rest_api.usage_plan.quota)}. Use a whole limit from 1 on, the period \"DAY\", \"WEEK\" or \"MONTH\", and an offset of 0 for a day, 0 to 6 for a week, 0 to 27 for a month."
  }

  validation {
    condition = var.rest_api == null ? true : var.rest_api.timeout_milliseconds == null ? true : (
      var.rest_api.timeout_milliseconds >= 50 && var.rest_api.timeout_milliseconds <= 900000 &&
      floor(var.rest_api.timeout_milliseconds) == var.rest_api.timeout_milliseconds
    )
    error_message = "rest_api.timeout_milliseconds is ${var.rest_api == null ? "null" : coalesce(var.rest_api.timeout_milliseconds, "null")}. Use a whole number from 50 to 900000, which is 15 minutes, or leave it out."
  }

  validation {
    condition     = var.rest_api == null ? true : var.rest_api.resource_policy == null ? true : can(jsondecode(var.rest_api.resource_policy).Statement)
    error_message = "rest_api.resource_policy is no policy document in JSON. Use jsonencode({...}) or the json of a data.aws_iam_policy_document."
  }

  validation {
    condition = var.rest_api == null ? true : alltrue([
      for name, value in var.rest_api.variables :
      length(regexall("^[A-Za-z0-9_]+$", name)) == 1 && length(regexall("^[A-Za-z0-9._~:/?#&=,-]+$", value)) == 1
    ])
    error_message = "rest_api.variables is ${var.rest_api == null ? "null" : jsonencode(var.rest_api.variables)}. A name has letters, digits and underscores; a value at least one letter, digit or character of - . _ ~ : / ? # & = ,"
  }

  validation {
    condition = var.rest_api == null ? true : var.rest_api.access_log == null ? true : contains(
      [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.rest_api.access_log.retention_in_days,
    )
    error_message = "rest_api.access_log.retention_in_days is ${var.rest_api == null ? "null" : var.rest_api.access_log == null ? "null" : var.rest_api.access_log.retention_in_days}. CloudWatch allows only 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 and 3653 days, or 0 for ever."
  }

  validation {
    condition = var.rest_api == null ? true : var.rest_api.access_log == null ? true : var.rest_api.access_log.kms_key_arn == null ? true : (
      length(regexall(local.kms_key_pattern, var.rest_api.access_log.kms_key_arn)) == 1
    )
    error_message = "rest_api.access_log.kms_key_arn is ${var.rest_api == null ? "null" : var.rest_api.access_log == null ? "null" : coalesce(var.rest_api.access_log.kms_key_arn, "null")}. ${local.kms_key_form}"
  }

  # Without the request's id API Gateway refuses the format.
  validation {
    condition = var.rest_api == null ? true : var.rest_api.access_log == null ? true : var.rest_api.access_log.format == null ? true : (
      length(regexall("[$]context[.](requestId|extendedRequestId)", var.rest_api.access_log.format)) > 0 && length(regexall("[\r\n]", var.rest_api.access_log.format)) == 0
    )
    error_message = "rest_api.access_log.format has no $context.requestId, which API Gateway wants in it, or more than one line. For example jsonencode({ id = \"$context.requestId\", status = \"$context.status\" })."
  }

  validation {
    condition     = var.rest_api == null ? true : var.rest_api.domain == null || var.rest_api.endpoint_type != "PRIVATE"
    error_message = "rest_api.domain is set and rest_api.endpoint_type is \"PRIVATE\": this module makes no private domain names. Use the URL of the API, or a REGIONAL endpoint."
  }

  validation {
    condition = var.rest_api == null ? true : var.rest_api.domain == null ? true : (
      length(regexall("^([*][.])?([a-z0-9]([a-z0-9-]*[a-z0-9])?[.])+[a-z]{2,}$", var.rest_api.domain.name)) == 1 &&
      length(regexall("^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+$", var.rest_api.domain.certificate_arn)) == 1 &&
      (var.rest_api.domain.base_path == null ? true : length(regexall("^[A-Za-z0-9$_.+!*'()-]+(/[A-Za-z0-9$_.+!*'()-]+)*$", var.rest_api.domain.base_path)) == 1) &&
      contains(["TLS_1_0", "TLS_1_2"], var.rest_api.domain.security_policy)
    )
    error_message = "rest_api.domain is ${var.rest_api == null ? "null" : jsonencode(var.rest_api.domain)}. Give a name in lower case, the ARN of an ACM certificate, a base_path without a slash at its ends, and the security_policy \"TLS_1_2\" or \"TLS_1_0\"."
  }

  validation {
    condition     = var.rest_api == null ? true : !var.rest_api.disable_default_endpoint || var.rest_api.domain != null
    error_message = "rest_api.disable_default_endpoint is true and rest_api.domain is null: nothing would lead to the API. Set domain, or leave disable_default_endpoint out."
  }

  validation {
    condition = var.rest_api == null ? true : var.rest_api.web_acl_arn == null ? true : (
      length(regexall("^arn:aws[a-z-]*:wafv2:[a-z0-9-]+:[0-9]{12}:regional/webacl/", var.rest_api.web_acl_arn)) == 1
    )
    error_message = "rest_api.web_acl_arn is ${var.rest_api == null ? "null" : jsonencode(var.rest_api.web_acl_arn)}. Use the ARN of a web ACL with the scope REGIONAL: \"arn:aws:wafv2:<region>:<account>:regional/webacl/<name>/<id>\"."
  }
}
