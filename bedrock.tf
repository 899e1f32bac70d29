# What every call of Bedrock has besides what is asked: ConverseStream's own parameters, as it names them.

locals {
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
