variable "role" {
  description = <<-EOT
    The role that the function runs as. By default one is made that allows what this function needs and nothing else.
    - `existing`: a role of yours to run as, by its `arn`; none is made then, and nothing is attached to it. It must trust
      lambda.amazonaws.com and allow what the output `role_policies` says.
    - `permissions_boundary`: ARN of an IAM policy that bounds the role that is made.
  EOT
  type = object({
    # An object, so that whether there is one is known at plan also where the ARN is not.
    existing = optional(object({
      arn = string
    }))
    permissions_boundary = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition = var.role.existing == null ? true : (
      var.role.existing.arn == null ? false : length(regexall("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$", var.role.existing.arn)) == 1
    )
    error_message = "role.existing is ${jsonencode(var.role.existing)}. Give the role's ARN, \"arn:aws:iam::<account>:role/<name>\", or leave existing out to have a role made."
  }

  validation {
    condition = var.role.permissions_boundary == null ? true : (
      length(regexall("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[A-Za-z0-9_+=,.@/-]+$", var.role.permissions_boundary)) == 1
    )
    error_message = "role.permissions_boundary is ${jsonencode(var.role.permissions_boundary)}. Give the ARN of a managed policy, \"arn:aws:iam::<account>:policy/<name>\", or leave it out for none."
  }

  validation {
    condition     = var.role.existing == null ? true : var.role.permissions_boundary == null
    error_message = "role.existing is set and role.permissions_boundary is ${jsonencode(var.role.permissions_boundary)}: a boundary can be set only on the role that is made. Set it on your own role where that is made, and leave permissions_boundary out."
  }
}
