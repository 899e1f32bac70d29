# The OpenAPI document: every route with its integration and who may call it, preflights, and the errors that API Gateway
# answers itself.
#
# Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html and
# https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html

locals {
  authorizer = var.settings.lambda_authorizer

  # With any other URI than this one API Gateway refuses to stream. It gives up on a stream after 15 minutes; before that
  # the function's own timeout, and ten seconds to start in, shall end it, since only the function can end it well.
  integration = {
    type                 = "aws_proxy"
    httpMethod           = "POST"
    uri                  = "arn:${local.partition}:apigateway:${local.region}:lambda:path/2021-11-15/functions/${local.target_arn}/response-streaming-invocations"
    responseTransferMode = "STREAM"
    passthroughBehavior  = "when_no_match"
    timeoutInMillis      = coalesce(var.settings.timeout_milliseconds, min(900000, (var.function_timeout + 10) * 1000))
  }

  # Every path with its methods, and who may call them.
  catch_all_paths = var.settings.catch_all ? ["/", "/{proxy+}"] : []
  routes = merge(
    { for path in local.catch_all_paths : "ANY ${path}" => { authorization = null, api_key_required = null, scopes = null } },
    { for key, route in var.settings.routes : key => {
      authorization    = route.authorization
      api_key_required = route.api_key_required
      scopes           = route.scopes
    } },
  )
  paths = distinct([for key in keys(local.routes) : split(" ", key)[1]])

  # API Gateway allows one path variable, of one name, below any part of a path.
  variables_below = distinct(flatten([
    for path in local.paths : [
      for index, part in split("/", path) : {
        parent   = join("/", slice(split("/", path), 0, index))
        variable = part
      } if startswith(part, "{")
    ]
  ]))
  crowded = distinct([
    for each in local.variables_below : "${each.parent}/"
    if length([for other in local.variables_below : other if other.parent == each.parent]) > 1
  ])

  operations = {
    for key, route in local.routes : key => merge(
      {
        responses                         = { "200" = { description = "What the function streams." } }
        "x-amazon-apigateway-integration" = local.integration
      },
      length(local.security[key]) == 0 ? null : { security = local.security[key] },
    )
  }

  # One requirement an entry, as API Gateway itself writes them: all of them count.
  security = {
    for key, route in local.routes : key => concat(
      local.authorization[key] == "NONE" ? [] : [{ (local.schemes[local.authorization[key]]) = local.scopes[key] }],
      coalesce(route.api_key_required, var.settings.api_key_required) ? [{ api_key = [] }] : [],
    )
  }
  authorization = { for key, route in local.routes : key => coalesce(route.authorization, var.settings.authorization) }
  schemes       = { AWS_IAM = "sigv4", COGNITO = "cognito", LAMBDA = "lambda" }
  scopes = {
    for key, route in local.routes : key => local.authorization[key] != "COGNITO" ? [] : (
      route.scopes != null ? route.scopes : var.settings.cognito.scopes
    )
  }

  # A method has its own key in a path; ANY, which OpenAPI doesn't know, has an extension's.
  path_items = {
    for path in local.paths : path => merge(
      { for key, operation in local.operations : local.method_keys[split(" ", key)[0]] => operation if split(" ", key)[1] == path },
      length(local.path_parameters[path]) == 0 ? null : { parameters = local.path_parameters[path] },
      var.cors == null || contains(keys(local.operations), "OPTIONS ${path}") ? null : { options = local.preflight },
    )
  }
  method_keys = merge(
    { for method in ["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", "OPTIONS"] : method => lower(method) },
    { ANY = "x-amazon-apigateway-any-method" },
  )
  path_parameters = {
    for path in local.paths : path => [
      for part in split("/", path) : {
        name     = trim(part, "{+}")
        in       = "path"
        required = true
        schema   = { type = "string" }
      } if startswith(part, "{")
    ]
  }

  security_schemes = merge(
    !contains(values(local.authorization), "AWS_IAM") ? null : {
      sigv4 = {
        type                           = "apiKey"
        name                           = "Authorization"
        in                             = "header"
        "x-amazon-apigateway-authtype" = "awsSigv4"
      }
    },
    !contains(flatten([for entries in values(local.security) : [for entry in entries : keys(entry)]]), "api_key") ? null : {
      api_key = { type = "apiKey", name = "x-api-key", in = "header" }
    },
    !contains(values(local.authorization), "COGNITO") ? null : {
      cognito = {
        type                           = "apiKey"
        name                           = "Authorization"
        in                             = "header"
        "x-amazon-apigateway-authtype" = "cognito_user_pools"
        "x-amazon-apigateway-authorizer" = {
          type         = "cognito_user_pools"
          providerARNs = var.settings.cognito.user_pool_arns
        }
      }
    },
    !contains(values(local.authorization), "LAMBDA") ? null : {
      lambda = {
        type                           = "apiKey"
        name                           = local.authorizer.type == "TOKEN" ? trimprefix(local.authorizer.identity_sources[0], "method.request.header.") : "Unused"
        in                             = "header"
        "x-amazon-apigateway-authtype" = "custom"
        "x-amazon-apigateway-authorizer" = merge(
          {
            type                         = lower(local.authorizer.type)
            authorizerUri                = "arn:${local.partition}:apigateway:${local.region}:lambda:path/2015-03-31/functions/${local.authorizer.function_arn}/invocations"
            authorizerResultTtlInSeconds = local.authorizer.result_ttl_in_seconds
            identitySource               = join(", ", local.authorizer.identity_sources)
          },
          local.authorizer.identity_validation_expression == null ? null : {
            identityValidationExpression = local.authorizer.identity_validation_expression
          },
          local.authorizer.role_arn == null ? null : { authorizerCredentials = local.authorizer.role_arn },
        )
      }
    },
  )

  document = merge(
    {
      openapi = "3.0.1"
      info = {
        title       = var.name
        description = "Streams what the Lambda function ${var.name} answers."
        version     = "1"
      }
      paths                                   = local.path_items
      "x-amazon-apigateway-gateway-responses" = local.gateway_responses
    },
    length(local.security_schemes) == 0 ? null : { components = { securitySchemes = local.security_schemes } },
    length(var.settings.binary_media_types) == 0 ? null : {
      "x-amazon-apigateway-binary-media-types" = var.settings.binary_media_types
    },
  )
}
