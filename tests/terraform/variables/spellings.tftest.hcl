# What the root's variables refuse in names, ids and ARNs that are almost right. As refusals.tftest.hcl.

variables {
  name    = "chat"
  bedrock = { model_id = "amazon.nova-lite-v1:0" }
}

# As from a file or a here-document.
run "refuses_line_ends_behind_names" {
  command = plan
  variables {
    name = "chat\n"
    bedrock = {
      model_id                 = "eu.amazon.nova-lite-v1:0"
      inference_profile_models = { "eu.amazon.nova-lite-v1:0" = ["arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0\n"] }
    }
    function = { layers = ["arn:aws:lambda:eu-central-1:111122223333:layer:tools:7\n"] }
    role     = { existing = { arn = "arn:aws:iam::111122223333:role/mine\n" } }
    logging  = { kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/logs\n" }
    cors     = { allow_origins = ["https://app.example.com\n"] }
  }
  expect_failures = [var.name, var.bedrock, var.function, var.role, var.logging, var.cors]
}

run "refuses_line_ends_behind_ids" {
  command = plan
  variables {
    bedrock  = { model_id = "amazon.nova-lite-v1:0\n" }
    function = { vpc = { subnet_ids = ["subnet-0\n"], security_group_ids = ["sg-0"] } }
    role     = { permissions_boundary = "arn:aws:iam::111122223333:policy/boundary\n" }
    cors     = { allow_origins = ["*"], allow_headers = ["x-team\n"] }
  }
  expect_failures = [var.bedrock, var.function, var.role, var.cors]
}

run "refuses_spaces_before_names" {
  command = plan
  variables {
    name = " chat"
    bedrock = {
      model_id                 = "eu.amazon.nova-lite-v1:0"
      inference_profile_models = { "eu.amazon.nova-lite-v1:0" = [" arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"] }
    }
    function = { layers = [" arn:aws:lambda:eu-central-1:111122223333:layer:tools:7"] }
    role     = { existing = { arn = " arn:aws:iam::111122223333:role/mine" } }
    logging  = { kms_key_arn = " arn:aws:kms:eu-central-1:111122223333:key/logs" }
    cors     = { allow_origins = [" https://app.example.com"] }
  }
  expect_failures = [var.name, var.bedrock, var.function, var.role, var.logging, var.cors]
}

run "refuses_spaces_before_ids" {
  command = plan
  variables {
    bedrock  = { model_id = " amazon.nova-lite-v1:0" }
    function = { vpc = { subnet_ids = ["subnet-0"], security_group_ids = [" sg-0"] } }
    role     = { permissions_boundary = " arn:aws:iam::111122223333:policy/boundary" }
    cors     = { allow_origins = ["*"], allow_headers = [" x-team"] }
  }
  expect_failures = [var.bedrock, var.function, var.role, var.cors]
}

run "refuses_a_longer_alias_than_lambda_takes" {
  command = plan
  variables {
    function = { alias = replace(format("%129s", ""), " ", "a") }
  }
  expect_failures = [var.function]
}

run "refuses_variables_of_one_letter" {
  command = plan
  variables {
    function = { environment = { A = "x" } }
  }
  expect_failures = [var.function]
}
