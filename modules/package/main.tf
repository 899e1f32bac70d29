# The default handler ships with the module as a reproducible archive: a plain apply needs no Python, the hash is known
# at plan, and plan and apply may run on different machines.
locals {
  # Relative, so that the state does not change with the folder that the configuration was checked out to.
  filename = "${path.module}/../../dist/handler.zip"
}
