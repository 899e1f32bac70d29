# What the root's variables refuse of code and archives. As refusals.tftest.hcl.

variables {
  name       = "chat"
  source_dir = "src"
  handler    = "app.handler"
}

run "refuses_a_longer_key_than_s3_takes" {
  command = plan
  variables {
    source_dir = null
    package    = { s3 = { bucket = "artifacts", key = replace(format("%1025s", ""), " ", "k") } }
  }
  expect_failures = [var.package]
}

run "refuses_a_handler_without_code_beside_an_interpreter" {
  command = plan
  variables {
    source_dir = null
    function = {
      runtime = "provided.al2023"
      layers  = ["arn:aws:lambda:eu-central-1:111122223333:layer:python:7"]
    }
  }
  expect_failures = [var.package]
}

run "refuses_a_longer_handler_than_lambda_takes" {
  command = plan
  variables {
    handler = "${replace(format("%121s", ""), " ", "x")}.handler" # 129 characters
  }
  expect_failures = [var.handler]
}

run "refuses_folders_for_files" {
  command = plan
  variables {
    requirements = "."
  }
  expect_failures = [var.requirements]
}

run "refuses_a_folder_for_a_zip" {
  command = plan
  variables {
    source_dir = null
    package    = { filename = "." }
  }
  expect_failures = [var.package]
}

run "refuses_the_arn_of_a_bucket" {
  command = plan
  variables {
    source_dir = null
    package    = { s3 = { bucket = "arn:aws:s3:::artifacts", key = "chat.zip" } }
  }
  expect_failures = [var.package]
}

run "refuses_an_object_without_a_key" {
  command = plan
  variables {
    source_dir = null
    package    = { s3 = { bucket = "artifacts", key = "" } }
  }
  expect_failures = [var.package]
}

run "refuses_a_function_without_a_module" {
  command = plan
  variables {
    handler = "handler"
  }
  expect_failures = [var.handler]
}

run "refuses_code_without_a_handler" {
  command = plan
  variables {
    handler = null
    bedrock = { model_id = "amazon.nova-lite-v1:0" }
  }
  expect_failures = [var.handler]
}

run "refuses_a_handler_without_code" {
  command = plan
  variables {
    source_dir = null
  }
  expect_failures = [var.package]
}

run "refuses_the_application_without_a_model" {
  command = plan
  variables {
    source_dir = null
    handler    = null
  }
  expect_failures = [var.bedrock]
}

run "refuses_requirements_that_are_not_there" {
  command = plan
  variables {
    requirements = "nowhere/requirements.txt"
  }
  expect_failures = [var.requirements]
}

run "refuses_two_archives" {
  command = plan
  variables {
    source_dir = null
    package    = { filename = "variables.tf", s3 = { bucket = "artifacts", key = "chat.zip" } }
  }
  expect_failures = [var.package]
}

run "refuses_an_archive_beside_code" {
  command = plan
  variables {
    package = { s3 = { bucket = "artifacts", key = "chat.zip" } }
  }
  expect_failures = [var.package]
}

run "refuses_a_zip_that_is_not_there" {
  command = plan
  variables {
    source_dir = null
    package    = { filename = "nowhere.zip" }
  }
  expect_failures = [var.package]
}

run "refuses_another_spelling_of_the_version" {
  command = plan
  variables {
    package = { python_version = "3.13.1" }
  }
  expect_failures = [var.package]
}

run "refuses_a_version_that_is_not_the_runtimes" {
  command = plan
  variables {
    package = { python_version = "3.12" }
  }
  expect_failures = [var.package]
}

run "refuses_requirements_for_an_unknown_version" {
  command = plan
  variables {
    requirements = "variables.tf" # any file
    function = {
      runtime = "provided.al2023"
      layers  = ["arn:aws:lambda:eu-central-1:111122223333:layer:python:7"]
    }
  }
  expect_failures = [var.package]
}
