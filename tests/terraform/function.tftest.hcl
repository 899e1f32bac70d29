# modules/function with a mocked provider.

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
    defaults = { arn = "arn:aws:lambda:eu-central-1:111122223333:function:chat", version = "7" }
  }

  mock_resource "aws_lambda_alias" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:111122223333:function:chat:live" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
}

variables {
  name        = "chat"
  description = "Streams."
  handler     = "bedrock_chat.app.handler"
  package     = { filename = "dist/handler.zip", source_code_hash = "c29tZSBoYXNo" }
  settings = {
    runtime                           = "python3.13"
    memory_size                       = 256
    timeout                           = 180
    architectures                     = ["arm64"]
    layers                            = []
    ephemeral_storage_size            = 512
    vpc                               = null
    kms_key_arn                       = null
    tracing_mode                      = "PassThrough"
    reserved_concurrent_executions    = -1
    alias                             = null
    provisioned_concurrent_executions = 0
    heartbeat_seconds                 = 15
    deadline_margin_seconds           = 1
  }
  environment = { BEDROCK_CHAT_MODEL_ID = "amazon.nova-lite-v1:0" }
  role        = { existing = null, permissions_boundary = null }
  policies    = { bedrock = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Given\"}]}" }
  logging = {
    retention_in_days     = 30
    format                = "Text"
    application_log_level = null
    system_log_level      = null
    kms_key_arn           = null
  }
  tags = { team = "support" }
}

run "managed_python_starts_our_runtime_through_the_exec_wrapper" {
  module {
    source = "./modules/function"
  }

  assert {
    condition = aws_lambda_function.streaming.environment[0].variables == tomap({
      AWS_LAMBDA_EXEC_WRAPPER               = "/var/task/bootstrap"
      BEDROCK_CHAT_MODEL_ID                 = "amazon.nova-lite-v1:0"
      LAMBDA_STREAM_HEARTBEAT_SECONDS       = "15"
      LAMBDA_STREAM_DEADLINE_MARGIN_SECONDS = "1"
    })
    error_message = jsonencode(aws_lambda_function.streaming.environment[0].variables)
  }
  assert {
    condition     = aws_lambda_function.streaming.runtime == "python3.13" && aws_lambda_function.streaming.handler == "bedrock_chat.app.handler"
    error_message = "${aws_lambda_function.streaming.runtime} ${aws_lambda_function.streaming.handler}"
  }
  assert {
    condition     = aws_lambda_function.streaming.tags == tomap({ team = "support" })
    error_message = jsonencode(aws_lambda_function.streaming.tags)
  }
  assert {
    condition     = aws_cloudwatch_log_group.function.name == "/aws/lambda/chat" && aws_cloudwatch_log_group.function.retention_in_days == 30
    error_message = "${aws_cloudwatch_log_group.function.name} ${aws_cloudwatch_log_group.function.retention_in_days}"
  }
  assert {
    condition     = one(aws_iam_role.execution).name == "chat-eu-central-1" && one(aws_iam_role.execution).permissions_boundary == null
    error_message = jsonencode(aws_iam_role.execution)
  }
  assert {
    condition     = one(aws_iam_role.execution).tags == tomap({ team = "support" }) && aws_cloudwatch_log_group.function.tags == tomap({ team = "support" })
    error_message = "All that can carry tags must carry them."
  }
  assert {
    condition = (
      length(data.aws_iam_policy_document.run.statement) == 1 &&
      toset(data.aws_iam_policy_document.run.statement[0].actions) == toset(["logs:CreateLogStream", "logs:PutLogEvents"]) &&
      toset(data.aws_iam_policy_document.run.statement[0].resources) == toset(["arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/chat:*"])
    )
    error_message = jsonencode(data.aws_iam_policy_document.run.statement)
  }
  assert {
    condition     = one(aws_iam_role_policy.run).policy == data.aws_iam_policy_document.run.json
    error_message = "What Lambda needs must be attached to the role that is made."
  }
  assert {
    condition = (
      !aws_lambda_function.streaming.publish && output.alias == null && output.alias_arn == null &&
      length(aws_lambda_provisioned_concurrency_config.published) == 0
    )
    error_message = "Without an alias nothing is published."
  }
  assert {
    condition = (
      length(aws_lambda_function.streaming.vpc_config) == 0 && aws_lambda_function.streaming.kms_key_arn == null &&
      aws_lambda_function.streaming.tracing_config[0].mode == "PassThrough" &&
      aws_lambda_function.streaming.ephemeral_storage[0].size == 512 &&
      aws_lambda_function.streaming.logging_config[0].log_format == "Text" &&
      aws_lambda_function.streaming.logging_config[0].application_log_level == null &&
      length(aws_lambda_function.streaming.dead_letter_config) == 0 &&
      length(aws_lambda_function.streaming.snap_start) == 0
    )
    error_message = jsonencode(aws_lambda_function.streaming)
  }
  assert {
    condition     = { for name, policy in aws_iam_role_policy.granted : name => policy.policy } == { bedrock = var.policies.bedrock }
    error_message = "The given policy must be attached as it is."
  }
}

