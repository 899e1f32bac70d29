variable "filename" {
  description = "Path of a zip that exists and is deployed as it is; null for none."
  type        = string
  default     = null
}

variable "s3" {
  description = "A zip in S3 that is deployed as it is: bucket, key and, in a bucket with versions, object_version; null for none."
  type = object({
    bucket         = string
    key            = string
    object_version = optional(string)
  })
  default = null
}

variable "handler" {
  description = "Handler as `module.function`, to look for its module in source_dir; null not to."
  type        = string
  default     = null
}

variable "source_dir" {
  description = "Folder of the user's code; null for none. A relative path begins at the root module's folder."
  type        = string
  default     = null
}

variable "requirements" {
  description = "Path of a pip requirements file; null for none."
  type        = string
  default     = null
}

variable "include_application" {
  description = "Whether `bedrock_chat` goes into an archive that is built, beside the runtime, which always does."
  type        = bool
  default     = false
  nullable    = false
}

variable "keeps_data" {
  description = "Whether `bedrock_chat` comes with what only redaction, history and a prompt in S3 need."
  type        = bool
  default     = false
  nullable    = false
}

variable "architecture" {
  description = "`arm64` or `x86_64`: what the requirements are installed for."
  type        = string
  default     = "arm64"
  nullable    = false
}

variable "python_version" {
  description = "`3.13`, for example: the interpreter that the requirements are installed and the code is compiled for; null where none is known."
  type        = string
  default     = null
}

variable "build_python" {
  description = "The interpreter that builds, on the machine that applies: CPython 3.9 or newer, with pip when there are requirements."
  type        = string
  default     = "python3"
  nullable    = false
}

variable "output_dir" {
  description = "Folder for the archives that are built."
  type        = string
  nullable    = false
}
