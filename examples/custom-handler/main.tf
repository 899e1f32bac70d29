# A handler of your own, in src/, behind a streaming URL: no model, so no Bedrock and no permission to call it.
provider "aws" {
  region = var.region
}

module "stream" {
  source = "../../"

  name       = var.name
  source_dir = "${path.module}/src"
  handler    = "app.handler"
  function = {
    runtime                        = var.runtime
    architectures                  = [var.architecture]
    memory_size                    = 128
    timeout                        = 60
    reserved_concurrent_executions = var.reserved_concurrent_executions
  }
  function_url = {
    authorization_type = var.authorization_type
  }
  cors = length(var.allow_origins) == 0 ? null : { allow_origins = var.allow_origins }
}
