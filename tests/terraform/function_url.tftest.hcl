# modules/function-url with a mocked provider.

mock_provider "aws" {}

variables {
  function_name             = "chat"
  function_arn              = "arn:aws:lambda:eu-central-1:111122223333:function:chat"
  authorization_type        = "AWS_IAM"
  public_invoke_grant_stack = true
  cors                      = null
  tags                      = { team = "support" }
}

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

run "url_of_an_alias_has_its_grants_on_the_alias" {
  command = plan

  module {
    source = "./modules/function-url"
  }

  variables {
    authorization_type = "NONE"
    alias              = "live"
  }

  assert {
    condition     = aws_lambda_function_url.streaming.qualifier == "live" && one(aws_lambda_permission.public_url).qualifier == "live"
    error_message = "${aws_lambda_function_url.streaming.qualifier} ${one(aws_lambda_permission.public_url).qualifier}"
  }
  assert {
    condition = (
      jsondecode(one(aws_cloudformation_stack.public_invoke_grant).template_body).Resources.PublicInvokeThroughUrl.Properties.FunctionName
      == "arn:aws:lambda:eu-central-1:111122223333:function:chat:live"
    )
    error_message = one(aws_cloudformation_stack.public_invoke_grant).template_body
  }
  assert {
    condition     = one(aws_cloudformation_stack.public_invoke_grant).tags == tomap({ team = "support" })
    error_message = jsonencode(one(aws_cloudformation_stack.public_invoke_grant).tags)
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
