variable "name" {
  description = "Name of the layer."
  type        = string
  nullable    = false

  validation {
    condition     = length(regexall("^[A-Za-z0-9_-]{1,64}$", var.name)) == 1
    error_message = "name is ${jsonencode(var.name)}. Use 1 to 64 letters, digits, hyphens and underscores, for example \"python\"."
  }
}

variable "cpython" {
  description = <<-EOT
    Path of a relocatable CPython, 3.11 or newer, for the layer's architecture: a tar archive, pinned by `sha256`, or a
    folder with `bin/python3.x` and `lib/python3.x`. A relative path begins at the root module's folder.
  EOT
  type        = string
  nullable    = false
}

variable "sha256" {
  description = "SHA-256 of the archive as 64 hexadecimal digits; null when `cpython` is a folder, whose files are then hashed at each plan."
  type        = string
  default     = null

  validation {
    condition     = var.sha256 == null ? true : length(regexall("^[0-9A-Fa-f]{64}$", var.sha256)) == 1
    error_message = "sha256 is ${jsonencode(var.sha256)}. Give the archive's SHA-256 as 64 hexadecimal digits: sha256sum ${var.cpython}"
  }

  validation {
    condition     = var.sha256 != null ? true : try(!fileexists(var.cpython), true)
    error_message = "cpython is ${jsonencode(var.cpython)}, a file, and sha256 is null. Pin the archive: set sha256 to what `sha256sum ${var.cpython}` prints."
  }

  validation {
    condition     = var.sha256 != null ? true : length(fileset(var.cpython, "bin/python3.*")) > 0
    error_message = "cpython is ${jsonencode(var.cpython)} and sha256 is null, so it must be a folder with bin/python3.x, and it isn't. Correct the path, or set sha256 if it is an archive."
  }
}

variable "architecture" {
  description = "`arm64` or `x86_64`: what the CPython was built for, and the function's."
  type        = string
  default     = "arm64"
  nullable    = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture is ${jsonencode(var.architecture)}. Use \"arm64\" or \"x86_64\"."
  }
}

variable "build_python" {
  description = "The interpreter that builds, on the machine that applies: CPython 3.9 or newer."
  type        = string
  default     = "python3"
  nullable    = false
}

variable "output_dir" {
  description = "Folder for the layer's archive; null for `.terraform/bedrock-stream/layer-<name>` below the root module's folder."
  type        = string
  default     = null
}
