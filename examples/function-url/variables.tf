variable "region" {
  description = "AWS region to deploy to; the model must be offered there."
  type        = string
  default     = "us-east-1"
  nullable    = false
}

variable "name" {
  description = "Name of the function."
  type        = string
  default     = "bedrock-stream"
  nullable    = false
}

variable "model_id" {
  description = "Bedrock model or inference profile that answers."
  type        = string
  default     = "amazon.nova-lite-v1:0"
  nullable    = false
}

variable "allowed_model_ids" {
  description = "Further models that a request may name as `\"model\"`."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "authorization_type" {
  description = "`AWS_IAM` for signed requests only, `NONE` for an open URL."
  type        = string
  default     = "AWS_IAM"
  nullable    = false
}

variable "reserved_concurrent_executions" {
  description = "How many requests may run at once; -1 sets no limit. Set one for an open URL."
  type        = number
  default     = -1
  nullable    = false
}

variable "runtime" {
  description = "`python3.13`, `python3.12`, or `provided.al2023` with a layer that brings Python."
  type        = string
  default     = "python3.13"
  nullable    = false
}

variable "layers" {
  description = "ARNs of Lambda layer versions."
  type        = list(string)
  default     = []
  nullable    = false
}
