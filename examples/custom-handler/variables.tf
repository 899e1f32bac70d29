variable "region" {
  description = "AWS region to deploy to."
  type        = string
  default     = "us-east-1"
  nullable    = false
}

variable "name" {
  description = "Name of the function."
  type        = string
  default     = "custom-handler"
  nullable    = false
}

variable "authorization_type" {
  description = "`AWS_IAM` for signed requests only, `NONE` for an open URL, which an EventSource in a browser needs."
  type        = string
  default     = "AWS_IAM"
  nullable    = false
}

variable "allow_origins" {
  description = "Origins whose web pages may call the URL, such as `https://app.example.com`; none unless set."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "reserved_concurrent_executions" {
  description = "How many requests may run at once; -1 sets no limit. Set one for an open URL."
  type        = number
  default     = -1
  nullable    = false
}

variable "runtime" {
  description = "`python3.13` or `python3.12`."
  type        = string
  default     = "python3.13"
  nullable    = false
}

variable "architecture" {
  description = "`arm64` or `x86_64`."
  type        = string
  default     = "arm64"
  nullable    = false
}
