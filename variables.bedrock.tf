variable "bedrock" {
  description = <<-EOT
    The model that answers, and what a request may ask of it. The function may call the models named here and no other.
    Needed unless `handler` is your own; with one of your own it adds the application, its settings and its policy.
    - `model_id`: the default model. A foundation model's id (`amazon.nova-lite-v1:0`), an inference profile's id
      (`eu.amazon.nova-lite-v1:0`, `global.anthropic.claude-sonnet-4-5-20250929-v1:0`), or the ARN of a foundation model,
      an inference profile, an application inference profile, a provisioned model, an imported model or a custom model
      deployment. It must be known at plan, so create an application inference profile in an earlier apply.
    - `allowed_model_ids`: further models that a request may name, in the same forms.
    - `max_tokens`: the most tokens that one answer may have; a request can ask for fewer.
    - `client`: how the function calls Bedrock: `native`, this module's own client, which starts fastest and costs least; or
      `boto3`. With a proxy or an API key of Bedrock's in the environment `native` leaves the calls to boto3 by itself.
    - `max_input_bytes`: the largest request body that is accepted.
    - `system_prompt`: the instruction that precedes every conversation; a request cannot change it. At most 3000 bytes.
    - `inference_profile_models`: for an inference profile named above, exactly as it is written there, the ARNs of the
      foundation models that it routes to. Without an entry they are read from Bedrock at plan, which takes the
      permission `bedrock:GetInferenceProfile`.
    - `capabilities`: for a model named above, exactly as it is written there, what it can do; a request that asks for more
      gets a 400 that says so.
      - `images`, `documents`: whether messages may have pictures, and files.
      - `tools`: whether a request may bring tools that the client runs.
      - `json_schema`: how the model is held to a JSON schema for its answer: `native` for Bedrock's structured output,
        `tool` for a tool that it must call, `unsupported` for not at all.
      - `reasoning_effort`: for each effort that a request may name (`low`, `medium`, `high`, ...), the fields that make
        this model think so hard, as JSON: what Bedrock gets as additionalModelRequestFields.
      - `default_reasoning_effort`: the one of them that a request gets which names none.
      - `prompt_caching`: after which parts of the prompt Bedrock caches it: `system`, `tools`, `messages`.
      - `prompt_cache_ttl`: how long it is kept after its last use, `5m` or `1h`; null leaves it to Bedrock.
    - `guardrail`: the guardrail that every call goes through. Its trace, which holds what it found, is never asked for.
      - `id`: its id, or its ARN.
      - `version`: a number, or `DRAFT`.
      - `stream_processing_mode`: `sync` checks each piece of the answer before it is sent; `async` sends at once and
        checks meanwhile, so that what it blocks may have been seen, and what it should mask is not masked.
      - `profile_arns`: for a guardrail with cross-Region inference, the ARN of its guardrail profile in every region
        that it reaches.
    - `service_tier`: `default`, `priority`, `flex` or `reserved`; all models named must have it.
    - `performance_latency`: `standard`, or `optimized` for latency-optimized inference, which all models must have.
    - `request_metadata`: what Bedrock's invocation log has with each call, to tell calls apart; no secrets.
    - `allowed_regions`: the regions in which a model may run, such as those of the EU, by their full names. The plan
      fails when a model, a profile or the function itself would be in any other, and the role is denied the rest.
  EOT
  type = object({
    model_id                 = string
    allowed_model_ids        = optional(list(string), [])
    client                   = optional(string, "native")
    max_tokens               = optional(number, 2048)
    max_input_bytes          = optional(number, 262144)
    system_prompt            = optional(string)
    inference_profile_models = optional(map(list(string)), {})
    capabilities = optional(map(object({
      images           = optional(bool, true)
      documents        = optional(bool, true)
      tools            = optional(bool, true)
      json_schema      = optional(string, "unsupported")
      reasoning_effort = optional(map(string), {})

      default_reasoning_effort = optional(string)
      prompt_caching           = optional(set(string), [])
      prompt_cache_ttl         = optional(string)
    })), {})
    guardrail = optional(object({
      id                     = string
      version                = optional(string, "DRAFT")
      stream_processing_mode = optional(string, "sync")
      profile_arns           = optional(list(string), [])
    }))
    service_tier        = optional(string)
    performance_latency = optional(string)
    request_metadata    = optional(map(string), {})
    allowed_regions     = optional(set(string))
  })
  default = null

  validation {
    condition     = var.bedrock != null || !startswith(local.handler, "bedrock_chat.")
    error_message = "bedrock is null and handler is ${jsonencode(local.handler)}, the module's own application, which needs a model. Set bedrock, for example to { model_id = \"amazon.nova-lite-v1:0\" }, or handler and source_dir for code of your own."
  }

  validation {
    condition     = var.bedrock == null ? true : var.bedrock.model_id == null ? false : length(regexall(local.model_pattern, var.bedrock.model_id)) == 1
    error_message = "bedrock.model_id is ${var.bedrock == null ? "null" : jsonencode(var.bedrock.model_id)}. ${local.model_forms}"
  }

  validation {
    condition     = var.bedrock == null ? true : alltrue([for id in var.bedrock.allowed_model_ids : length(regexall(local.model_pattern, id)) == 1])
    error_message = "bedrock.allowed_model_ids is ${var.bedrock == null ? "null" : jsonencode(var.bedrock.allowed_model_ids)}. ${local.model_forms}"
  }

  validation {
    condition     = var.bedrock == null ? true : contains(["native", "boto3"], var.bedrock.client)
    error_message = "bedrock.client is ${var.bedrock == null ? "null" : jsonencode(var.bedrock.client)}. Use \"native\" or \"boto3\"."
  }

  validation {
    condition     = var.bedrock == null ? true : var.bedrock.max_tokens >= 1 && floor(var.bedrock.max_tokens) == var.bedrock.max_tokens
    error_message = "bedrock.max_tokens is ${var.bedrock == null ? "null" : var.bedrock.max_tokens}. Use a whole number from 1, for example 2048."
  }

  # A larger request never reaches the function: 6 MB is Lambda's limit for a request.
  validation {
    condition = (
      var.bedrock == null ? true :
      var.bedrock.max_input_bytes >= 1 && var.bedrock.max_input_bytes <= 6291456 &&
      floor(var.bedrock.max_input_bytes) == var.bedrock.max_input_bytes
    )
    error_message = "bedrock.max_input_bytes is ${var.bedrock == null ? "null" : var.bedrock.max_input_bytes}. Use a whole number from 1 to 6291456 (6 MB, Lambda's own limit), for example 262144."
  }

  # Lambda allows 4 KB for all environment variables together, and the other settings need some of it.
  validation {
    # length() counts characters; base64 writes three bytes as four digits.
    condition = (
      var.bedrock == null ? true :
      var.bedrock.system_prompt == null ? true :
      floor(length(trim(base64encode(var.bedrock.system_prompt), "=")) * 3 / 4) <= 3000
    )
    error_message = "bedrock.system_prompt has ${var.bedrock == null ? 0 : var.bedrock.system_prompt == null ? 0 : floor(length(trim(base64encode(var.bedrock.system_prompt), "=")) * 3 / 4)} bytes. It travels in an environment variable, where Lambda allows 4 KB for all of them: shorten it to 3000 bytes."
  }

  validation {
    condition     = var.bedrock == null ? true : var.bedrock.system_prompt == null ? true : trimspace(var.bedrock.system_prompt) != ""
    error_message = "bedrock.system_prompt is ${var.bedrock == null ? "null" : jsonencode(var.bedrock.system_prompt)}, which Bedrock rejects as blank. Leave it out to send none."
  }

  validation {
    condition = var.bedrock == null ? true : alltrue([
      for id in keys(var.bedrock.inference_profile_models) :
      id == var.bedrock.model_id || contains(var.bedrock.allowed_model_ids, id)
    ])
    error_message = "bedrock.inference_profile_models has the keys ${var.bedrock == null ? "null" : jsonencode(keys(var.bedrock.inference_profile_models))}, but the models named are ${var.bedrock == null ? "null" : jsonencode(concat([var.bedrock.model_id], var.bedrock.allowed_model_ids))}. Write each key exactly as the model is written there, or remove it."
  }

  validation {
    condition = var.bedrock == null ? true : alltrue([
      for arns in values(var.bedrock.inference_profile_models) : length(arns) > 0 && alltrue([
        for arn in arns :
        length(regexall("^arn:aws[a-z-]*:bedrock:[a-z0-9-]*::foundation-model/[A-Za-z0-9.:-]+$", arn)) == 1
      ])
    ])
    error_message = "bedrock.inference_profile_models is ${var.bedrock == null ? "null" : jsonencode(var.bedrock.inference_profile_models)}. Give each profile at least one foundation-model ARN without wildcards, for example \"arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0\"."
  }

  validation {
    condition = var.bedrock == null ? true : alltrue([
      for id in keys(var.bedrock.capabilities) : id == var.bedrock.model_id || contains(var.bedrock.allowed_model_ids, id)
    ])
    error_message = "bedrock.capabilities has the keys ${var.bedrock == null ? "null" : jsonencode(keys(var.bedrock.capabilities))}, but the models named are ${var.bedrock == null ? "null" : jsonencode(concat([var.bedrock.model_id], var.bedrock.allowed_model_ids))}. Write each key exactly as the model is written there, or remove it."
  }

  validation {
    condition = var.bedrock == null ? true : alltrue([
      for abilities in values(var.bedrock.capabilities) : contains(["native", "tool", "unsupported"], abilities.json_schema)
    ])
    error_message = "bedrock.capabilities has json_schema ${var.bedrock == null ? "null" : jsonencode({ for id, abilities in var.bedrock.capabilities : id => abilities.json_schema })}. Use \"native\" for a model with Bedrock's structured output, \"tool\" for one that can be made to call a tool, or \"unsupported\"."
  }

  # keys() takes objects only.
  validation {
    condition = var.bedrock == null ? true : alltrue(flatten([
      for abilities in values(var.bedrock.capabilities) : [
        for fields in values(abilities.reasoning_effort) : can(keys(jsondecode(fields)))
      ]
    ]))
    error_message = "bedrock.capabilities has reasoning_effort ${var.bedrock == null ? "null" : jsonencode({ for id, abilities in var.bedrock.capabilities : id => abilities.reasoning_effort })}. Give each effort a JSON object as text, for example low = jsonencode({ reasoning_effort = \"low\" })."
  }

  validation {
    condition = var.bedrock == null ? true : alltrue([
      for abilities in values(var.bedrock.capabilities) :
      abilities.default_reasoning_effort == null ? true : contains(keys(abilities.reasoning_effort), abilities.default_reasoning_effort)
    ])
    error_message = "bedrock.capabilities has default_reasoning_effort ${var.bedrock == null ? "null" : jsonencode({ for id, abilities in var.bedrock.capabilities : id => abilities.default_reasoning_effort if abilities.default_reasoning_effort != null })}. Use one of the efforts that the same model's reasoning_effort has, or add it there."
  }

  validation {
    condition = var.bedrock == null ? true : alltrue([
      for abilities in values(var.bedrock.capabilities) : length(setsubtract(abilities.prompt_caching, ["system", "tools", "messages"])) == 0
    ])
    error_message = "bedrock.capabilities has prompt_caching ${var.bedrock == null ? "null" : jsonencode({ for id, abilities in var.bedrock.capabilities : id => abilities.prompt_caching })}. Use those of \"system\", \"tools\" and \"messages\" after which the model takes cache checkpoints."
  }

  validation {
    condition = var.bedrock == null ? true : alltrue([
      for abilities in values(var.bedrock.capabilities) : abilities.prompt_cache_ttl == null ? true : (
        contains(["5m", "1h"], abilities.prompt_cache_ttl) && length(abilities.prompt_caching) > 0
      )
    ])
    error_message = "bedrock.capabilities has prompt_cache_ttl ${var.bedrock == null ? "null" : jsonencode({ for id, abilities in var.bedrock.capabilities : id => abilities.prompt_cache_ttl if abilities.prompt_cache_ttl != null })}. Use \"5m\" or \"1h\", together with prompt_caching of the same model, or leave it out."
  }

  # As the system prompt, it shares 4 KB with all other environment variables. The texts in it are shorter there: they
  # lose the marks before their quotes.
  validation {
    condition     = var.bedrock == null ? true : floor(length(trim(base64encode(jsonencode(var.bedrock.capabilities)), "=")) * 3 / 4) <= 3000
    error_message = "bedrock.capabilities has ${var.bedrock == null ? 0 : floor(length(trim(base64encode(jsonencode(var.bedrock.capabilities)), "=")) * 3 / 4)} bytes as JSON. It travels in an environment variable, where Lambda allows 4 KB for all of them: shorten it to 3000 bytes, by leaving out models that can do what the defaults say, and efforts that nobody needs."
  }

  validation {
    condition     = var.bedrock == null ? true : var.bedrock.guardrail == null ? true : var.bedrock.guardrail.id == null ? false : length(regexall("^([a-z0-9]+|arn:aws[a-z-]*:bedrock:[a-z0-9-]+:[0-9]{12}:guardrail/[a-z0-9]+)$", var.bedrock.guardrail.id)) == 1
    error_message = "bedrock.guardrail.id is ${var.bedrock == null ? "null" : var.bedrock.guardrail == null ? "null" : jsonencode(var.bedrock.guardrail.id)}. Use the guardrail's id, such as \"a1b2c3d4e5f6\", or its ARN without a version."
  }

  validation {
    condition     = var.bedrock == null ? true : var.bedrock.guardrail == null ? true : length(regexall("^([1-9][0-9]{0,7}|DRAFT)$", var.bedrock.guardrail.version)) == 1
    error_message = "bedrock.guardrail.version is ${var.bedrock == null ? "null" : var.bedrock.guardrail == null ? "null" : jsonencode(var.bedrock.guardrail.version)}. Use the number of a version, such as \"1\", or \"DRAFT\"."
  }

  validation {
    condition     = var.bedrock == null ? true : var.bedrock.guardrail == null ? true : contains(["sync", "async"], var.bedrock.guardrail.stream_processing_mode)
    error_message = "bedrock.guardrail.stream_processing_mode is ${var.bedrock == null ? "null" : var.bedrock.guardrail == null ? "null" : jsonencode(var.bedrock.guardrail.stream_processing_mode)}. Use \"sync\" or \"async\"."
  }

  validation {
    condition = var.bedrock == null ? true : var.bedrock.guardrail == null ? true : alltrue([
      for arn in var.bedrock.guardrail.profile_arns :
      length(regexall("^arn:aws[a-z-]*:bedrock:[a-z0-9-]+:[0-9]{12}:guardrail-profile/[a-z0-9-]+\\.guardrail\\.v[0-9:]+$", arn)) == 1
    ])
    error_message = "bedrock.guardrail.profile_arns is ${var.bedrock == null ? "null" : var.bedrock.guardrail == null ? "null" : jsonencode(var.bedrock.guardrail.profile_arns)}. Use ARNs of guardrail profiles, such as \"arn:aws:bedrock:eu-central-1:111122223333:guardrail-profile/eu.guardrail.v1:0\"."
  }

  validation {
    condition     = var.bedrock == null ? true : var.bedrock.service_tier == null ? true : contains(["default", "priority", "flex", "reserved"], var.bedrock.service_tier)
    error_message = "bedrock.service_tier is ${var.bedrock == null ? "null" : jsonencode(var.bedrock.service_tier)}. Use \"default\", \"priority\", \"flex\" or \"reserved\"."
  }

  validation {
    condition     = var.bedrock == null ? true : var.bedrock.performance_latency == null ? true : contains(["standard", "optimized"], var.bedrock.performance_latency)
    error_message = "bedrock.performance_latency is ${var.bedrock == null ? "null" : jsonencode(var.bedrock.performance_latency)}. Use \"standard\" or \"optimized\"."
  }

  # Source: the Amazon Bedrock API reference, ConverseStream, requestMetadata.
  validation {
    condition = var.bedrock == null ? true : length(var.bedrock.request_metadata) <= 16 && alltrue([
      for key, value in var.bedrock.request_metadata :
      length(regexall("^[a-zA-Z0-9\\s:_@$#=/+,.-]{1,256}$", key)) == 1 && length(regexall("^[a-zA-Z0-9\\s:_@$#=/+,.-]{0,256}$", value)) == 1
    ])
    error_message = "bedrock.request_metadata is ${var.bedrock == null ? "null" : jsonencode(var.bedrock.request_metadata)}. Use at most 16 entries, with keys of 1 to 256 and values of at most 256 letters, digits, spaces and characters of : _ @ $ # = / + , . -"
  }

  # `eu-*` would take in London and Zurich, which are not in the EU.
  validation {
    condition = var.bedrock == null ? true : var.bedrock.allowed_regions == null ? true : length(var.bedrock.allowed_regions) > 0 && alltrue([
      for region in var.bedrock.allowed_regions : length(regexall("^[a-z]+(-[a-z]+)+-[0-9]+$", region)) == 1
    ])
    error_message = "bedrock.allowed_regions is ${var.bedrock == null ? "null" : jsonencode(var.bedrock.allowed_regions)}. Name at least one region, each in full and without wildcards, for example [\"eu-central-1\", \"eu-west-1\"]; leave it out to allow any."
  }
}

# What both validations of model ids share.
locals {
  model_pattern = join("", [
    "^([a-z0-9-]+\\.[A-Za-z0-9.:-]+|arn:aws[a-z-]*:bedrock:[a-z0-9-]+:([0-9]{12})?:",
    "(foundation-model|inference-profile|application-inference-profile|provisioned-model|imported-model|custom-model-deployment)",
    "/[A-Za-z0-9.:-]+)$",
  ])
  model_forms = "Use a model id such as \"amazon.nova-lite-v1:0\", an inference profile id such as \"eu.amazon.nova-lite-v1:0\", or the ARN of a foundation-model, inference-profile, application-inference-profile, provisioned-model, imported-model or custom-model-deployment, without wildcards."
}