run "custom_runtime_starts_bootstrap_by_itself" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    settings = merge(var.settings, {
      runtime                        = "provided.al2023"
      layers                         = ["arn:aws:lambda:eu-central-1:111122223333:layer:python:7"]
      reserved_concurrent_executions = 10
      heartbeat_seconds              = 0
      exec_wrapper                   = "/opt/otel-instrument"
      deadline_margin_seconds        = 0.25
    })
  }

  assert {
    condition = aws_lambda_function.streaming.environment[0].variables == tomap({
      BEDROCK_CHAT_MODEL_ID                 = "amazon.nova-lite-v1:0"
      LAMBDA_STREAM_EXEC_WRAPPER            = "/opt/otel-instrument"
      LAMBDA_STREAM_HEARTBEAT_SECONDS       = "0"
      LAMBDA_STREAM_DEADLINE_MARGIN_SECONDS = "0.25"
    })
    error_message = jsonencode(aws_lambda_function.streaming.environment[0].variables)
  }
  assert {
    condition     = aws_lambda_function.streaming.layers == tolist(["arn:aws:lambda:eu-central-1:111122223333:layer:python:7"])
    error_message = jsonencode(aws_lambda_function.streaming.layers)
  }
  assert {
    condition     = aws_lambda_function.streaming.reserved_concurrent_executions == 10
    error_message = aws_lambda_function.streaming.reserved_concurrent_executions
  }
}

# The names take 112 bytes and the other values 22, so 3962 bytes are left for this one: "é" has two.
run "environment_of_4096_bytes_fits" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    environment = { BEDROCK_CHAT_MODEL_ID = replace(format("%1981s", ""), " ", "é") }
  }
}

run "refuses_an_environment_that_lambda_refuses" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    environment = { BEDROCK_CHAT_MODEL_ID = "x${replace(format("%1981s", ""), " ", "é")}" }
  }

  expect_failures = [aws_lambda_function.streaming]
}

run "every_setting_reaches_lambda_and_the_role_allows_it" {
  module {
    source = "./modules/function"
  }

  variables {
    settings = merge(var.settings, {
      runtime                           = "python3.12"
      memory_size                       = 512
      timeout                           = 900
      architectures                     = ["x86_64"]
      layers                            = ["arn:aws:lambda:eu-central-1:111122223333:layer:tools:7"]
      ephemeral_storage_size            = 1024
      vpc                               = { subnet_ids = ["subnet-1"], security_group_ids = ["sg-1", "sg-2"] }
      kms_key_arn                       = "arn:aws:kms:eu-central-1:111122223333:key/environment"
      tracing_mode                      = "Active"
      reserved_concurrent_executions    = 10
      alias                             = "live"
      provisioned_concurrent_executions = 2
    })
    role = { existing = null, permissions_boundary = "arn:aws:iam::111122223333:policy/boundary" }
    logging = {
      retention_in_days     = 7
      format                = "JSON"
      application_log_level = "DEBUG"
      system_log_level      = "WARN"
      kms_key_arn           = "arn:aws:kms:eu-central-1:111122223333:key/logs"
    }
  }

  assert {
    condition = (
      aws_lambda_function.streaming.memory_size == 512 && aws_lambda_function.streaming.timeout == 900 &&
      aws_lambda_function.streaming.architectures == tolist(["x86_64"]) &&
      aws_lambda_function.streaming.ephemeral_storage[0].size == 1024 &&
      aws_lambda_function.streaming.kms_key_arn == "arn:aws:kms:eu-central-1:111122223333:key/environment" &&
      aws_lambda_function.streaming.tracing_config[0].mode == "Active" &&
      aws_lambda_function.streaming.vpc_config[0].subnet_ids == toset(["subnet-1"]) &&
      aws_lambda_function.streaming.vpc_config[0].security_group_ids == toset(["sg-1", "sg-2"])
    )
    error_message = jsonencode(aws_lambda_function.streaming)
  }
  assert {
    condition = (
      aws_lambda_function.streaming.logging_config[0].log_format == "JSON" &&
      aws_lambda_function.streaming.logging_config[0].log_group == "/aws/lambda/chat" &&
      aws_lambda_function.streaming.logging_config[0].application_log_level == "DEBUG" &&
      aws_lambda_function.streaming.logging_config[0].system_log_level == "WARN" &&
      aws_cloudwatch_log_group.function.kms_key_id == "arn:aws:kms:eu-central-1:111122223333:key/logs"
    )
    error_message = jsonencode(aws_lambda_function.streaming.logging_config)
  }
  assert {
    condition = { for statement in data.aws_iam_policy_document.run.statement : statement.sid => [statement.actions, statement.resources] } == {
      WriteLogs = [toset(["logs:CreateLogStream", "logs:PutLogEvents"]), toset(["arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/chat:*"])]
      ConnectToVpc = [toset([
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
      ]), toset(["*"])]
      SendTraces         = [toset(["xray:PutTelemetryRecords", "xray:PutTraceSegments"]), toset(["*"])]
      DecryptEnvironment = [toset(["kms:Decrypt"]), toset(["arn:aws:kms:eu-central-1:111122223333:key/environment"])]
    }
    error_message = jsonencode(data.aws_iam_policy_document.run.statement)
  }
  assert {
    condition     = one(aws_iam_role.execution).permissions_boundary == "arn:aws:iam::111122223333:policy/boundary"
    error_message = jsonencode(aws_iam_role.execution)
  }
  assert {
    condition = (
      aws_lambda_function.streaming.publish && one(aws_lambda_alias.published).name == "live" &&
      one(aws_lambda_alias.published).function_version == "7" &&
      one(aws_lambda_alias.published).function_name == "arn:aws:lambda:eu-central-1:111122223333:function:chat"
    )
    error_message = jsonencode(aws_lambda_alias.published)
  }
  assert {
    condition     = output.alias == "live" && output.alias_arn == "arn:aws:lambda:eu-central-1:111122223333:function:chat:live"
    error_message = "${output.alias} ${output.alias_arn}"
  }
  assert {
    condition = (
      one(aws_lambda_provisioned_concurrency_config.published).qualifier == "live" &&
      one(aws_lambda_provisioned_concurrency_config.published).provisioned_concurrent_executions == 2
    )
    error_message = jsonencode(aws_lambda_provisioned_concurrency_config.published)
  }
}

