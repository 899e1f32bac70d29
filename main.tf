# A Python function that streams, token by token, what Amazon Bedrock or your own code generates, and the URL it
# streams through.
# The story: its code, what it may call, the function, its URL.

module "package" {
  source = "./modules/package"

  filename            = var.package.filename
  s3                  = var.package.s3
  handler             = local.layers_may_hold_handler ? null : var.handler
  source_dir          = var.source_dir
  requirements        = var.requirements
  include_application = var.bedrock != null
  keeps_data          = local.keeps_data
  architecture        = one(var.function.architectures)
  python_version      = startswith(var.function.runtime, "python") ? trimprefix(var.function.runtime, "python") : var.package.python_version
  build_python        = var.package.build_python
  output_dir          = coalesce(var.package.output_dir, "${path.root}/.terraform/bedrock-stream/${var.name}")
}

module "bedrock_access" {
  source = "./modules/bedrock-access"
  count  = var.bedrock == null ? 0 : 1

  model_ids                = distinct(concat([var.bedrock.model_id], var.bedrock.allowed_model_ids))
  inference_profile_models = var.bedrock.inference_profile_models
  guardrail                = var.bedrock.guardrail
  allowed_regions          = var.bedrock.allowed_regions
}

module "chat_data" {
  source = "./modules/chat-data"
  count  = local.has_chat_data ? 1 : 0

  name    = var.name
  history = var.chat.history
  prompt  = var.chat.prompt
  redacts = var.chat.redaction != null
  tags    = var.tags
}

module "function" {
  source = "./modules/function"

  name        = var.name
  description = var.bedrock == null ? "Streams what ${local.handler} yields." : "Streams answers from Amazon Bedrock."
  handler     = local.handler
  package     = module.package.package
  settings    = local.function_settings
  environment = local.environment
  role        = var.role
  policies    = local.policies
  logging     = var.logging
  tags        = var.tags
}

module "function_url" {
  source = "./modules/function-url"
  count  = var.function_url == null ? 0 : 1

  function_name             = module.function.name
  function_arn              = module.function.arn
  alias                     = module.function.alias
  authorization_type        = var.function_url.authorization_type
  public_invoke_grant_stack = var.function_url.public_invoke_grant_stack
  cors                      = local.cors
  tags                      = var.tags
}

module "cdn" {
  source = "./modules/cdn"
  count  = var.cdn == null ? 0 : 1

  name         = var.name
  function     = { arn = module.function.arn, alias = module.function.alias }
  function_url = one(module.function_url[*].url)
  settings     = var.cdn
  tags         = var.tags
}

module "rest_api" {
  source = "./modules/rest-api"
  count  = var.rest_api == null ? 0 : 1

  name             = var.name
  alias            = var.function.alias
  function         = { arn = module.function.arn, alias = module.function.alias }
  function_timeout = var.function.timeout
  settings         = var.rest_api
  cors             = local.cors
  tags             = var.tags
}

locals {
  # What came of an answer is stored in the margin too.
  function_settings = merge(var.function, {
    deadline_margin_seconds = coalesce(var.function.deadline_margin_seconds, var.chat.history == null ? 1 : 3)
  })

  policies = merge(
    var.bedrock == null ? null : { bedrock = one(module.bedrock_access[*].policy_json) },
    local.has_chat_data ? one(module.chat_data[*].policies) : null,
    local.asks_comprehend ? { redaction = one(data.aws_iam_policy_document.redaction[*].json) } : null,
  )

  # The application reads these once, when it starts. The module's own names win over function.environment, which
  # validation keeps apart from them. merge() takes null for an empty map: a setting that is off sets no variable.
  environment = merge(
    var.function.environment,
    var.bedrock == null ? null : {
      BEDROCK_CHAT_MODEL_ID        = var.bedrock.model_id
      BEDROCK_CHAT_CLIENT          = var.bedrock.client
      BEDROCK_CHAT_MAX_TOKENS      = tostring(var.bedrock.max_tokens)
      BEDROCK_CHAT_MAX_INPUT_BYTES = tostring(var.bedrock.max_input_bytes)
      # Instructions are the operator's alone where the operator gives any, unless chat says otherwise.
      BEDROCK_CHAT_CLIENT_SYSTEM_PROMPT = tostring(coalesce(var.chat.client_system_prompt, local.has_no_prompt))
      # Always set: without it the application takes its own defaults, and an empty list means none.
      BEDROCK_CHAT_INTERFACES = join(",", concat(
        var.chat.openai ? ["openai"] : [], var.chat.ai_sdk ? ["ai-sdk"] : [], var.chat.page ? ["page"] : []
      ))
    },
    local.chat_data_environment,
    var.bedrock == null || var.chat.redaction == null ? null : { BEDROCK_CHAT_REDACTION = jsonencode(var.chat.redaction) },
    var.bedrock == null ? null : length(var.bedrock.allowed_model_ids) == 0 ? null : {
      BEDROCK_CHAT_ALLOWED_MODEL_IDS = join(",", var.bedrock.allowed_model_ids)
    },
    var.bedrock == null ? null : var.bedrock.system_prompt == null ? null : {
      BEDROCK_CHAT_SYSTEM_PROMPT = var.bedrock.system_prompt
    },
    var.bedrock == null ? null : length(var.bedrock.capabilities) == 0 ? null : {
      BEDROCK_CHAT_CAPABILITIES = jsonencode(local.capabilities)
    },
    length(local.call_parameters) == 0 ? null : { BEDROCK_CHAT_CALL_PARAMETERS = jsonencode(local.call_parameters) },
    # A function URL adds these headers itself; what a REST API answers has only the function's.
    var.rest_api == null || var.cors == null ? null : {
      LAMBDA_STREAM_CORS = jsonencode({
        allow_origins     = var.cors.allow_origins
        expose_headers    = var.cors.expose_headers
        allow_credentials = var.cors.allow_credentials
      })
    },
  )

  cors = var.cors == null ? null : merge(var.cors, {
    allow_headers = distinct(concat(local.signed_json_headers, [for header in var.cors.allow_headers : lower(header)]))
  })
}
