# Who may call the API at all, whatever its routes ask for.

locals {
  # Known at plan, while the policy names the API, whose ARN is not.
  has_policy = var.settings.resource_policy != null || var.settings.endpoint_type == "PRIVATE"

  # Without a policy nobody may call a private API.
  endpoints_only = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "LetTheseEndpointsCall"
      Effect    = "Allow"
      Principal = "*"
      Action    = "execute-api:Invoke"
      Resource  = "execute-api:/*"
      Condition = { StringEquals = { "aws:SourceVpce" = var.settings.vpc_endpoint_ids } }
    }]
  })

  # API Gateway keeps the short form of its own ARN as the long one, which would be another value at the next plan.
  resource_policy = !local.has_policy ? null : replace(
    coalesce(var.settings.resource_policy, local.endpoints_only),
    "\"execute-api:/",
    "\"${aws_api_gateway_rest_api.streaming.execution_arn}/",
  )
}
