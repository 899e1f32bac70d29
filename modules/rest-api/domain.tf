resource "aws_api_gateway_domain_name" "own" {
  count = var.settings.domain == null ? 0 : 1

  domain_name              = var.settings.domain.name
  regional_certificate_arn = local.is_edge ? null : var.settings.domain.certificate_arn
  certificate_arn          = local.is_edge ? var.settings.domain.certificate_arn : null
  security_policy          = var.settings.domain.security_policy
  tags                     = var.tags

  endpoint_configuration {
    types = [var.settings.endpoint_type]
  }
}

resource "aws_api_gateway_base_path_mapping" "own" {
  count = var.settings.domain == null ? 0 : 1

  domain_name = one(aws_api_gateway_domain_name.own[*].domain_name)
  base_path   = var.settings.domain.base_path
  api_id      = aws_api_gateway_rest_api.streaming.id
  stage_name  = aws_api_gateway_stage.streaming.stage_name
}

locals {
  own_url = var.settings.domain == null ? null : join("/", compact(["https://${var.settings.domain.name}", var.settings.domain.base_path]))
  is_edge = var.settings.endpoint_type == "EDGE"
}
