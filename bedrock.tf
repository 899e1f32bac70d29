# What the application is told of its models and of every call.

locals {
  # The environment has little room: what is null or empty is left out.
  capabilities = {
    for id, abilities in(var.bedrock == null ? {} : var.bedrock.capabilities) : id => {
      for name, value in merge(abilities, {
        reasoning_effort = { for effort, fields in abilities.reasoning_effort : effort => jsondecode(fields) }
      }) : name => value if !contains(["null", "[]"], jsonencode(value))
    }
  }

  # ConverseStream's own parameters, as it names them.
  call_parameters = var.bedrock == null ? {} : merge(
    var.bedrock.guardrail == null ? null : {
      guardrailConfig = {
        guardrailIdentifier  = var.bedrock.guardrail.id
        guardrailVersion     = var.bedrock.guardrail.version
        streamProcessingMode = var.bedrock.guardrail.stream_processing_mode
        # It holds what the guardrail found: nobody needs it here.
        trace = "disabled"
      }
    },
    var.bedrock.service_tier == null ? null : { serviceTier = { type = var.bedrock.service_tier } },
    var.bedrock.performance_latency == null ? null : { performanceConfig = { latency = var.bedrock.performance_latency } },
    length(var.bedrock.request_metadata) == 0 ? null : { requestMetadata = var.bedrock.request_metadata },
  )
}
