# modules/rest-api with a mocked provider: the document that it makes of its settings, and what stands around it.

mock_provider "aws" {
  mock_resource "aws_api_gateway_rest_api" {
    defaults = {
      id            = "api123"
      execution_arn = "arn:aws:execute-api:eu-central-1:111122223333:api123"
    }
  }

  mock_resource "aws_api_gateway_stage" {
    defaults = {
      arn        = "arn:aws:apigateway:eu-central-1::/restapis/api123/stages/prod"
      invoke_url = "https://api123.execute-api.eu-central-1.amazonaws.com/prod"
    }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/apigateway/chat-prod" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/api-gateway-logs" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { id = "eu-central-1" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

variables {
  name             = "chat"
  function         = { arn = "arn:aws:lambda:eu-central-1:111122223333:function:chat", alias = null }
  function_timeout = 180
  cors             = null
  settings = {
    stage_name               = "prod"
    endpoint_type            = "REGIONAL"
    vpc_endpoint_ids         = []
    authorization            = "AWS_IAM"
    api_key_required         = false
    catch_all                = true
    routes                   = {}
    binary_media_types       = []
    variables                = {}
    metrics_enabled          = false
    tracing_enabled          = false
    disable_default_endpoint = false
  }
}

run "every_path_streams_for_signed_requests" {
  module {
    source = "./modules/rest-api"
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.streaming.body).openapi == "3.0.1" && sort(keys(local.document.paths)) == tolist(["/", "/{proxy+}"])
    error_message = "Both paths of the catch-all: ${jsonencode(keys(local.document.paths))}"
  }
  assert {
    condition = alltrue([
      for path in values(local.document.paths) : jsonencode(path["x-amazon-apigateway-any-method"]["x-amazon-apigateway-integration"]) == jsonencode({
        httpMethod           = "POST"
        passthroughBehavior  = "when_no_match"
        responseTransferMode = "STREAM"
        timeoutInMillis      = 190000
        type                 = "aws_proxy"
        uri                  = "arn:aws:apigateway:eu-central-1:lambda:path/2021-11-15/functions/arn:aws:lambda:eu-central-1:111122223333:function:chat/response-streaming-invocations"
      })
    ])
    error_message = "The integration streams, and waits ten seconds longer than the function may take: ${jsonencode(local.integration)}"
  }
  assert {
    condition     = jsonencode(local.document.paths["/"]["x-amazon-apigateway-any-method"].security) == jsonencode([{ sigv4 = [] }]) && jsonencode(keys(local.document.components.securitySchemes)) == jsonencode(["sigv4"])
    error_message = "Signed requests only, and no scheme that nothing uses: ${jsonencode(local.document.components)}"
  }
  assert {
    condition     = jsonencode(local.document.paths["/{proxy+}"].parameters) == jsonencode([{ in = "path", name = "proxy", required = true, schema = { type = "string" } }])
    error_message = "The greedy variable is declared: ${jsonencode(local.document.paths["/{proxy+}"])}"
  }
  assert {
    condition     = !can(local.document.paths["/"].options) && length(aws_api_gateway_rest_api_policy.callers) == 0 && !can(local.document["x-amazon-apigateway-binary-media-types"])
    error_message = "What is off is not in the document: ${jsonencode(keys(local.document))}"
  }
  assert {
    condition     = one(aws_api_gateway_rest_api.streaming.endpoint_configuration).types == tolist(["REGIONAL"]) && aws_api_gateway_stage.streaming.xray_tracing_enabled == false
    error_message = "A regional API without tracing."
  }
  assert {
    condition = (
      aws_lambda_permission.stage.principal == "apigateway.amazonaws.com" && aws_lambda_permission.stage.action == "lambda:InvokeFunction" &&
      aws_lambda_permission.stage.source_arn == "arn:aws:execute-api:eu-central-1:111122223333:api123/prod/*" && aws_lambda_permission.stage.qualifier == null
    )
    error_message = "Only this stage of this API: ${aws_lambda_permission.stage.source_arn}"
  }
  assert {
    condition     = length(aws_lambda_permission.authorizer) + length(aws_cloudwatch_log_group.access) + length(aws_api_gateway_account.logging) + length(aws_api_gateway_usage_plan.keys) + length(aws_api_gateway_domain_name.own) + length(aws_wafv2_web_acl_association.stage) == 0
    error_message = "Everything optional is off."
  }
  assert {
    condition     = one(aws_api_gateway_method_settings.every_method.settings).throttling_rate_limit == -1 && one(aws_api_gateway_method_settings.every_method.settings).throttling_burst_limit == -1
    error_message = "The account's own limits."
  }
  assert {
    condition     = output.url == "https://api123.execute-api.eu-central-1.amazonaws.com/prod/" && output.domain_target == null && output.access_log_group_name == null && output.api_keys == {}
    error_message = "url: ${output.url}"
  }
  assert {
    condition     = jsondecode(replace(local.document["x-amazon-apigateway-gateway-responses"].DEFAULT_5XX.responseTemplates["application/json"], "$context.error.messageString", "\"m\"")).error.type == "api_error"
    error_message = "The gateway's own errors have the application's form."
  }
  assert {
    condition     = alltrue([for response in values(local.document["x-amazon-apigateway-gateway-responses"]) : !can(response.responseParameters["gatewayresponse.header.Access-Control-Allow-Origin"])])
    error_message = "Without cors no error has its headers."
  }
}

run "routes_have_their_own_authorizers_and_throttles" {
  module {
    source = "./modules/rest-api"
  }

  variables {
    alias    = "live"
    function = { arn = "arn:aws:lambda:eu-central-1:111122223333:function:chat", alias = "live" }
    settings = {
      stage_name       = "v1"
      endpoint_type    = "EDGE"
      vpc_endpoint_ids = []
      authorization    = "COGNITO"
      api_key_required = true
      cognito          = { user_pool_arns = ["arn:aws:cognito-idp:eu-central-1:111122223333:userpool/eu-central-1_Abc"], scopes = ["chat/ask"] }
      lambda_authorizer = {
        function_arn                   = "arn:aws:lambda:eu-central-1:111122223333:function:who"
        type                           = "TOKEN"
        identity_sources               = ["method.request.header.X-Token"]
        identity_validation_expression = "^[a-z]+$"
        result_ttl_in_seconds          = 60
      }
      catch_all = false
      routes = {
        "POST /chat"             = {}
        "GET /chat/{session}"    = { scopes = ["chat/read"], throttle = { rate_limit = 2, burst_limit = 4 } }
        "GET /health"            = { authorization = "NONE", api_key_required = false }
        "ANY /admin/{path+}"     = { authorization = "AWS_IAM", throttle = { rate_limit = 1, burst_limit = 1 } }
        "DELETE /chat/{session}" = { authorization = "LAMBDA", api_key_required = false }
      }
      throttle                 = { rate_limit = 10, burst_limit = 20 }
      usage_plan               = { key_names = ["web", "batch"], throttle = { rate_limit = 1, burst_limit = 2 }, quota = { limit = 100, period = "WEEK", offset = 1 } }
      timeout_milliseconds     = 60000
      resource_policy          = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"execute-api:Invoke\",\"Resource\":\"execute-api:/*\"}]}"
      binary_media_types       = ["image/png"]
      variables                = { colour = "blue" }
      metrics_enabled          = true
      tracing_enabled          = true
      access_log               = { retention_in_days = 7, kms_key_arn = null, manage_account_role = true }
      domain                   = { name = "api.example.com", certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/c", base_path = "chat", security_policy = "TLS_1_2" }
      disable_default_endpoint = true
      web_acl_arn              = "arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/w/1"
    }
  }

  assert {
    condition = jsonencode({ for path, item in local.document.paths : path => { for method, operation in item : method => operation.security if method != "parameters" && can(operation.security) } }) == jsonencode({
      "/admin/{path+}"  = { "x-amazon-apigateway-any-method" = [{ sigv4 = [] }, { api_key = [] }] }
      "/chat"           = { post = [{ cognito = ["chat/ask"] }, { api_key = [] }] }
      "/chat/{session}" = { delete = [{ lambda = [] }], get = [{ cognito = ["chat/read"] }, { api_key = [] }] }
      "/health"         = {}
    })
    error_message = "Each route has its own security, and what it leaves out from the API: ${jsonencode(local.security)}"
  }
  assert {
    condition     = can(local.document.paths["/health"].get["x-amazon-apigateway-integration"]) && !can(local.document.paths["/health"].get.security) && !can(local.document.paths["/{proxy+}"])
    error_message = "An open route, and no catch-all."
  }
  assert {
    condition     = local.integration.timeoutInMillis == 60000 && strcontains(local.integration.uri, ":function:chat:live/response-streaming-invocations")
    error_message = "The chosen timeout, and the alias: ${jsonencode(local.integration)}"
  }
  assert {
    condition = jsonencode(local.document.components.securitySchemes.lambda) == jsonencode({
      in                             = "header"
      name                           = "X-Token"
      type                           = "apiKey"
      "x-amazon-apigateway-authtype" = "custom"
      "x-amazon-apigateway-authorizer" = {
        authorizerResultTtlInSeconds = 60
        authorizerUri                = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-central-1:111122223333:function:who/invocations"
        identitySource               = "method.request.header.X-Token"
        identityValidationExpression = "^[a-z]+$"
        type                         = "token"
      }
    })
    error_message = "The authorizer: ${jsonencode(local.document.components.securitySchemes)}"
  }
  assert {
    condition     = jsonencode(local.document.components.securitySchemes.cognito["x-amazon-apigateway-authorizer"]) == jsonencode({ providerARNs = ["arn:aws:cognito-idp:eu-central-1:111122223333:userpool/eu-central-1_Abc"], type = "cognito_user_pools" })
    error_message = "The user pool: ${jsonencode(local.document.components.securitySchemes.cognito)}"
  }
  assert {
    condition     = one(aws_lambda_permission.authorizer).source_arn == "arn:aws:execute-api:eu-central-1:111122223333:api123/authorizers/*" && one(aws_lambda_permission.authorizer).function_name == "arn:aws:lambda:eu-central-1:111122223333:function:who"
    error_message = "This API may ask the authorizer."
  }
  assert {
    condition     = aws_lambda_permission.stage.qualifier == "live" && aws_lambda_permission.stage.source_arn == "arn:aws:execute-api:eu-central-1:111122223333:api123/v1/*"
    error_message = "The permission is the alias's."
  }
  assert {
    condition = { for key, setting in aws_api_gateway_method_settings.route : key => "${setting.method_path} ${one(setting.settings).throttling_rate_limit} ${one(setting.settings).throttling_burst_limit}" } == {
      "GET /chat/{session}" = "~1chat~1{session}/GET 2 4"
      "ANY /admin/{path+}"  = "~1admin~1{path+}/* 1 1"
    }
    error_message = "A throttle for each route that has one: ${jsonencode(local.throttled_routes)}"
  }
  assert {
    condition     = one(aws_api_gateway_method_settings.every_method.settings).throttling_rate_limit == 10 && one(aws_api_gateway_method_settings.every_method.settings).throttling_burst_limit == 20 && one(aws_api_gateway_method_settings.every_method.settings).metrics_enabled
    error_message = "The API's own throttle."
  }
  assert {
    condition     = sort(keys(aws_api_gateway_usage_plan_key.client)) == tolist(["batch", "web"]) && one(one(aws_api_gateway_usage_plan.keys).quota_settings).limit == 100 && one(one(aws_api_gateway_usage_plan.keys).throttle_settings).burst_limit == 2
    error_message = "Two keys of one plan."
  }
  assert {
    condition     = aws_api_gateway_stage.streaming.xray_tracing_enabled && aws_api_gateway_stage.streaming.variables == tomap({ colour = "blue" }) && one(aws_api_gateway_stage.streaming.access_log_settings).destination_arn == one(aws_cloudwatch_log_group.access).arn
    error_message = "Tracing, variables and the access log are the stage's."
  }
  assert {
    condition     = jsondecode(one(aws_api_gateway_stage.streaming.access_log_settings).format).responseTransferMode == "$context.integration.responseTransferMode" && one(aws_cloudwatch_log_group.access).retention_in_days == 7 && length(aws_api_gateway_account.logging) == 1
    error_message = "The access log shows how the answer was transferred."
  }
  assert {
    condition     = output.url == "https://api.example.com/chat/" && one(aws_api_gateway_domain_name.own).certificate_arn != null && one(aws_api_gateway_domain_name.own).regional_certificate_arn == null && one(aws_api_gateway_base_path_mapping.own).base_path == "chat" && aws_api_gateway_rest_api.streaming.disable_execute_api_endpoint
    error_message = "The API's own domain: ${output.url}"
  }
  assert {
    condition     = jsondecode(one(aws_api_gateway_rest_api_policy.callers).policy).Statement[0].Resource == "arn:aws:execute-api:eu-central-1:111122223333:api123/*" && one(local.document["x-amazon-apigateway-binary-media-types"]) == "image/png" && one(aws_wafv2_web_acl_association.stage).resource_arn == aws_api_gateway_stage.streaming.arn
    error_message = "Policy, media types and firewall."
  }
}

run "cors_of_one_origin_is_static" {
  module {
    source = "./modules/rest-api"
  }

  variables {
    cors = { allow_origins = ["https://a.example"], allow_methods = ["*"], allow_headers = ["content-type"], expose_headers = ["x-a"], max_age = 60, allow_credentials = true }
  }

  assert {
    condition = alltrue([
      for path in ["/", "/{proxy+}"] :
      jsonencode(local.document.paths[path].options["x-amazon-apigateway-integration"].responses.default) == jsonencode({
        responseParameters = {
          "method.response.header.Access-Control-Allow-Credentials" = "'true'"
          "method.response.header.Access-Control-Allow-Headers"     = "'content-type'"
          "method.response.header.Access-Control-Allow-Methods"     = "'DELETE,GET,HEAD,PATCH,POST,PUT'"
          "method.response.header.Access-Control-Allow-Origin"      = "'https://a.example'"
          "method.response.header.Access-Control-Max-Age"           = "'60'"
          "method.response.header.Vary"                             = "'Origin'"
        }
        responseTemplates = { "application/json" = "" }
        statusCode        = "204"
      })
    ])
    error_message = "A preflight's answer: ${jsonencode(local.preflight)}"
  }
  assert {
    condition     = !can(local.document.paths["/"].options.security)
    error_message = "A browser sends no credentials with a preflight."
  }
  assert {
    condition = jsonencode(local.document["x-amazon-apigateway-gateway-responses"].DEFAULT_4XX.responseParameters) == jsonencode({
      "gatewayresponse.header.Access-Control-Allow-Credentials" = "'true'"
      "gatewayresponse.header.Access-Control-Allow-Origin"      = "'https://a.example'"
      "gatewayresponse.header.Access-Control-Expose-Headers"    = "'x-a'"
      "gatewayresponse.header.Vary"                             = "'Origin'"
    })
    error_message = "A page can read errors too: ${jsonencode(local.error_headers)}"
  }
}

run "cors_of_several_origins_names_the_callers" {
  module {
    source = "./modules/rest-api"
  }

  variables {
    cors = { allow_origins = ["https://a.example", "https://b.example"], allow_methods = ["POST"], allow_headers = [], expose_headers = [], max_age = 60, allow_credentials = true }
  }

  assert {
    condition     = !can(local.preflight_headers["Access-Control-Allow-Origin"]) && strcontains(local.preflight_template, "[\"https://a.example\",\"https://b.example\"]")
    error_message = "The template chooses: ${local.preflight_template}"
  }
  assert {
    condition     = can(local.preflight.responses["204"].headers["Access-Control-Allow-Origin"])
    error_message = "API Gateway sends only headers that the method response declares."
  }
  assert {
    condition     = local.error_headers["gatewayresponse.header.Access-Control-Allow-Origin"] == "method.request.header.Origin" && !can(local.error_headers["gatewayresponse.header.Access-Control-Allow-Credentials"])
    error_message = "Errors name any origin, so no page may send cookies with one: ${jsonencode(local.error_headers)}"
  }
}

run "a_private_api_lets_in_its_endpoints" {
  module {
    source = "./modules/rest-api"
  }

  variables {
    cors = { allow_origins = ["https://a.example", "*"], allow_methods = ["GET"], allow_headers = [], expose_headers = [], max_age = 60, allow_credentials = false }
    settings = {
      stage_name               = "prod"
      endpoint_type            = "PRIVATE"
      vpc_endpoint_ids         = ["vpce-1", "vpce-2"]
      authorization            = "NONE"
      api_key_required         = false
      catch_all                = true
      routes                   = { "OPTIONS /" = {} }
      binary_media_types       = []
      variables                = {}
      metrics_enabled          = false
      tracing_enabled          = false
      disable_default_endpoint = false
    }
  }

  assert {
    condition     = jsonencode(jsondecode(one(aws_api_gateway_rest_api_policy.callers).policy).Statement[0].Condition.StringEquals["aws:SourceVpce"]) == jsonencode(["vpce-1", "vpce-2"]) && toset(one(aws_api_gateway_rest_api.streaming.endpoint_configuration).vpc_endpoint_ids) == toset(["vpce-1", "vpce-2"])
    error_message = "Only through the endpoints: ${jsonencode(local.resource_policy)}"
  }
  assert {
    condition     = !can(local.document.components) && !can(local.preflight_headers["Vary"]) && local.preflight_headers["Access-Control-Allow-Origin"] == "'*'"
    error_message = "No authorizer, and the same preflight for everyone."
  }
  assert {
    condition     = local.document.paths["/"].options["x-amazon-apigateway-integration"].type == "aws_proxy" && local.document.paths["/{proxy+}"].options["x-amazon-apigateway-integration"].type == "mock"
    error_message = "A route for OPTIONS is the function's."
  }
}

run "path_variables_have_one_name" {
  command = plan

  module {
    source = "./modules/rest-api"
  }

  variables {
    settings = {
      stage_name               = "prod"
      endpoint_type            = "REGIONAL"
      vpc_endpoint_ids         = []
      authorization            = "NONE"
      api_key_required         = false
      catch_all                = true
      routes                   = { "GET /{id}" = {} }
      binary_media_types       = []
      variables                = {}
      metrics_enabled          = false
      tracing_enabled          = false
      disable_default_endpoint = false
    }
  }

  expect_failures = [aws_api_gateway_rest_api.streaming]
}
