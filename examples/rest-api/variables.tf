variable "region" {
  description = "AWS region to deploy to; the model must be offered there."
  type        = string
  default     = "us-east-1"
  nullable    = false
}

variable "name" {
  description = "Name of the function and of the API."
  type        = string
  default     = "bedrock-rest"
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

variable "authorization" {
  description = "`AWS_IAM` for signed requests only, `NONE` for anyone (who has the key, with `api_key_required`)."
  type        = string
  default     = "AWS_IAM"
  nullable    = false
}

variable "api_key_required" {
  description = "Whether a request needs the API key that is made then."
  type        = bool
  default     = false
  nullable    = false
}

variable "allow_origins" {
  description = "Origins of the web pages that may call the API, such as `https://app.example.com`."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "access_log" {
  description = "Whether each request is logged with the times of its stream. It takes a role for API Gateway's logs in the account."
  type        = bool
  default     = false
  nullable    = false
}

variable "manage_account_role" {
  description = "With `access_log`: whether to make that role, and set it for the whole account in this region."
  type        = bool
  default     = false
  nullable    = false
}
