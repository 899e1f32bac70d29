# A layer that brings CPython to provided.al2023, built at apply from a CPython that the user has. How the archive is
# named and when it is built again is as in modules/package.
locals {
  # A pinned archive is its own key and need not even be there at plan.
  folder_files = var.sha256 != null ? [] : sort(fileset(var.cpython, "{bin,lib}/**"))
  content = var.sha256 != null ? lower(var.sha256) : sha256(join("", [
    for file in local.folder_files : "${filesha256("${var.cpython}/${file}")}  ${file}\n"
    if length(regexall("(^|/)(site-packages|__pycache__|test|[^/]*[.]a)(/|$)", file)) == 0
  ]))

  scripts = "${path.module}/../package"
  key = sha256(jsonencode({
    cpython      = local.content
    architecture = var.architecture
    build        = [filesha256("${local.scripts}/layer.py"), filesha256("${local.scripts}/build.py")]
  }))
  output_dir = coalesce(var.output_dir, "${path.root}/.terraform/bedrock-stream/layer-${var.name}")
  archive    = "${local.output_dir}/${substr(local.key, 0, 32)}.zip"
  marker     = "${local.archive}.built"
  built      = fileexists(local.archive) && fileexists(local.marker) ? trimspace(file(local.marker)) : replace(timestamp(), "/.*/", plantimestamp())
}

resource "terraform_data" "build" {
  triggers_replace = [local.archive, local.built]

  provisioner "local-exec" {
    interpreter = [var.build_python, "-B", "${local.scripts}/layer.py"]
    command = jsonencode({
      cpython      = var.cpython
      sha256       = var.sha256
      architecture = var.architecture
      archive      = local.archive
      built        = local.built
    })
  }
}

# Versions can't change, so a new one is made; the function moves to it before the old one goes.
resource "aws_lambda_layer_version" "interpreter" {
  layer_name               = var.name
  description              = "CPython as bin/python3, for provided.al2023."
  filename                 = local.archive
  source_code_hash         = base64sha256(local.key)
  compatible_runtimes      = ["provided.al2023"]
  compatible_architectures = [var.architecture]

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [terraform_data.build]
}
