variable "function" {
  description = <<-EOT
    The Lambda function.
    - `runtime`: `python3.13` or `python3.12` run on Lambda's own interpreter, which AWS patches; `provided.al2023` runs
      on the interpreter that `layers` bring.
    - `memory_size`: in MB, from 128 to 10240. Lambda gives processor time in proportion.
    - `timeout`: in seconds, from 1 to 900; the longest that one answer may stream.
    - `architectures`: `["arm64"]` or `["x86_64"]`. Layers must be built for it.
    - `layers`: ARNs of at most five layer versions. With `provided.al2023` one of them must hold `bin/python3`
      (CPython 3.11 or later, found as /opt/bin/python3) and boto3.
    - `reserved_concurrent_executions`: how many requests may run at once; -1 reserves and limits nothing.
    - `heartbeat_seconds`: how long a handler may be silent before the runtime sends what the response's format lets
      through unseen (a comment in server-sent events, a blank line in NDJSON), again and again, so that proxies with a
      limit of 30 s stay open; from 1 to 900, or 0 for no heartbeats.
    - `deadline_margin_seconds`: how long before `timeout` the runtime ends the handler in good form, so that a stream
      closes with an error event instead of being cut; from 0 to 900. The runtime takes no more than a quarter of
      the time that an invocation has.
    - `environment`: further environment variables, as text. `BEDROCK_CHAT_*`, `LAMBDA_STREAM_*` and
      `AWS_LAMBDA_EXEC_WRAPPER` belong to the module.
  EOT
  type = object({
    runtime                        = optional(string, "python3.13")
    memory_size                    = optional(number, 256)
    timeout                        = optional(number, 180)
    architectures                  = optional(list(string), ["arm64"])
    layers                         = optional(list(string), [])
    reserved_concurrent_executions = optional(number, -1)
    heartbeat_seconds              = optional(number, 15)
    deadline_margin_seconds        = optional(number, 1)
    environment                    = optional(map(string), {})
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
    error_message = "function.runtime is ${jsonencode(var.function.runtime)}, which has no Python, and function.layers is ${jsonencode(var.function.layers)}. Add a layer that holds bin/python3 (CPython 3.11 or later) and boto3, or use \"python3.13\"."
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
      var.function.reserved_concurrent_executions >= -1 &&
      floor(var.function.reserved_concurrent_executions) == var.function.reserved_concurrent_executions
    )
    error_message = "function.reserved_concurrent_executions is ${var.function.reserved_concurrent_executions}. Use a whole number from 0 (nothing runs), or -1 to reserve nothing."
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
    condition     = var.function.deadline_margin_seconds >= 0 && var.function.deadline_margin_seconds <= 900
    error_message = "function.deadline_margin_seconds is ${var.function.deadline_margin_seconds}. Use a number of seconds from 0 to 900, for example 1."
  }

  validation {
    condition     = alltrue([for key in keys(var.function.environment) : length(regexall("^[A-Za-z][A-Za-z0-9_]+$", key)) == 1])
    error_message = "function.environment has the keys ${jsonencode(keys(var.function.environment))}. Lambda takes names of at least two letters, digits and underscores, beginning with a letter: rename the others."
  }

  validation {
    condition = alltrue([
      for key in keys(var.function.environment) :
      !startswith(key, "BEDROCK_CHAT_") && !startswith(key, "LAMBDA_STREAM_") && key != "AWS_LAMBDA_EXEC_WRAPPER"
    ])
    error_message = "function.environment has the keys ${jsonencode(keys(var.function.environment))}. The module itself sets BEDROCK_CHAT_* (use the variable bedrock), LAMBDA_STREAM_* (use function.heartbeat_seconds and function.deadline_margin_seconds) and AWS_LAMBDA_EXEC_WRAPPER (it starts the streaming runtime): remove them."
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
