output "package" {
  description = "The deployment package, for modules/function: filename with a hash that changes when the code does, or an S3 object."
  value = {
    filename = (
      var.s3 != null ? null :
      var.filename != null ? var.filename :
      local.is_built ? local.archive : local.prebuilt
    )
    source_code_hash = (
      var.s3 != null ? null :
      var.filename != null ? filebase64sha256(var.filename) :
      local.is_built ? base64sha256(local.key) : filebase64sha256(local.prebuilt)
    )
    s3 = var.s3
  }

  # The paths are known at plan, and the function still waits for the build.
  depends_on = [terraform_data.build]
}
