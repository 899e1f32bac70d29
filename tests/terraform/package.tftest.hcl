# Where the code comes from: the root's variables with a mocked provider, modules/package and modules/interpreter-layer.

mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { id = "eu-central-1" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/chat-eu-central-1" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/chat" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:111122223333:function:chat" }
  }

  mock_resource "aws_lambda_function_url" {
    defaults = { function_url = "https://abc123.lambda-url.eu-central-1.on.aws/" }
  }
}

variables {
  name       = "chat"
  source_dir = "examples/custom-handler/src"
  handler    = "app.handler"

  # of the submodules
  output_dir = ".terraform/bedrock-stream/chat"
  cpython    = "cpython-3.13-aarch64.tar.gz"
  sha256     = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
}

# --- what the root makes of its variables ---

run "code_of_ones_own_needs_no_model" {
  command = plan

  assert {
    condition     = length(module.bedrock_access) == 0 && jsonencode(local.environment) == "{}"
    error_message = jsonencode(local.environment)
  }
  assert {
    condition     = length(regexall("^\\./\\.terraform/bedrock-stream/chat/[0-9a-f]{32}\\.zip$", module.package.package.filename)) == 1
    error_message = module.package.package.filename
  }
}

run "with_a_model_it_has_the_application_too" {
  command = plan

  variables {
    bedrock = { model_id = "amazon.nova-lite-v1:0" }
  }

  assert {
    condition     = length(module.bedrock_access) == 1 && local.environment.BEDROCK_CHAT_MODEL_ID == "amazon.nova-lite-v1:0"
    error_message = jsonencode(local.environment)
  }
}

run "a_zip_is_deployed_as_it_is" {
  command = plan

  variables {
    source_dir = null
    package    = { filename = "dist/handler.zip" }
  }

  assert {
    condition     = jsonencode(module.package.package) == jsonencode({ filename = "dist/handler.zip", s3 = null, source_code_hash = filebase64sha256("dist/handler.zip") })
    error_message = jsonencode(module.package.package)
  }
}

run "an_object_in_s3_is_deployed_as_it_is" {
  command = plan

  variables {
    source_dir = null
    package    = { s3 = { bucket = "artifacts", key = "chat.zip", object_version = "3" } }
  }

  assert {
    condition     = jsonencode(module.package.package) == jsonencode({ filename = null, s3 = { bucket = "artifacts", key = "chat.zip", object_version = "3" }, source_code_hash = null })
    error_message = jsonencode(module.package.package)
  }
}

run "a_layer_may_bring_the_handler" {
  command = plan

  variables {
    source_dir = null
    handler    = "wrapper.handler"
    function   = { layers = ["arn:aws:lambda:eu-central-1:111122223333:layer:wrapper:7"] }
  }
}

run "a_layer_may_bring_the_handler_for_code_of_ones_own" {
  command = plan

  variables {
    handler = "wrapper.handler"
    function = {
      runtime = "provided.al2023"
      layers = [
        "arn:aws:lambda:eu-central-1:111122223333:layer:python:7",
        "arn:aws:lambda:eu-central-1:111122223333:layer:wrapper:7",
      ]
    }
  }
}

run "as_long_names_as_aws_takes_are_accepted" {
  command = plan

  variables {
    source_dir = null
    handler    = "${replace(format("%120s", ""), " ", "x")}.handler" # 128 characters
    package    = { s3 = { bucket = replace(format("%63s", ""), " ", "b"), key = replace(format("%1024s", ""), " ", "k") } }
  }
}

# --- modules/package ---

run "the_archive_is_named_after_its_code" {
  command = plan
  module {
    source = "./modules/package"
  }
}

run "and_after_the_processor" {
  command = plan
  module {
    source = "./modules/package"
  }
  variables {
    architecture = "x86_64"
  }
  assert {
    condition     = output.package.filename != run.the_archive_is_named_after_its_code.package.filename
    error_message = output.package.filename
  }
}

run "and_after_the_version" {
  command = plan
  module {
    source = "./modules/package"
  }
  variables {
    python_version = "3.12"
  }
  assert {
    condition     = output.package.filename != run.the_archive_is_named_after_its_code.package.filename
    error_message = output.package.filename
  }
}

run "and_after_what_the_module_adds" {
  command = plan
  module {
    source = "./modules/package"
  }
  variables {
    include_application = true
  }
  assert {
    condition = (
      output.package.filename != run.the_archive_is_named_after_its_code.package.filename &&
      output.package.source_code_hash != run.the_archive_is_named_after_its_code.package.source_code_hash
    )
    error_message = output.package.filename
  }
}

run "and_after_what_requirements_name" {
  command = plan
  module {
    source = "./modules/package"
  }
  variables {
    requirements   = "tests/terraform/requirements/requirements.txt"
    python_version = "3.13"
  }
  assert {
    condition     = toset(local.named_files) == toset(["constraints.txt", "more.txt", "further.txt", "wheels/a-1.0-py3-none-any.whl"])
    error_message = jsonencode(local.named_files)
  }
}

run "refuses_a_handler_that_is_not_in_the_code" {
  command = plan
  module {
    source = "./modules/package"
  }
  variables {
    handler = "application.handler"
  }
  expect_failures = [terraform_data.build]
}

run "refuses_a_folder_without_code" {
  command = plan
  module {
    source = "./modules/package"
  }
  variables {
    source_dir = "nowhere"
  }
  expect_failures = [terraform_data.build]
}

run "takes_a_handler_from_requirements" {
  command = plan
  module {
    source = "./modules/package"
  }
  variables {
    handler        = "package.module.handler"
    requirements   = "examples/custom-handler/src/app.py" # any file
    python_version = "3.13"
  }
}

# --- modules/interpreter-layer ---

run "a_pinned_archive_need_not_be_there_at_plan" {
  command = plan
  module {
    source = "./modules/interpreter-layer"
  }

  assert {
    condition     = aws_lambda_layer_version.interpreter.compatible_architectures == toset(["arm64"])
    error_message = jsonencode(aws_lambda_layer_version.interpreter.compatible_architectures)
  }
}

run "refuses_another_processor_name_and_digest" {
  command = plan
  module {
    source = "./modules/interpreter-layer"
  }
  variables {
    name         = "my python"
    sha256       = "e3b0c442"
    architecture = "aarch64"
  }
  expect_failures = [var.name, var.sha256, var.architecture]
}

run "refuses_an_archive_that_is_not_pinned" {
  command = plan
  module {
    source = "./modules/interpreter-layer"
  }
  variables {
    cpython = "dist/handler.zip"
    sha256  = null
  }
  expect_failures = [var.sha256]
}

run "refuses_a_folder_without_an_interpreter" {
  command = plan
  module {
    source = "./modules/interpreter-layer"
  }
  variables {
    cpython = "docs"
    sha256  = null
  }
  expect_failures = [var.sha256]
}
