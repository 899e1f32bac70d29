# Where the function's code comes from: an archive of the user's, or one that is built here at apply, or the default
# handler, which ships with the module: then a plain apply needs no Python.
locals {
  # Relative, so that the state does not change with the folder that the configuration was checked out to.
  prebuilt = "${path.module}/../../dist/${var.keeps_data ? "chat" : "handler"}.zip"
  is_built = var.source_dir != null || var.requirements != null

  # What never goes in: anything hidden, what tools and Terraform leave behind, wheels (requirements may name them).
  # build.py leaves out the same; it compares its list with this one.
  excluded = "(^|/)(\\.[^/]*|__pycache__|node_modules|[^/]*\\.(pyc|egg-info|whl|tf|tfvars|tfstate|tfstate\\.backup))(/|$)"
  source_files = var.source_dir == null ? [] : sort([
    for file in fileset(var.source_dir, "**") : file if length(regexall(local.excluded, file)) == 0
  ])
  source_digest = sha256(join("", [for file in local.source_files : "${filesha256("${var.source_dir}/${file}")}  ${file}\n"]))

  # The requirements' text and what a word of it names: a wheel, a folder of wheels, constraints, further requirements.
  requirements_text = var.requirements == null ? "" : file(var.requirements)
  requirements_dir  = var.requirements == null ? "." : dirname(var.requirements)
  # `-c constraints.txt`, `--constraint=constraints.txt` and `-cconstraints.txt` say the same.
  requirements_words = flatten([
    for word in regexall("[^\\s;,=]+", local.requirements_text) : [word, trimprefix(trimprefix(word, "-c"), "-r")]
  ])
  named_files = distinct(concat(
    # fileexists() fails on a folder, and a folder is no file.
    [for word in local.requirements_words : word if try(fileexists("${local.requirements_dir}/${word}"), false)],
    # A folder for --find-links.
    flatten([
      for word in local.requirements_words : [for wheel in try(fileset("${local.requirements_dir}/${word}", "*.whl"), []) : "${word}/${wheel}"]
    ]),
  ))
  requirements_digest = sha256(join("", concat(
    [local.requirements_text],
    [for file in local.named_files : "${filesha256("${local.requirements_dir}/${file}")}  ${file}\n"],
  )))

  # Everything that the archive follows from. Its name carries it, so the function is updated when it changes, and by
  # nothing else: the archive need not exist at plan, and may differ by a byte between two machines.
  key = sha256(jsonencode({
    source       = local.source_digest
    requirements = local.requirements_digest
    application  = var.include_application
    architecture = var.architecture
    python       = var.python_version
    handler      = filesha256(local.prebuilt)
    build        = [for script in ["build.py", "target_pip.py"] : filesha256("${path.module}/${script}")]
  }))
  archive = "${var.output_dir}/${substr(local.key, 0, 32)}.zip"

  # The build leaves this beside the archive, and the state has it too: where the archive is gone, or was never built,
  # the build runs again. The function is not touched for it. The new mark is the plan's time behind timestamp(), which
  # the plan does not know: a saved plan may be applied where an archive has appeared since.
  marker = "${local.archive}.built"
  built  = fileexists(local.archive) && fileexists(local.marker) ? trimspace(file(local.marker)) : replace(timestamp(), "/.*/", plantimestamp())
}

locals {
  # "pkg.app.handler" and "pkg/app.handler" -> "pkg/app"; the function may also lie in what requirements install, or be
  # the application's.
  handler_module   = var.handler == null ? "" : replace(replace(var.handler, "/[.][^.]*$/", ""), ".", "/")
  handler_files    = ["${local.handler_module}.py", "${local.handler_module}/__init__.py"]
  handler_is_there = var.handler == null || var.requirements != null ? true : length(setintersection(local.source_files, local.handler_files)) > 0 || startswith(var.handler, "bedrock_chat.")
}

resource "terraform_data" "build" {
  count            = local.is_built ? 1 : 0
  triggers_replace = [local.archive, local.built]

  # One JSON argument and no shell, so that no path needs quoting, on any system.
  provisioner "local-exec" {
    interpreter = [var.build_python, "${path.module}/build.py"]
    command = jsonencode({
      prebuilt            = local.prebuilt
      source_dir          = var.source_dir
      source_digest       = local.source_digest
      requirements        = var.requirements
      include_application = var.include_application
      architecture        = var.architecture
      python_version      = var.python_version
      archive             = local.archive
      built               = local.built
    })
  }

  lifecycle {
    precondition {
      condition     = var.source_dir == null || length(local.source_files) > 0
      error_message = "source_dir is ${jsonencode(var.source_dir)}, and no file there belongs in the archive. Name the folder that holds the handler's module, as a path from the root module's folder or with $${path.module} before it."
    }
    precondition {
      condition     = local.handler_is_there || length(local.source_files) == 0
      error_message = "handler is ${jsonencode(var.handler)}, and source_dir (${jsonencode(var.source_dir)}) holds neither ${local.handler_files[0]} nor ${local.handler_files[1]}. Name a module that is there, or correct source_dir."
    }
  }
}
