variable "handler" {
  description = <<-EOT
    The function that answers, as `module.function`, in your own code or in a package that `requirements` installs; null
    for the module's own application, `bedrock_chat.app.handler`.
  EOT
  type        = string
  default     = null

  validation {
    condition     = var.handler == null ? true : length(regexall("^[A-Za-z_][A-Za-z0-9_]*([./][A-Za-z_][A-Za-z0-9_]*)*[.][A-Za-z_][A-Za-z0-9_]*$", var.handler)) == 1
    error_message = "handler is ${jsonencode(var.handler)}. Write module.function, for example \"app.handler\" for the function handler in app.py."
  }

  validation {
    condition     = var.handler == null ? true : length(var.handler) <= 128
    error_message = "handler has ${var.handler == null ? 0 : length(var.handler)} characters, and Lambda allows 128: shorten the path of its module."
  }

  validation {
    condition     = var.source_dir == null && var.requirements == null ? true : var.handler != null
    error_message = "handler is null, source_dir is ${jsonencode(var.source_dir)} and requirements is ${jsonencode(var.requirements)}. Set handler to the function in that code that answers, for example \"app.handler\", or remove both."
  }
}

variable "source_dir" {
  description = <<-EOT
    Folder of your own code, packaged at apply; null for none. A relative path begins at the root module's folder, so write
    `$${path.module}/src` in a module of your own. Left out: whatever is hidden (`.venv`, `.git`, ...), `__pycache__`,
    `node_modules`, `*.pyc`, `*.egg-info`, `*.whl`, and Terraform's `*.tf`, `*.tfvars`, `*.tfstate`.
  EOT
  type        = string
  default     = null
}

variable "requirements" {
  description = <<-EOT
    A pip requirements file, installed at apply for the function's runtime and architecture, from wheels only; null for
    none. Files that it names (`./wheels/a.whl`, `-c constraints.txt`) are looked for beside it.
  EOT
  type        = string
  default     = null

  validation {
    # fileexists() fails on a folder.
    condition     = var.requirements == null ? true : try(fileexists(var.requirements), false)
    error_message = "requirements is ${jsonencode(var.requirements)}, and there is no such file. Name a pip requirements file with a path from the root module's folder, or with $${path.module} before it."
  }
}

variable "package" {
  description = <<-EOT
    Where the code comes from when you bring an archive of your own, and how `source_dir` and `requirements` are packaged
    when you don't.
    - `filename`: path of a zip, deployed as it is. It must hold `bootstrap` and `lambda_stream` at its top, as
      `dist/handler.zip` does.
    - `s3`: the same as an object in S3: `bucket`, `key` and, so that a new version is noticed, `object_version`.
    - `build_python`: the interpreter that packages, on the machine that applies: CPython 3.9 or newer, with pip when there
      are `requirements`.
    - `python_version`: with the runtime `provided.al2023`, the version that the layer's interpreter has, such as `3.13`.
      Requirements are installed and code is compiled for it.
    - `output_dir`: folder for the archives; by default `.terraform/bedrock-stream/<name>` below the root module's folder.
      Whatever is in it may be deleted at any time.
  EOT
  type = object({
    filename = optional(string)
    s3 = optional(object({
      bucket         = string
      key            = string
      object_version = optional(string)
    }))
    build_python   = optional(string, "python3")
    python_version = optional(string)
    output_dir     = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.package.filename == null || var.package.s3 == null
    error_message = "package.filename is ${jsonencode(var.package.filename)} and package.s3 is ${jsonencode(var.package.s3)}. A function has one archive: keep one of the two."
  }

  validation {
    condition = var.package.s3 == null ? true : var.package.s3.bucket == null || var.package.s3.key == null ? false : (
      length(regexall("^[0-9A-Za-z._-]{2,62}[0-9A-Za-z_-]$", var.package.s3.bucket)) == 1 &&
      length(var.package.s3.key) >= 1 && length(var.package.s3.key) <= 1024
    )
    error_message = "package.s3 is ${jsonencode(var.package.s3)}. Give the bucket's name, not its ARN or URL, and the object's key: { bucket = \"artifacts\", key = \"stream.zip\" }."
  }

  validation {
    condition     = var.package.filename == null && var.package.s3 == null ? true : var.source_dir == null && var.requirements == null
    error_message = "package names an archive (filename ${jsonencode(var.package.filename)}, s3 ${jsonencode(var.package.s3)}), source_dir is ${jsonencode(var.source_dir)} and requirements is ${jsonencode(var.requirements)}. An archive is deployed as it is, and nothing is added to it: remove either the archive or source_dir and requirements."
  }

  validation {
    condition = (
      var.package.filename != null || var.package.s3 != null || var.source_dir != null || var.requirements != null ? true :
      var.handler == null || local.layers_may_hold_handler ? true : startswith(var.handler, "bedrock_chat.")
    )
    error_message = "handler is ${jsonencode(var.handler)}, and nothing brings that code: source_dir, requirements, package.filename, package.s3 and function.layers name none. Set source_dir to the folder that holds its module."
  }

  validation {
    condition     = var.package.filename == null ? true : try(fileexists(var.package.filename), false)
    error_message = "package.filename is ${jsonencode(var.package.filename)}, and there is no such file. Name a zip that exists at plan, with a path from the root module's folder."
  }

  validation {
    condition     = var.package.python_version == null ? true : length(regexall("^3[.][0-9]+$", var.package.python_version)) == 1
    error_message = "package.python_version is ${jsonencode(var.package.python_version)}. Write the major and minor version only, for example \"3.13\"."
  }

  validation {
    condition     = var.package.python_version == null ? true : !startswith(var.function.runtime, "python") || var.function.runtime == "python${var.package.python_version}"
    error_message = "package.python_version is ${jsonencode(var.package.python_version)} and function.runtime is ${jsonencode(var.function.runtime)}, which says the version itself. Remove package.python_version."
  }

  validation {
    condition     = var.requirements == null || startswith(var.function.runtime, "python") ? true : var.package.python_version != null
    error_message = "function.runtime is ${jsonencode(var.function.runtime)}, requirements is ${jsonencode(var.requirements)} and package.python_version is null: which packages fit depends on the layer's interpreter. Set package.python_version to its version, for example \"3.13\"."
  }
}

locals {
  handler = coalesce(var.handler, "bedrock_chat.app.handler")

  # Wrappers of observability tools come that way. On provided.al2023 the first layer is the interpreter.
  layers_may_hold_handler = length(var.function.layers) > (startswith(var.function.runtime, "python") ? 0 : 1)
}
