# modules/bedrock-access with the real provider, which renders policy documents without calling AWS: what is asserted is
# the policy that IAM would get. Everything that would ask AWS is overridden.

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "111122223333" }
}

override_data {
  target = data.aws_bedrock_inference_profile.routing
  values = {
    models = [
      { model_arn = "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0" },
      { model_arn = "arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0" },
    ]
  }
}

run "foundation_models" {
  command = plan

  module {
    source = "./modules/bedrock-access"
  }

  variables {
    # Each has a dot, a hyphen or a digit where a careless pattern would see a profile.
    model_ids = ["amazon.nova-lite-v1:0", "deepseek.v3.2", "minimax.minimax-m2.1", "openai.gpt-6.1-sol", "qwen.qwen3.6-35b", "zai.glm-4.6"]
  }

  assert {
    condition = jsonencode(jsondecode(output.policy_json).Statement) == jsonencode([{
      Action = "bedrock:InvokeModelWithResponseStream"
      Effect = "Allow"
      Resource = [
        "arn:aws:bedrock:eu-central-1::foundation-model/zai.glm-4.6",
        "arn:aws:bedrock:eu-central-1::foundation-model/qwen.qwen3.6-35b",
        "arn:aws:bedrock:eu-central-1::foundation-model/openai.gpt-6.1-sol",
        "arn:aws:bedrock:eu-central-1::foundation-model/minimax.minimax-m2.1",
        "arn:aws:bedrock:eu-central-1::foundation-model/deepseek.v3.2",
        "arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0",
      ]
      Sid = "StreamModels"
    }])
    error_message = output.policy_json
  }
}

run "custom_models_and_foundation_models_by_arn" {
  command = plan

  module {
    source = "./modules/bedrock-access"
  }

  variables {
    model_ids = [
      "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0",
      "arn:aws:bedrock:eu-central-1:111122223333:provisioned-model/aaaaaaaaaaaa",
      "arn:aws:bedrock:eu-central-1:111122223333:imported-model/bbbbbbbbbbbb",
      "arn:aws:bedrock:eu-central-1:111122223333:custom-model-deployment/cccccccccccc",
    ]
  }

  assert {
    condition = jsonencode(jsondecode(output.policy_json).Statement) == jsonencode([{
      Action = "bedrock:InvokeModelWithResponseStream"
      Effect = "Allow"
      Resource = [
        "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0",
        "arn:aws:bedrock:eu-central-1:111122223333:provisioned-model/aaaaaaaaaaaa",
        "arn:aws:bedrock:eu-central-1:111122223333:imported-model/bbbbbbbbbbbb",
        "arn:aws:bedrock:eu-central-1:111122223333:custom-model-deployment/cccccccccccc",
      ]
      Sid = "StreamModels"
    }])
    error_message = output.policy_json
  }
}

run "geographic_profile_read_from_bedrock" {
  command = plan

  module {
    source = "./modules/bedrock-access"
  }

  variables {
    model_ids = ["eu.amazon.nova-lite-v1:0"]
  }

  assert {
    condition = jsonencode(jsondecode(output.policy_json).Statement) == jsonencode([
      {
        Action   = "bedrock:InvokeModelWithResponseStream"
        Effect   = "Allow"
        Resource = "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.amazon.nova-lite-v1:0"
        Sid      = "StreamInferenceProfiles"
      },
      {
        Action    = "bedrock:InvokeModelWithResponseStream"
        Condition = { StringEquals = { "bedrock:InferenceProfileArn" = "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.amazon.nova-lite-v1:0" } }
        Effect    = "Allow"
        Resource = [
          "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0",
          "arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0",
        ]
        Sid = "StreamThroughEuAmazonNovaLiteV10"
      },
    ])
    error_message = output.policy_json
  }
}

run "global_profile_reaches_its_model_here_and_anywhere" {
  command = plan

  module {
    source = "./modules/bedrock-access"
  }

  variables {
    model_ids = ["global.anthropic.claude-sonnet-4-5-20250929-v1:0"]
    inference_profile_models = {
      "global.anthropic.claude-sonnet-4-5-20250929-v1:0" = ["arn:aws:bedrock:::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0"]
    }
  }

  assert {
    condition = jsonencode(jsondecode(output.policy_json).Statement) == jsonencode([
      {
        Action   = "bedrock:InvokeModelWithResponseStream"
        Effect   = "Allow"
        Resource = "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/global.anthropic.claude-sonnet-4-5-20250929-v1:0"
        Sid      = "StreamInferenceProfiles"
      },
      {
        Action    = "bedrock:InvokeModelWithResponseStream"
        Condition = { StringEquals = { "bedrock:InferenceProfileArn" = "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/global.anthropic.claude-sonnet-4-5-20250929-v1:0" } }
        Effect    = "Allow"
        Resource  = "arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0"
        Sid       = "StreamThroughGlobalAnthropicClaudeSonnet4520250929V10"
      },
      {
        Action = "bedrock:InvokeModelWithResponseStream"
        Condition = { StringEquals = {
          "aws:RequestedRegion"         = "unspecified"
          "bedrock:InferenceProfileArn" = "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/global.anthropic.claude-sonnet-4-5-20250929-v1:0"
        } }
        Effect   = "Allow"
        Resource = "arn:aws:bedrock:::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0"
        Sid      = "StreamAnywhereThroughGlobalAnthropicClaudeSonnet4520250929V10"
      },
    ])
    error_message = output.policy_json
  }
}

