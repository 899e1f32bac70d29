# modules/function and modules/function-url with a mocked provider.

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
}

variables {
  name        = "chat"
  description = "Streams."
  handler     = "bedrock_chat.app.handler"
  package     = { filename = "dist/handler.zip", source_code_hash = "c29tZSBoYXNo" }
  settings = {
    runtime                        = "python3.13"
    memory_size                    = 256
    timeout                        = 180
    architectures                  = ["arm64"]
    layers                         = []
    reserved_concurrent_executions = -1
    heartbeat_seconds              = 15
    deadline_margin_seconds        = 1
  }
  environment           = { BEDROCK_CHAT_MODEL_ID = "amazon.nova-lite-v1:0" }
  policies              = { bedrock = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Given\"}]}" }
  log_retention_in_days = 30
  tags                  = { team = "support" }

  function_name             = "chat"
  function_arn              = "arn:aws:lambda:eu-central-1:111122223333:function:chat"
  authorization_type        = "AWS_IAM"
  public_invoke_grant_stack = true
  cors                      = null
}

# --- modules/function ---

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
    condition     = aws_iam_role.execution.name == "chat-eu-central-1"
    error_message = aws_iam_role.execution.name
  }
  assert {
    condition = (
      toset(data.aws_iam_policy_document.write_logs.statement[0].actions) == toset(["logs:CreateLogStream", "logs:PutLogEvents"]) &&
      toset(data.aws_iam_policy_document.write_logs.statement[0].resources) == toset(["arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/chat:*"])
    )
    error_message = jsonencode(data.aws_iam_policy_document.write_logs.statement)
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
    settings = {
      runtime                        = "provided.al2023"
      memory_size                    = 512
      timeout                        = 900
      architectures                  = ["x86_64"]
      layers                         = ["arn:aws:lambda:eu-central-1:111122223333:layer:python:7"]
      reserved_concurrent_executions = 10
      heartbeat_seconds              = 0
      deadline_margin_seconds        = 0.25
    }
  }

  assert {
    condition = aws_lambda_function.streaming.environment[0].variables == tomap({
      BEDROCK_CHAT_MODEL_ID                 = "amazon.nova-lite-v1:0"
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

# --- modules/function-url ---

run "signed_url_streams_and_grants_nothing" {
  command = plan

  module {
    source = "./modules/function-url"
  }

  assert {
    condition     = aws_lambda_function_url.streaming.invoke_mode == "RESPONSE_STREAM" && aws_lambda_function_url.streaming.authorization_type == "AWS_IAM"
    error_message = "${aws_lambda_function_url.streaming.invoke_mode} ${aws_lambda_function_url.streaming.authorization_type}"
  }
  assert {
    condition     = length(aws_lambda_function_url.streaming.cors) == 0
    error_message = jsonencode(aws_lambda_function_url.streaming.cors)
  }
  assert {
    condition     = length(aws_lambda_permission.public_url) == 0 && length(aws_cloudformation_stack.public_invoke_grant) == 0
    error_message = "A URL for signed requests must not be opened to anyone."
  }
}

run "public_url_has_both_grants" {
  command = plan

  module {
    source = "./modules/function-url"
  }

  variables {
    authorization_type = "NONE"
  }

  assert {
    condition = (
      one(aws_lambda_permission.public_url).action == "lambda:InvokeFunctionUrl" &&
      one(aws_lambda_permission.public_url).principal == "*" &&
      one(aws_lambda_permission.public_url).function_url_auth_type == "NONE" &&
      # The provider's own statement, kept outside the state, has this id.
      one(aws_lambda_permission.public_url).statement_id != "FunctionURLAllowPublicAccess"
    )
    error_message = jsonencode(aws_lambda_permission.public_url)
  }
  assert {
    condition = jsonencode(jsondecode(one(aws_cloudformation_stack.public_invoke_grant).template_body).Resources) == jsonencode({
      PublicInvokeThroughUrl = {
        Type = "AWS::Lambda::Permission"
        Properties = {
          FunctionName          = "arn:aws:lambda:eu-central-1:111122223333:function:chat"
          Action                = "lambda:InvokeFunction"
          Principal             = "*"
          InvokedViaFunctionUrl = true
        }
      }
    })
    error_message = one(aws_cloudformation_stack.public_invoke_grant).template_body
  }
}

run "second_grant_can_be_left_to_others" {
  command = plan

  module {
    source = "./modules/function-url"
  }

  variables {
    authorization_type        = "NONE"
    public_invoke_grant_stack = false
  }

  assert {
    condition     = length(aws_lambda_permission.public_url) == 1 && length(aws_cloudformation_stack.public_invoke_grant) == 0
    error_message = "Opting out must leave out the stack and nothing else."
  }
}

run "cors_is_passed_on" {
  command = plan

  module {
    source = "./modules/function-url"
  }

  variables {
    cors = {
      allow_origins     = ["https://app.example.com"]
      allow_methods     = ["GET", "POST"]
      allow_headers     = ["authorization", "content-type"]
      expose_headers    = ["x-amzn-requestid"]
      max_age           = 600
      allow_credentials = true
    }
  }

  assert {
    condition = (
      one(aws_lambda_function_url.streaming.cors).allow_origins == toset(["https://app.example.com"]) &&
      one(aws_lambda_function_url.streaming.cors).allow_methods == toset(["GET", "POST"]) &&
      one(aws_lambda_function_url.streaming.cors).allow_headers == toset(["authorization", "content-type"]) &&
      one(aws_lambda_function_url.streaming.cors).expose_headers == toset(["x-amzn-requestid"]) &&
      one(aws_lambda_function_url.streaming.cors).max_age == 600 &&
      one(aws_lambda_function_url.streaming.cors).allow_credentials
    )
    error_message = jsonencode(aws_lambda_function_url.streaming.cors)
  }
}
