variable "region" {
  description = "AWS region to deploy to; the model must be offered there."
  type        = string
  default     = "us-east-1"
  nullable    = false
}

variable "name" {
  description = "Name of the function."
  type        = string
  default     = "bedrock-chat-page"
  nullable    = false
}

variable "model_id" {
  description = "Bedrock model or inference profile that answers."
  type        = string
  default     = "amazon.nova-lite-v1:0"
  nullable    = false
}

variable "allowed_model_ids" {
  description = "Further models that a request may name as `\"model\"`; the page itself names none."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "max_tokens" {
  description = "The most tokens that one answer may have."
  type        = number
  default     = 2048
  nullable    = false
}

variable "reserved_concurrent_executions" {
  description = "How many answers may stream at once; -1 sets no limit."
  type        = number
  default     = 5
  nullable    = false
}