run "application_profile_with_its_models_given" {
  command = plan

  module {
    source = "./modules/bedrock-access"
  }

  variables {
    model_ids = ["arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/abcdefghijkl"]
    inference_profile_models = {
      "arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/abcdefghijkl" = ["arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-pro-v1:0"]
    }
  }

  assert {
    condition     = length(data.aws_bedrock_inference_profile.routing) == 0
    error_message = "Given models must be used without asking Bedrock."
  }
  assert {
    condition = jsonencode(jsondecode(output.policy_json).Statement) == jsonencode([
      {
        Action   = "bedrock:InvokeModelWithResponseStream"
        Effect   = "Allow"
        Resource = "arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/abcdefghijkl"
        Sid      = "StreamInferenceProfiles"
      },
      {
        Action    = "bedrock:InvokeModelWithResponseStream"
        Condition = { StringEquals = { "bedrock:InferenceProfileArn" = "arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/abcdefghijkl" } }
        Effect    = "Allow"
        Resource  = "arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-pro-v1:0"
        Sid       = "StreamThroughAbcdefghijkl"
      },
    ])
    error_message = output.policy_json
  }
}

run "every_kind_at_once" {
  command = plan

  module {
    source = "./modules/bedrock-access"
  }

  variables {
    model_ids = [
      "amazon.nova-micro-v1:0",
      # One profile, named twice: statements of its own must not be doubled, since a sid may occur only once.
      "us.ai21.jamba-1-5-mini-v1:0",
      "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/us.ai21.jamba-1-5-mini-v1:0",
      "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0",
      "us.deepseek.r1-v1:0",
      "arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/abcdefghijkl",
      "arn:aws:bedrock:eu-central-1:111122223333:provisioned-model/aaaaaaaaaaaa",
    ]
  }

  assert {
    condition = [for statement in jsondecode(output.policy_json).Statement : statement.Sid] == [
      "StreamModels",
      "StreamInferenceProfiles",
      "StreamThroughAbcdefghijkl",
      "StreamThroughUsGovAnthropicClaudeSonnet4520250929V10",
      "StreamThroughUsAi21Jamba15MiniV10",
      "StreamThroughUsDeepseekR1V10",
    ]
    error_message = output.policy_json
  }
  assert {
    condition = toset(jsondecode(output.policy_json).Statement[0].Resource) == toset([
      "arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-micro-v1:0",
      "arn:aws:bedrock:eu-central-1:111122223333:provisioned-model/aaaaaaaaaaaa",
    ])
    error_message = output.policy_json
  }
  assert {
    condition = toset(jsondecode(output.policy_json).Statement[1].Resource) == toset([
      "arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/abcdefghijkl",
      "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0",
      "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/us.ai21.jamba-1-5-mini-v1:0",
      "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/us.deepseek.r1-v1:0",
    ])
    error_message = output.policy_json
  }
  assert {
    condition     = !strcontains(output.policy_json, "*")
    error_message = "No wildcard: ${output.policy_json}"
  }
}

run "another_partition_and_region" {
  command = plan

  module {
    source = "./modules/bedrock-access"
  }

  override_data {
    target = data.aws_partition.current
    values = { partition = "aws-us-gov" }
  }

  override_data {
    target = data.aws_region.current
    values = { id = "us-gov-west-1" }
  }

  variables {
    model_ids = ["amazon.nova-lite-v1:0"]
  }

  assert {
    condition     = jsondecode(output.policy_json).Statement[0].Resource == "arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/amazon.nova-lite-v1:0"
    error_message = output.policy_json
  }
}

run "refuses_a_profile_that_leads_nowhere" {
  command = plan

  module {
    source = "./modules/bedrock-access"
  }

  override_data {
    target = data.aws_bedrock_inference_profile.routing
    values = { models = [] }
  }

  variables {
    model_ids = ["eu.amazon.nova-lite-v1:0"]
  }

  expect_failures = [data.aws_bedrock_inference_profile.routing]
}

run "refuses_a_policy_for_nothing" {
  command = plan

  module {
    source = "./modules/bedrock-access"
  }

  variables {
    model_ids = []
  }

  expect_failures = [var.model_ids]
}

