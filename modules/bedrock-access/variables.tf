variable "model_ids" {
  description = "Ids and ARNs of the models that may be called, in every form that the root's `bedrock.model_id` takes. Known at plan."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.model_ids) > 0
    error_message = "model_ids is []. Name at least one model: a policy without a statement is not valid."
  }
}

variable "inference_profile_models" {
  description = "Foundation-model ARNs by inference profile, keyed as the profile is written in model_ids. Profiles without an entry are read from Bedrock."
  type        = map(list(string))
  default     = {}
  nullable    = false
}

variable "guardrail" {
  description = "The guardrail that calls go through, by `id` or ARN, and the `profile_arns` of one with cross-Region inference; null for none."
  type = object({
    id           = string
    profile_arns = list(string)
  })
  default = null
}

variable "allowed_regions" {
  description = "The only regions in which a model, a profile or a guardrail may be; null allows any."
  type        = set(string)
  default     = null
}
