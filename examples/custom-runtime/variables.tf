variable "cpython" {
  description = "Path of a relocatable CPython for `architecture`: a tar archive, or a folder with bin/ and lib/."
  type        = string
  nullable    = false
}

variable "cpython_sha256" {
  description = "SHA-256 of the archive; null when `cpython` is a folder."
  type        = string
  default     = null
}

variable "python_version" {
  description = "The CPython's version, such as `3.13`: the handler is compiled for it if the machine that applies has one."
  type        = string
  default     = "3.13"
  nullable    = false
}

variable "region" {
  description = "AWS region to deploy to."
  type        = string
  default     = "us-east-1"
  nullable    = false
}

variable "name" {
  description = "Name of the function."
  type        = string
  default     = "custom-runtime"
  nullable    = false
}

variable "authorization_type" {
  description = "`AWS_IAM` for signed requests only, `NONE` for an open URL, which an EventSource in a browser needs."
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

variable "architecture" {
  description = "`arm64` or `x86_64`."
  type        = string
  default     = "arm64"
  nullable    = false
}