run "a_guardrail_by_id" {
  command = plan

  module {
    source = "./modules/bedrock-access"
  }

  variables {
    model_ids = ["amazon.nova-lite-v1:0"]
    guardrail = { id = "a1b2c3", profile_arns = [] }
  }

  assert {
    condition = jsonencode(jsondecode(output.policy_json).Statement[1]) == jsonencode({
      Action   = "bedrock:ApplyGuardrail"
      Effect   = "Allow"
      Resource = "arn:aws:bedrock:eu-central-1:111122223333:guardrail/a1b2c3"
      Sid      = "ApplyGuardrail"
    })
    error_message = output.policy_json
  }
}

run "a_guardrail_of_several_regions_by_arn" {
  command = plan

  module {
    source = "./modules/bedrock-access"
  }

  variables {
    model_ids = ["amazon.nova-lite-v1:0"]
    guardrail = {
      id           = "arn:aws:bedrock:eu-central-1:444455556666:guardrail/a1b2c3"
      profile_arns = ["arn:aws:bedrock:eu-west-1:111122223333:guardrail-profile/eu.guardrail.v1:0"]
    }
  }

  assert {
    condition = toset(jsondecode(output.policy_json).Statement[1].Resource) == toset([
      "arn:aws:bedrock:eu-central-1:444455556666:guardrail/a1b2c3",
      "arn:aws:bedrock:eu-west-1:111122223333:guardrail-profile/eu.guardrail.v1:0",
    ])
    error_message = output.policy_json
  }
}

run "calls_that_stay_in_their_regions" {
  command = plan

  module {
    source = "./modules/bedrock-access"
  }

  variables {
    model_ids       = ["eu.amazon.nova-lite-v1:0", "amazon.nova-micro-v1:0"]
    guardrail       = { id = "a1b2c3", profile_arns = ["arn:aws:bedrock:eu-west-1:111122223333:guardrail-profile/eu.guardrail.v1:0"] }
    allowed_regions = ["eu-west-1", "eu-central-1"]
  }

  assert {
    condition = jsonencode(jsondecode(output.policy_json).Statement[4]) == jsonencode({
      Action    = "bedrock:*"
      Condition = { StringNotEquals = { "aws:RequestedRegion" = ["eu-central-1", "eu-west-1"] } }
      Effect    = "Deny"
      Resource  = "*"
      Sid       = "StayInAllowedRegions"
    })
    error_message = output.policy_json
  }
  assert {
    condition = toset(flatten([
      for statement in jsondecode(output.policy_json).Statement : [for arn in flatten([statement.Resource]) : split(":", arn)[3]] if statement.Effect == "Allow"
    ])) == toset(["eu-west-1", "eu-central-1"])
    error_message = output.policy_json
  }
}

run "refuses_a_profile_that_also_routes_elsewhere" {
  command = plan

  module {
    source = "./modules/bedrock-access"
  }

  variables {
    model_ids       = ["eu.amazon.nova-lite-v1:0"]
    allowed_regions = ["eu-central-1", "eu-north-1"]
  }

  expect_failures = [data.aws_iam_policy_document.stream_models]
}

run "refuses_a_global_profile_wherever_it_says_it_routes" {
  command = plan

  module {
    source = "./modules/bedrock-access"
  }

  variables {
    model_ids = ["global.anthropic.claude-sonnet-4-5-20250929-v1:0"]
    inference_profile_models = {
      "global.anthropic.claude-sonnet-4-5-20250929-v1:0" = ["arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0"]
    }
    allowed_regions = ["eu-central-1"]
  }

  expect_failures = [data.aws_iam_policy_document.stream_models]
}

run "refuses_a_function_elsewhere" {
  command = plan

  module {
    source = "./modules/bedrock-access"
  }

  variables {
    model_ids       = ["arn:aws:bedrock:eu-west-1:111122223333:provisioned-model/aaaaaaaaaaaa"]
    allowed_regions = ["eu-west-1"]
  }

  expect_failures = [data.aws_iam_policy_document.stream_models]
}

run "refuses_a_model_elsewhere" {
  command = plan

  module {
    source = "./modules/bedrock-access"
  }

  variables {
    model_ids       = ["amazon.nova-lite-v1:0", "arn:aws:bedrock:us-east-1:111122223333:provisioned-model/aaaaaaaaaaaa"]
    allowed_regions = ["eu-central-1"]
  }

  expect_failures = [data.aws_iam_policy_document.stream_models]
}

run "refuses_a_guardrail_elsewhere" {
  command = plan

  module {
    source = "./modules/bedrock-access"
  }

  variables {
    model_ids       = ["amazon.nova-lite-v1:0"]
    guardrail       = { id = "a1b2c3", profile_arns = ["arn:aws:bedrock:eu-west-2:111122223333:guardrail-profile/eu.guardrail.v1:0"] }
    allowed_regions = ["eu-central-1"]
  }

  expect_failures = [data.aws_iam_policy_document.stream_models]
}