run "snapshots_are_taken_of_published_versions" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    settings = merge(var.settings, { alias = "live", snap_start = true })
  }

  assert {
    condition = (
      aws_lambda_function.streaming.snap_start[0].apply_on == "PublishedVersions" &&
      aws_lambda_function.streaming.publish && length(aws_lambda_alias.published) == 1
    )
    error_message = jsonencode(aws_lambda_function.streaming.snap_start)
  }
}

run "an_existing_role_is_used_as_it_is" {
  module {
    source = "./modules/function"
  }

  variables {
    role = { existing = { arn = "arn:aws:iam::111122223333:role/team/mine" }, permissions_boundary = null }
  }

  assert {
    condition = (
      aws_lambda_function.streaming.role == "arn:aws:iam::111122223333:role/team/mine" &&
      output.role_arn == "arn:aws:iam::111122223333:role/team/mine"
    )
    error_message = "${aws_lambda_function.streaming.role} ${output.role_arn}"
  }
  assert {
    condition     = length(aws_iam_role.execution) == 0 && length(aws_iam_role_policy.run) == 0 && length(aws_iam_role_policy.granted) == 0
    error_message = "No role is made, and nothing is attached to the existing one."
  }
  assert {
    condition     = output.role_policies == { bedrock = var.policies.bedrock, run = data.aws_iam_policy_document.run.json }
    error_message = jsonencode(output.role_policies)
  }
}

# --- what Lambda refuses once it knows where it is ---

run "refuses_a_role_of_another_account" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    role = { existing = { arn = "arn:aws:iam::999900001111:role/theirs" }, permissions_boundary = null }
  }

  expect_failures = [aws_lambda_function.streaming]
}

run "refuses_a_boundary_of_another_account" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    role = { existing = null, permissions_boundary = "arn:aws:iam::999900001111:policy/theirs" }
  }

  expect_failures = [aws_iam_role.execution]
}

run "refuses_a_layer_of_another_region" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    settings = merge(var.settings, { layers = ["arn:aws:lambda:eu-west-1:111122223333:layer:tools:7"] })
  }

  expect_failures = [aws_lambda_function.streaming]
}

run "refuses_a_key_of_another_region" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    settings = merge(var.settings, { kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/environment" })
  }

  expect_failures = [aws_lambda_function.streaming]
}

run "refuses_a_key_of_another_region_for_the_logs" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    logging = merge(var.logging, { kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/logs" })
  }

  expect_failures = [aws_lambda_function.streaming]
}

run "refuses_policies_that_iam_refuses" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    policies = { bedrock = jsonencode({ Statement = replace(format("%9985s", ""), " ", "x") }) } # 10001 characters
  }

  expect_failures = [aws_iam_role.execution]
}

run "policies_that_iam_takes_are_counted_without_white_space" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    policies = { bedrock = "{${format("%300s", "")}\"Statement\": \"${replace(format("%9984s", ""), " ", "x")}\"}" }
  }
}
