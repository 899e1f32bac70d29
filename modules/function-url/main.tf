# The function is named by its ARN throughout: when Terraform replaces the function, its URL and its grants are gone with
# it, and only the ARN, unknown until then, makes Terraform replace them too.

resource "aws_lambda_function_url" "streaming" {
  function_name      = var.function_arn
  qualifier          = var.alias
  authorization_type = var.authorization_type
  invoke_mode        = "RESPONSE_STREAM"

  dynamic "cors" {
    for_each = var.cors[*]

    content {
      allow_origins     = cors.value.allow_origins
      allow_methods     = cors.value.allow_methods
      allow_headers     = cors.value.allow_headers
      expose_headers    = cors.value.expose_headers
      max_age           = cors.value.max_age
      allow_credentials = cors.value.allow_credentials
    }
  }
}

locals {
  is_public = var.authorization_type == "NONE"
  # What the URL invokes: a grant on the function doesn't count for its alias.
  target_arn = join(":", compact([var.function_arn, var.alias]))
}

# The first of two grants that an open URL needs. The provider adds one like it when it creates an open URL, under the
# statement id FunctionURLAllowPublicAccess, but not when a URL becomes open later, and it keeps no record of it.
resource "aws_lambda_permission" "public_url" {
  count = local.is_public ? 1 : 0

  statement_id           = "PublicFunctionUrl"
  function_name          = var.function_arn
  qualifier              = var.alias
  action                 = "lambda:InvokeFunctionUrl"
  principal              = "*"
  function_url_auth_type = "NONE"

  # One after the other: Lambda refuses two writes of the same policy at the same moment.
  depends_on = [aws_lambda_function_url.streaming]
}

# The second: since October 2025 a URL also needs lambda:InvokeFunction. Without the condition that InvokedViaFunctionUrl
# sets, it would let every AWS account invoke the function directly. aws_lambda_permission learned to set it in provider
# 6.28; CloudFormation does it with every version from 5.100.
resource "aws_cloudformation_stack" "public_invoke_grant" {
  count = local.is_public && var.public_invoke_grant_stack ? 1 : 0

  name = "${var.function_name}-public-invoke-grant"
  tags = var.tags

  template_body = jsonencode({
    AWSTemplateFormatVersion = "2010-09-09"
    Description              = "Lets anyone invoke the Lambda function ${var.function_name}, only through its function URL."
    Resources = {
      PublicInvokeThroughUrl = {
        Type = "AWS::Lambda::Permission"
        Properties = {
          FunctionName          = local.target_arn
          Action                = "lambda:InvokeFunction"
          Principal             = "*"
          InvokedViaFunctionUrl = true
        }
      }
    }
  })

  lifecycle {
    # After the function is replaced, the template is what it was and CloudFormation would do nothing. So the stack is
    # replaced together with the permission, and the permission with the function.
    replace_triggered_by = [aws_lambda_permission.public_url]
  }
}
