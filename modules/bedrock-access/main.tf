# The least that ConverseStream needs, per kind of model:
# - a foundation model, or a provisioned, imported or deployed custom model: that one resource;
# - an inference profile: the profile, and the foundation model in every region it routes to, but only through it;
# - a global profile: also the foundation model's ARN without a region, which stands for "wherever Bedrock routes to";
# - a guardrail: that one, and its profile in every region that it reaches.

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

  guardrail_arns = var.guardrail == null ? [] : concat(
    [startswith(var.guardrail.id, "arn:") ? var.guardrail.id : "${local.arn_prefix}:${data.aws_caller_identity.current.account_id}:guardrail/${var.guardrail.id}"],
    var.guardrail.profile_arns,
  )

  # A global profile's model has no region.
  arns = concat(local.model_arns, keys(local.routed_models), flatten(values(local.routed_models)), local.guardrail_arns)
  arns_outside = var.allowed_regions == null ? [] : distinct([
    for arn in local.arns : arn if !contains(var.allowed_regions, split(":", arn)[3])
  ])

  # Source: the Amazon Bedrock user guide, "Prerequisites for inference profiles", "Global cross-Region inference" and
  # "Permissions for using cross-Region inference with Amazon Bedrock Guardrails".
  statements = concat(
    [{ sid = "StreamModels", action = local.stream, resources = local.model_arns, conditions = {} }],
    [{ sid = "StreamInferenceProfiles", action = local.stream, resources = keys(local.routed_models), conditions = {} }],
    [for profile_arn, models in local.routed_models : {
      sid        = "StreamThrough${local.profile_sids[profile_arn]}"
      action     = local.stream
      resources  = sort([for arn in models : arn if !strcontains(arn, ":bedrock:::")])
      conditions = { "bedrock:InferenceProfileArn" = profile_arn }
    }],
    [for profile_arn, models in local.routed_models : {
      sid       = "StreamAnywhereThrough${local.profile_sids[profile_arn]}"
      action    = local.stream
      resources = sort([for arn in models : arn if strcontains(arn, ":bedrock:::")])
      conditions = {
        "bedrock:InferenceProfileArn" = profile_arn
        # What the request context holds while Bedrock has not chosen a region yet.
        "aws:RequestedRegion" = "unspecified"
      }
    }],
    [{ sid = "ApplyGuardrail", action = "bedrock:ApplyGuardrail", resources = local.guardrail_arns, conditions = {} }],
  )

  # What ConverseStream is authorised as.
  stream = "bedrock:InvokeModelWithResponseStream"
}

data "aws_iam_policy_document" "stream_models" {
  dynamic "statement" {
    # A statement without a resource would make the policy invalid.
    for_each = [for statement in local.statements : statement if length(statement.resources) > 0]

    content {
      sid       = statement.value.sid
      actions   = [statement.value.action]
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

  # Whatever else the role is allowed one day.
  dynamic "statement" {
    for_each = var.allowed_regions == null ? [] : [sort(var.allowed_regions)]

    content {
      sid       = "StayInAllowedRegions"
      effect    = "Deny"
      actions   = ["bedrock:*"]
      resources = ["*"]

      condition {
        test     = "StringNotEquals"
        variable = "aws:RequestedRegion"
        values   = statement.value
      }
    }
  }

  lifecycle {
    precondition {
      condition     = var.allowed_regions == null ? true : contains(var.allowed_regions, data.aws_region.current.id)
      error_message = "bedrock.allowed_regions is ${jsonencode(var.allowed_regions)}, and the provider's region, from which the function calls Bedrock, is ${jsonencode(data.aws_region.current.id)}. Deploy to one of those regions, or add this one."
    }

    precondition {
      condition     = length(local.arns_outside) == 0
      error_message = "bedrock.allowed_regions is ${jsonencode(var.allowed_regions)}, and calls would reach ${join(", ", local.arns_outside)}. Name models, profiles and guardrails of those regions only (a global profile, whose model has no region, is of none), or add the regions."
    }
  }
}
