# A chat page in the browser, at the function's own URL. Anyone may open it: the reserved concurrency is its cap.
provider "aws" {
  region = var.region
}

module "chat" {
  source = "../../"

  name = var.name
  bedrock = {
    model_id          = var.model_id
    allowed_model_ids = var.allowed_model_ids
    max_tokens        = var.max_tokens
  }
  chat         = { page = true }
  function     = { reserved_concurrent_executions = var.reserved_concurrent_executions }
  function_url = { authorization_type = "NONE" } # a browser can't sign
}
