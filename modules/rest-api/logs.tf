locals {
  # One JSON object for each request, written when its response has ended. The three times of a stream are in
  # milliseconds: until all headers were there, until the first byte of the body, until the end.
  access_log_format = jsonencode({
    requestId             = "$context.requestId"
    requestTime           = "$context.requestTime"
    sourceIp              = "$context.identity.sourceIp"
    httpMethod            = "$context.httpMethod"
    path                  = "$context.path"
    resourcePath          = "$context.resourcePath"
    protocol              = "$context.protocol"
    status                = "$context.status"
    responseLength        = "$context.responseLength"
    responseLatency       = "$context.responseLatency"
    responseTransferMode  = "$context.integration.responseTransferMode"
    timeToAllHeaders      = "$context.integration.timeToAllHeaders"
    timeToFirstContent    = "$context.integration.timeToFirstContent"
    integrationLatency    = "$context.integration.latency"
    integrationStatus     = "$context.integration.status"
    integrationRequestId  = "$context.integration.requestId"
    integrationError      = "$context.integration.error"
    errorType             = "$context.error.responseType"
    error                 = "$context.error.message"
    authorizerPrincipalId = "$context.authorizer.principalId"
    apiKeyId              = "$context.identity.apiKeyId"
    userArn               = "$context.identity.userArn"
    xrayTraceId           = "$context.xrayTraceId"
  })
}

resource "aws_cloudwatch_log_group" "access" {
  count = var.settings.access_log == null ? 0 : 1

  name              = "/aws/apigateway/${var.name}-${var.settings.stage_name}"
  retention_in_days = var.settings.access_log.retention_in_days
  kms_key_id        = var.settings.access_log.kms_key_arn
  tags              = var.tags
}

locals {
  manages_account = var.settings.access_log == null ? false : var.settings.access_log.manage_account_role
}

data "aws_iam_policy_document" "trust" {
  count = local.manages_account ? 1 : 0

  statement {
    sid     = "LetApiGatewayUseThisRole"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["apigateway.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "logging" {
  count = local.manages_account ? 1 : 0

  name_prefix        = "api-gateway-logs-"
  description        = "Lets API Gateway write the logs of every API of this account and region."
  assume_role_policy = one(data.aws_iam_policy_document.trust[*].json)
  tags               = var.tags
}

resource "aws_iam_role_policy_attachment" "logging" {
  count = local.manages_account ? 1 : 0

  role       = one(aws_iam_role.logging[*].name)
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
}

# One setting for the whole account in this region.
resource "aws_api_gateway_account" "logging" {
  count = local.manages_account ? 1 : 0

  cloudwatch_role_arn = one(aws_iam_role.logging[*].arn)

  depends_on = [aws_iam_role_policy_attachment.logging]
}
