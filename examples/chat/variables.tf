variable "region" {
  description = "AWS region to deploy to."
  type        = string
  default     = "eu-central-1"
  nullable    = false
}

variable "allowed_regions" {
  description = "Where the model may run; the plan fails when `model_id` could be answered elsewhere. Null allows any."
  type        = set(string)
  default     = ["eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3"]
}

variable "countries" {
  description = "Who is let in: ISO 3166-1 codes of the countries that viewers must be in."
  type        = set(string)
  default     = ["CZ"]
  nullable    = false
}

variable "name" {
  description = "Name of the function; what else is made is named after it."
  type        = string
  default     = "bedrock-chat"
  nullable    = false
}

variable "model_id" {
  description = "Bedrock model or inference profile that answers."
  type        = string
  default     = "eu.amazon.nova-lite-v1:0"
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

variable "ttl_days" {
  description = "After how many days a message is forgotten."
  type        = number
  default     = 30
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether the table of conversations can't be destroyed; true for anything but a trial."
  type        = bool
  default     = false
  nullable    = false
}

variable "reserved_concurrent_executions" {
  description = "How many answers may stream at once; -1 sets no limit."
  type        = number
  default     = 5
  nullable    = false
}

variable "wait_for_deployment" {
  description = "Whether an apply ends only when every edge of CloudFront has the change, which takes minutes."
  type        = bool
  default     = true
  nullable    = false
}
