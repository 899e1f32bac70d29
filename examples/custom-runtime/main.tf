# The handler of ../custom-handler on provided.al2023: Lambda brings no Python, a layer made of a CPython of yours does.
provider "aws" {
  region = var.region
}

module "python" {
  source = "../../modules/interpreter-layer"

  name         = "${var.name}-python"
  cpython      = var.cpython
  sha256       = var.cpython_sha256
  architecture = var.architecture
}

module "stream" {
  source = "../../"

  name       = var.name
  source_dir = "${path.module}/../custom-handler/src"
  handler    = "app.handler"
  package    = { python_version = var.python_version }
  function = {
    runtime                        = "provided.al2023"
    architectures                  = [var.architecture]
    layers                         = [module.python.arn]
    memory_size                    = 128
    timeout                        = 60
    reserved_concurrent_executions = var.reserved_concurrent_executions
  }
  function_url = {
    authorization_type = var.authorization_type
  }
}
