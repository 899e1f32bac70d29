variable "function" {
  description = <<-EOT
    The Lambda function.
    - `runtime`: `python3.13` or `python3.12` run on Lambda's own interpreter, which AWS patches; `provided.al2023` runs
      on the interpreter that `layers` bring.
    - `memory_size`: in MB, from 128 to 10240. Lambda gives processor time in proportion.
    - `timeout`: in seconds, from 1 to 900; the longest that one answer may stream.
    - `architectures`: `["arm64"]` or `["x86_64"]`. Layers must be built for it.
    - `layers`: ARNs of at most five layer versions. With `provided.al2023` one of them must hold `bin/python3`
      (CPython 3.11 or later, found as /opt/bin/python3), and boto3 for the chat handler.
    - `ephemeral_storage_size`: of /tmp in MB, from 512 to 10240.
    - `vpc`: the subnets and security groups through which the function reaches the network; null for none. From there
      Bedrock is reached only through a NAT gateway or an interface endpoint for bedrock-runtime.
    - `kms_key_arn`: ARN of the symmetric KMS key that encrypts the environment variables; null for Lambda's own key.
    - `tracing_mode`: `Active` lets Lambda sample requests and send their traces to X-Ray; `PassThrough` leaves the
      decision to the caller.
    - `reserved_concurrent_executions`: how many requests may run at once; -1 reserves and limits nothing.
    - `alias`: name of an alias for the version that each apply publishes; the URL and everyone's right to call it are
      then the alias's. Null publishes nothing.
    - `provisioned_concurrent_executions`: how many environments of the alias are kept started, and charged; 0 for none.
    - `snap_start`: whether Lambda takes a snapshot of each version that is published, once it is initialised, and
      starts environments from it. It is charged, for each version and each start, and publishing takes minutes.
    - `heartbeat_seconds`: how long a handler may be silent before the runtime sends what the response's format lets
      through unseen (a comment in server-sent events, a blank line in NDJSON), again and again, so that proxies with a
      limit of 30 s stay open; from 1 to 900, or 0 for no heartbeats.
    - `deadline_margin_seconds`: how long before `timeout` the runtime ends the handler in good form, so that a stream
      closes with an error event instead of being cut; from 0 to 900. The runtime takes no more than a quarter of
      the time that an invocation has. Null: 1, or 3 with `chat.history`, where what came is stored then.
    - `exec_wrapper`: path of another wrapper that shall start the runtime, such as `/opt/otel-instrument` of a layer: what
      `AWS_LAMBDA_EXEC_WRAPPER` would name if the module didn't use it itself.
    - `environment`: further environment variables, as text. `BEDROCK_CHAT_*`, `LAMBDA_STREAM_*` and
      `AWS_LAMBDA_EXEC_WRAPPER` belong to the module.
  EOT
  type = object({
    runtime                = optional(string, "python3.13")
    memory_size            = optional(number, 256)
    timeout                = optional(number, 180)
    architectures          = optional(list(string), ["arm64"])
    layers                 = optional(list(string), [])
    ephemeral_storage_size = optional(number, 512)
    vpc = optional(object({
      subnet_ids         = list(string)
      security_group_ids = list(string)
    }))
    kms_key_arn                       = optional(string)
    tracing_mode                      = optional(string, "PassThrough")
    reserved_concurrent_executions    = optional(number, -1)
    alias                             = optional(string)
    provisioned_concurrent_executions = optional(number, 0)
    snap_start                        = optional(bool, false)
    heartbeat_seconds                 = optional(number, 15)
    deadline_margin_seconds           = optional(number)
    exec_wrapper                      = optional(string)
    environment                       = optional(map(string), {})
  })
  default  = {}
  nullable = false

  # Only what the oldest supported provider, 5.100, knows and the handler runs on.
  validation {
    condition     = contains(["python3.12", "python3.13", "provided.al2023"], var.function.runtime)
    error_message = "function.runtime is ${jsonencode(var.function.runtime)}. Use \"python3.13\", \"python3.12\", or \"provided.al2023\" with a layer that brings Python."
  }

  validation {
    condition     = var.function.runtime == "provided.al2023" ? length(var.function.layers) > 0 : true
    error_message = "function.runtime is ${jsonencode(var.function.runtime)}, which has no Python, and function.layers is ${jsonencode(var.function.layers)}. Add a layer that holds bin/python3 (CPython 3.11 or later), and boto3 for the chat handler, or use \"python3.13\"."
  }

  validation {
    condition = (
      var.function.memory_size >= 128 && var.function.memory_size <= 10240 &&
      floor(var.function.memory_size) == var.function.memory_size
    )
    error_message = "function.memory_size is ${var.function.memory_size}. Use a whole number of MB from 128 to 10240, for example 256."
  }

  validation {
    condition = (
      var.function.timeout >= 1 && var.function.timeout <= 900 && floor(var.function.timeout) == var.function.timeout
    )
    error_message = "function.timeout is ${var.function.timeout}. Use a whole number of seconds from 1 to 900, for example 180."
  }

  validation {
    condition     = length(var.function.architectures) == 1 && alltrue([for name in var.function.architectures : contains(["arm64", "x86_64"], name)])
    error_message = "function.architectures is ${jsonencode(var.function.architectures)}. A function has exactly one: [\"arm64\"] or [\"x86_64\"]."
  }

  validation {
    condition = length(var.function.layers) <= 5 && alltrue([
      for arn in var.function.layers :
      length(regexall("^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:layer:[A-Za-z0-9_-]+:[0-9]+$", arn)) == 1
    ])
    error_message = "function.layers is ${jsonencode(var.function.layers)}. Give at most five layer version ARNs, each with the version at its end: \"arn:aws:lambda:<region>:<account>:layer:<name>:<version>\"."
  }

  validation {
    condition = (
      length(distinct([for arn in var.function.layers : join(":", slice(split(":", arn), 0, length(split(":", arn)) - 1))]))
      == length(var.function.layers)
    )
    error_message = "function.layers is ${jsonencode(var.function.layers)}. Lambda refuses two versions of one layer: keep one of each."
  }

  validation {
    condition = (
      var.function.reserved_concurrent_executions >= -1 &&
      floor(var.function.reserved_concurrent_executions) == var.function.reserved_concurrent_executions
    )
    error_message = "function.reserved_concurrent_executions is ${var.function.reserved_concurrent_executions}. Use a whole number from 0 (nothing runs), or -1 to reserve nothing."
  }

  validation {
    condition = (
      var.function.ephemeral_storage_size >= 512 && var.function.ephemeral_storage_size <= 10240 &&
      floor(var.function.ephemeral_storage_size) == var.function.ephemeral_storage_size
    )
    error_message = "function.ephemeral_storage_size is ${var.function.ephemeral_storage_size}. Use a whole number of MB from 512 to 10240, for example 512."
  }

  # Lambda takes both or neither. The lengths are known at plan even where the ids are not.
  validation {
    condition = var.function.vpc == null ? true : (
      length(var.function.vpc.subnet_ids) >= 1 && length(var.function.vpc.subnet_ids) <= 16 &&
      length(var.function.vpc.security_group_ids) >= 1 && length(var.function.vpc.security_group_ids) <= 5
    )
    error_message = "function.vpc has ${var.function.vpc == null ? 0 : length(var.function.vpc.subnet_ids)} subnet_ids and ${var.function.vpc == null ? 0 : length(var.function.vpc.security_group_ids)} security_group_ids. Lambda takes 1 to 16 subnets together with 1 to 5 security groups: give both lists, or leave vpc out for a function outside of your VPCs."
  }

  validation {
    condition = var.function.vpc == null ? true : (
      alltrue([for id in var.function.vpc.subnet_ids : length(regexall("^subnet-[0-9a-z]+$", id)) == 1]) &&
      alltrue([for id in var.function.vpc.security_group_ids : length(regexall("^sg-[0-9a-zA-Z]+$", id)) == 1])
    )
    error_message = "function.vpc is ${jsonencode(var.function.vpc)}. Give ids and not names or ARNs, for example subnet_ids = [\"subnet-0123456789abcdef0\"] and security_group_ids = [\"sg-0123456789abcdef0\"]."
  }

  # The key itself and not an alias of it: the role's permission to decrypt names it, and IAM knows keys only.
  validation {
    condition     = var.function.kms_key_arn == null ? true : length(regexall(local.kms_key_pattern, var.function.kms_key_arn)) == 1
    error_message = "function.kms_key_arn is ${jsonencode(var.function.kms_key_arn)}. ${local.kms_key_form}"
  }

  validation {
    condition     = contains(["PassThrough", "Active"], var.function.tracing_mode)
    error_message = "function.tracing_mode is ${jsonencode(var.function.tracing_mode)}. Use \"Active\" for traces in X-Ray or \"PassThrough\" to leave that to the caller."
  }

  # A name of digits alone would be a version's.
  validation {
    condition = var.function.alias == null ? true : (
      length(regexall("^[A-Za-z0-9_-]{1,128}$", var.function.alias)) == 1 &&
      length(regexall("^[0-9]+$", var.function.alias)) == 0
    )
    error_message = "function.alias is ${jsonencode(var.function.alias)}. Use 1 to 128 letters, digits, hyphens and underscores, not digits alone, for example \"live\"; or leave it out to publish no versions."
  }

  validation {
    condition = (
      var.function.provisioned_concurrent_executions >= 0 &&
      floor(var.function.provisioned_concurrent_executions) == var.function.provisioned_concurrent_executions
    )
    error_message = "function.provisioned_concurrent_executions is ${var.function.provisioned_concurrent_executions}. Use a whole number from 1, or 0 to provision none."
  }

  validation {
    condition     = var.function.provisioned_concurrent_executions > 0 ? var.function.alias != null : true
    error_message = "function.provisioned_concurrent_executions is ${var.function.provisioned_concurrent_executions} and function.alias is null: Lambda provisions only for a published version. Set function.alias, for example to \"live\", or set provisioned_concurrent_executions to 0."
  }

  validation {
    condition = (
      var.function.reserved_concurrent_executions < 0 ||
      var.function.provisioned_concurrent_executions <= var.function.reserved_concurrent_executions
    )
    error_message = "function.provisioned_concurrent_executions is ${var.function.provisioned_concurrent_executions} and function.reserved_concurrent_executions is ${var.function.reserved_concurrent_executions}: Lambda provisions no more than what is reserved. Lower the first, or raise the second to at least ${var.function.provisioned_concurrent_executions}, or set it to -1 to reserve nothing."
  }

  validation {
    condition     = var.function.snap_start ? var.function.alias != null : true
    error_message = "function.snap_start is true and function.alias is null: Lambda takes snapshots only of published versions. Set function.alias, for example to \"live\", or set snap_start to false."
  }

  validation {
    condition     = var.function.snap_start ? var.function.provisioned_concurrent_executions == 0 : true
    error_message = "function.snap_start is true and function.provisioned_concurrent_executions is ${var.function.provisioned_concurrent_executions}: Lambda has one or the other. Set provisioned_concurrent_executions to 0, or snap_start to false."
  }

  validation {
    condition     = var.function.snap_start ? var.function.ephemeral_storage_size <= 512 : true
    error_message = "function.snap_start is true and function.ephemeral_storage_size is ${var.function.ephemeral_storage_size}: Lambda takes snapshots with a /tmp of 512 MB only. Set ephemeral_storage_size to 512, or snap_start to false."
  }

  # Every managed Python that the module takes is new enough.
  validation {
    condition     = var.function.snap_start ? startswith(var.function.runtime, "python") : true
    error_message = "function.snap_start is true and function.runtime is ${jsonencode(var.function.runtime)}: Lambda takes snapshots of its own Python only. Set runtime to \"python3.13\", or snap_start to false."
  }

  # More than one a second would be traffic, and no function runs longer than 900 s.
  validation {
    condition = var.function.heartbeat_seconds == 0 || (
      var.function.heartbeat_seconds >= 1 && var.function.heartbeat_seconds <= 900
    )
    error_message = "function.heartbeat_seconds is ${var.function.heartbeat_seconds}. Use a number of seconds from 1 to 900, for example 15, or 0 for no heartbeats."
  }

  # The runtime takes at most a quarter of the time for it, so a margin can't leave none for the handler.
  validation {
    condition     = var.function.deadline_margin_seconds == null ? true : var.function.deadline_margin_seconds >= 0 && var.function.deadline_margin_seconds <= 900
    error_message = "function.deadline_margin_seconds is ${var.function.deadline_margin_seconds == null ? "null" : var.function.deadline_margin_seconds}. Use a number of seconds from 0 to 900, for example 1."
  }

  validation {
    condition     = alltrue([for key in keys(var.function.environment) : length(regexall("^[A-Za-z][A-Za-z0-9_]+$", key)) == 1])
    error_message = "function.environment has the keys ${jsonencode(keys(var.function.environment))}. Lambda takes names of at least two letters, digits and underscores, beginning with a letter: rename the others."
  }

  validation {
    condition     = alltrue([for value in values(var.function.environment) : value != null])
    error_message = "function.environment has no value for ${jsonencode([for key, value in var.function.environment : key if value == null])}. Give each a text, or leave it out: { for name, value in ... : name => value if value != null }."
  }

  validation {
    condition = var.function.exec_wrapper == null ? true : (
      length(regexall("^/[^\\s]+$", var.function.exec_wrapper)) == 1 && var.function.exec_wrapper != "/var/task/bootstrap"
    )
    error_message = "function.exec_wrapper is ${jsonencode(var.function.exec_wrapper)}. Name the wrapper's path in the function, for example \"/opt/otel-instrument\"; the module's own, /var/task/bootstrap, is used in any case."
  }

  validation {
    condition = alltrue([
      for key in keys(var.function.environment) :
      !startswith(key, "BEDROCK_CHAT_") && !startswith(key, "LAMBDA_STREAM_") && key != "AWS_LAMBDA_EXEC_WRAPPER"
    ])
    error_message = "function.environment has the keys ${jsonencode(keys(var.function.environment))}. The module itself sets BEDROCK_CHAT_* (use the variable bedrock), LAMBDA_STREAM_* (use function.heartbeat_seconds and function.deadline_margin_seconds) and AWS_LAMBDA_EXEC_WRAPPER (it starts the streaming runtime; use function.exec_wrapper for another): remove them."
  }

  # Lambda refuses these at apply: the runtime sets them.
  validation {
    condition = length(setintersection(keys(var.function.environment), [
      "AWS_ACCESS_KEY",
      "AWS_ACCESS_KEY_ID",
      "AWS_DEFAULT_REGION",
      "AWS_EXECUTION_ENV",
      "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
      "AWS_LAMBDA_FUNCTION_NAME",
      "AWS_LAMBDA_FUNCTION_VERSION",
      "AWS_LAMBDA_INITIALIZATION_TYPE",
      "AWS_LAMBDA_LOG_GROUP_NAME",
      "AWS_LAMBDA_LOG_STREAM_NAME",
      "AWS_LAMBDA_RUNTIME_API",
      "AWS_REGION",
      "AWS_SECRET_ACCESS_KEY",
      "AWS_SESSION_TOKEN",
      "LAMBDA_RUNTIME_DIR",
      "LAMBDA_TASK_ROOT",
    ])) == 0
    error_message = "function.environment has the keys ${jsonencode(keys(var.function.environment))}. Lambda reserves AWS_REGION, the AWS_LAMBDA_* that it sets, the credentials, LAMBDA_TASK_ROOT and LAMBDA_RUNTIME_DIR for itself: remove them."
  }
}
