# The smallest root that gives a streaming endpoint. Credentials come from the environment.
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
  function = {
    runtime                        = var.runtime
    layers                         = var.layers
    reserved_concurrent_executions = var.reserved_concurrent_executions
  }
  function_url = {
    authorization_type = var.authorization_type
  }
}
