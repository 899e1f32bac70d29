# The least that ConverseStream needs, per kind of model:
# - a foundation model, or a provisioned, imported or deployed custom model: that one resource;
# - an inference profile: the profile, and the foundation model in every region it routes to, but only through it;
# - a global profile: also the foundation model's ARN without a region, which stands for "wherever Bedrock routes to".

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_caller_identity" "current" {}

# Where a profile routes to is Bedrock's to say: it differs by region and grows with time.
data "aws_bedrock_inference_profile" "routing" {
  for_each = setsubtract(local.profile_ids, keys(var.inference_profile_models))

  inference_profile_id = each.key

  lifecycle {
    postcondition {
      condition     = length(self.models) > 0
      error_message = "Bedrock lists no models for the inference profile ${jsonencode(each.key)}, so no call through it could be allowed. Check the id and the region, or name its foundation models in bedrock.inference_profile_models."
    }
  }
}

locals {
  arn_prefix = "arn:${data.aws_partition.current.partition}:bedrock:${data.aws_region.current.id}"

  # A system profile is a foundation model's id behind a geography: `eu.amazon.nova-lite-v1:0`, `us-gov.anthropic...`.
  # Recognised by its shape, because a list of geographies would go stale. The last letter keeps ids such as
  # `deepseek.v3.2`, whose second dot belongs to a version, among the foundation models.
  profile_pattern = "^([a-z]{2,}(-[a-z]+)*\\.[a-z]{2,}[0-9]*\\.[a-z]|arn:[^:]+:bedrock:[^:]*:[0-9]*:(application-)?inference-profile/)"
  profile_ids     = toset([for id in var.model_ids : id if length(regexall(local.profile_pattern, id)) > 0])
  profile_arns = {
    for id in local.profile_ids : id => (
      startswith(id, "arn:") ? id : "${local.arn_prefix}:${data.aws_caller_identity.current.account_id}:inference-profile/${id}"
    )
  }

  model_arns = sort([
    for id in setsubtract(var.model_ids, local.profile_ids) :
    startswith(id, "arn:") ? id : "${local.arn_prefix}::foundation-model/${id}"
  ])

  # Keyed by ARN, so that a profile named once by id and once by ARN is one profile.
  listed_models = {
    for id in local.profile_ids : local.profile_arns[id] => (
      contains(keys(var.inference_profile_models), id)
      ? var.inference_profile_models[id]
      : data.aws_bedrock_inference_profile.routing[id].models[*].model_arn
    )...
  }

  # A call through a global profile is authorised on the model in this region and on the model without a region,
  # whichever of them Bedrock lists.
  routed_models = {
    for profile_arn, lists in local.listed_models : profile_arn => distinct(concat(flatten(lists), flatten([
      for arn in flatten(lists) : [
        "${local.arn_prefix}::foundation-model/${split("/", arn)[1]}",
        "arn:${data.aws_partition.current.partition}:bedrock:::foundation-model/${split("/", arn)[1]}",
      ] if strcontains(profile_arn, ":inference-profile/global.")
    ])))
  }

  # A sid has letters and digits only: `eu.amazon.nova-lite-v1:0` becomes EuAmazonNovaLiteV10.
  profile_sids = {
    for arn in keys(local.routed_models) :
    arn => join("", [for word in regexall("[A-Za-z0-9]+", split("/", arn)[1]) : title(word)])
  }

  # Source: the Amazon Bedrock user guide, "Prerequisites for inference profiles" and "Global cross-Region inference".
  statements = concat(
    [{ sid = "StreamModels", resources = local.model_arns, conditions = {} }],
    [{ sid = "StreamInferenceProfiles", resources = keys(local.routed_models), conditions = {} }],
    [for profile_arn, models in local.routed_models : {
      sid        = "StreamThrough${local.profile_sids[profile_arn]}"
      resources  = sort([for arn in models : arn if !strcontains(arn, ":bedrock:::")])
      conditions = { "bedrock:InferenceProfileArn" = profile_arn }
    }],
    [for profile_arn, models in local.routed_models : {
      sid       = "StreamAnywhereThrough${local.profile_sids[profile_arn]}"
      resources = sort([for arn in models : arn if strcontains(arn, ":bedrock:::")])
      conditions = {
        "bedrock:InferenceProfileArn" = profile_arn
        # What the request context holds while Bedrock has not chosen a region yet.
        "aws:RequestedRegion" = "unspecified"
      }
    }],
  )
}

data "aws_iam_policy_document" "stream_models" {
  dynamic "statement" {
    # A statement without a resource would make the policy invalid.
    for_each = [for statement in local.statements : statement if length(statement.resources) > 0]

    content {
      sid       = statement.value.sid
      actions   = ["bedrock:InvokeModelWithResponseStream"]
      resources = statement.value.resources

      dynamic "condition" {
        for_each = statement.value.conditions

        content {
          test     = "StringEquals"
          variable = condition.key
          values   = [condition.value]
        }
      }
    }
  }
}
