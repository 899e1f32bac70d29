# A REST API that streams: throttled, with a route that needs no signature, and callable from the web pages that are named.
provider "aws" {
  region = var.region
}

module "chat" {
  source = "../../"

  name = var.name
  bedrock = {
    model_id          = var.model_id
    allowed_model_ids = var.allowed_model_ids
  }
  function_url = null
  rest_api = {
    authorization    = var.authorization
    api_key_required = var.api_key_required
    usage_plan       = var.api_key_required ? { key_names = ["example"] } : null
    routes = {
      "GET /health" = { authorization = "NONE", api_key_required = false, throttle = { rate_limit = 5, burst_limit = 10 } }
    }
    throttle        = { rate_limit = 20, burst_limit = 40 }
    tracing_enabled = true
    access_log      = var.access_log ? { manage_account_role = var.manage_account_role } : null
  }
  cors = length(var.allow_origins) == 0 ? null : {
    allow_origins = var.allow_origins
  }
}
