# What the root's variables refuse, each with its own text. Run on the variables alone.
# Each run breaks one rule of several variables: every variable that is listed must fail.

variables {
  name    = "chat"
  bedrock = { model_id = "amazon.nova-lite-v1:0" }
}

run "refuses_what_is_missing" {
  command = plan
  variables {
    bedrock  = { model_id = null }
    function = { runtime = "provided.al2023" } # without a layer
    cors     = { allow_origins = [] }
  }
  expect_failures = [var.bedrock, var.function, var.cors]
}

run "refuses_wildcards_and_more_memory_than_lambda_has" {
  command = plan
  variables {
    function = { memory_size = 10241 }
    bedrock  = { model_id = "amazon.nova-*" }
    cors     = { allow_origins = ["*"], allow_credentials = true }
  }
  expect_failures = [var.bedrock, var.cors, var.function]
}

run "refuses_wildcards_behind_a_profile_and_layers_without_a_version" {
  command = plan
  variables {
    bedrock = {
      model_id                 = "eu.amazon.nova-lite-v1:0"
      inference_profile_models = { "eu.amazon.nova-lite-v1:0" = ["arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0"] }
    }
    function = { layers = ["arn:aws:lambda:eu-central-1:111122223333:layer:python"] }
  }
  expect_failures = [var.bedrock, var.function]
}

run "refuses_other_spellings" {
  command = plan
  variables {
    name = "support_chat"
    bedrock = {
      model_id          = "amazon.nova-lite-v1:0"
      allowed_model_ids = ["arn:aws:bedrock:eu-central-1:111122223333:prompt/ABCDEFGHIJ"]
    }
    function = { runtime = "nodejs22.x" }
    cors     = { allow_origins = ["https://app.example.com/"] }
    logging  = { retention_in_days = 31 }
  }
  expect_failures = [var.name, var.bedrock, var.function, var.cors, var.logging]
}

# By itself: cors is compared with function_url, so Terraform looks at it only once function_url is right.
run "refuses_another_authorization" {
  command = plan
  variables {
    function_url = { authorization_type = "IAM" }
  }
  expect_failures = [var.function_url]
}

run "refuses_too_little" {
  command = plan
  variables {
    name     = ""
    bedrock  = { model_id = "amazon.nova-lite-v1:0", max_tokens = 0 }
    function = { memory_size = 127 }
    cors     = { allow_origins = ["*"], max_age = -1 }
  }
  expect_failures = [var.name, var.bedrock, var.function, var.cors]
}

run "refuses_too_much" {
  command = plan
  variables {
    name     = "a23456789-123456789-123456789-123456789-123456789"
    bedrock  = { model_id = "amazon.nova-lite-v1:0", max_input_bytes = 6291457 }
    function = { timeout = 901 }
    cors     = { allow_origins = ["*"], max_age = 86401 }
  }
  expect_failures = [var.name, var.bedrock, var.function, var.cors]
}

run "refuses_too_many" {
  command = plan
  variables {
    bedrock  = { model_id = "amazon.nova-lite-v1:0", system_prompt = "x${replace(format("%1500s", ""), " ", "é")}" } # 3001 bytes
    function = { architectures = ["arm64", "x86_64"] }
  }
  expect_failures = [var.bedrock, var.function]
}

run "refuses_fractions" {
  command = plan
  variables {
    bedrock  = { model_id = "amazon.nova-lite-v1:0", max_tokens = 1.5 }
    function = { reserved_concurrent_executions = 0.5 }
    cors     = { allow_origins = ["*"], max_age = 0.5 }
  }
  expect_failures = [var.bedrock, var.function, var.cors]
}

run "refuses_what_aws_rejects_later" {
  command = plan
  variables {
    bedrock  = { model_id = "amazon.nova-lite-v1:0", system_prompt = " \n" }
    function = { environment = { "MY-TEAM" = "support" } }
    cors     = { allow_origins = ["*"], allow_methods = ["POST", "OPTIONS"] }
    tags     = { "AWS:team" = "support" }
  }
  expect_failures = [var.bedrock, var.function, var.cors, var.tags]
}

run "refuses_the_variables_that_lambda_sets" {
  command = plan
  variables {
    function = { environment = { AWS_REGION = "eu-central-1" } }
  }
  expect_failures = [var.function]
}

run "refuses_the_variables_that_the_module_sets_and_profiles_that_are_not_used" {
  command = plan
  variables {
    bedrock = {
      model_id                 = "amazon.nova-lite-v1:0"
      inference_profile_models = { "eu.amazon.nova-lite-v1:0" = ["arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"] }
    }
    function = { environment = { BEDROCK_CHAT_MODEL_ID = "amazon.nova-pro-v1:0" } }
  }
  expect_failures = [var.bedrock, var.function]
}

run "refuses_another_exec_wrapper_and_profiles_without_models" {
  command = plan
  variables {
    bedrock = {
      model_id                 = "eu.amazon.nova-lite-v1:0"
      inference_profile_models = { "eu.amazon.nova-lite-v1:0" = [] }
    }
    function = { environment = { AWS_LAMBDA_EXEC_WRAPPER = "/opt/otel-instrument" } }
  }
  expect_failures = [var.bedrock, var.function]
}

run "refuses_another_architecture_and_headers_in_one_string" {
  command = plan
  variables {
    cors     = { allow_origins = ["*"], allow_headers = ["x-team, x-user"] }
    function = { architectures = ["amd64"] }
  }
  expect_failures = [var.function, var.cors]
}

run "refuses_negative_concurrency" {
  command = plan
  variables {
    function = { reserved_concurrent_executions = -2 }
  }
  expect_failures = [var.function]
}

run "refuses_heartbeats_more_often_than_each_second" {
  command = plan
  variables {
    function = { heartbeat_seconds = 0.5 }
  }
  expect_failures = [var.function]
}

run "refuses_heartbeats_later_than_any_timeout" {
  command = plan
  variables {
    function = { heartbeat_seconds = 901 }
  }
  expect_failures = [var.function]
}

run "refuses_negative_heartbeats" {
  command = plan
  variables {
    function = { heartbeat_seconds = -1 }
  }
  expect_failures = [var.function]
}

run "refuses_a_negative_margin" {
  command = plan
  variables {
    function = { deadline_margin_seconds = -0.5 }
  }
  expect_failures = [var.function]
}

run "refuses_a_margin_over_the_longest_timeout_and_cors_without_a_url" {
  command = plan
  variables {
    function     = { deadline_margin_seconds = 901 }
    function_url = null
    cors         = { allow_origins = ["https://app.example.com"] }
  }
  expect_failures = [var.function, var.cors]
}

run "refuses_the_runtimes_own_variables_and_more_headers_to_be_read_than_lambda_takes" {
  command = plan
  variables {
    cors     = { allow_origins = ["*"], expose_headers = [for number in range(101) : "x-${number}"] }
    function = { environment = { LAMBDA_STREAM_HEARTBEAT_SECONDS = "5" } }
  }
  expect_failures = [var.function, var.cors]
}

run "refuses_a_small_disk_and_an_unknown_log_format" {
  command = plan
  variables {
    function = { ephemeral_storage_size = 511 }
    logging  = { format = "text" }
  }
  expect_failures = [var.function, var.logging]
}

run "refuses_a_large_disk_and_an_unknown_level_of_the_application" {
  command = plan
  variables {
    function = { ephemeral_storage_size = 10241 }
    logging  = { format = "JSON", application_log_level = "WARNING" }
  }
  expect_failures = [var.function, var.logging]
}

run "refuses_half_a_megabyte_and_an_unknown_level_of_the_system" {
  command = plan
  variables {
    function = { ephemeral_storage_size = 512.5 }
    logging  = { format = "JSON", system_log_level = "ERROR" }
  }
  expect_failures = [var.function, var.logging]
}

run "refuses_another_tracing_mode_and_a_level_for_text" {
  command = plan
  variables {
    function = { tracing_mode = "Passthrough" }
    logging  = { application_log_level = "INFO" }
  }
  expect_failures = [var.function, var.logging]
}

run "refuses_a_key_by_its_alias_and_a_system_level_for_text" {
  command = plan
  variables {
    function = { kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:alias/chat" }
    logging  = { format = "Text", system_log_level = "INFO" }
  }
  expect_failures = [var.function, var.logging]
}

run "refuses_a_vpc_without_security_groups_and_a_key_by_its_id" {
  command = plan
  variables {
    function = { vpc = { subnet_ids = ["subnet-0123456789abcdef0"], security_group_ids = [] } }
    logging  = { kms_key_arn = "12345678-1234-1234-1234-123456789012" }
  }
  expect_failures = [var.function, var.logging]
}

run "refuses_a_vpc_without_subnets" {
  command = plan
  variables {
    function = { vpc = { subnet_ids = [], security_group_ids = ["sg-0123456789abcdef0"] } }
  }
  expect_failures = [var.function]
}

run "refuses_more_subnets_and_longer_headers_than_lambda_takes" {
  command = plan
  variables {
    cors     = { allow_origins = ["*"], expose_headers = [replace(format("%1025s", ""), " ", "x")] }
    function = { vpc = { subnet_ids = [for number in range(17) : "subnet-${number}"], security_group_ids = ["sg-0"] } }
  }
  expect_failures = [var.function, var.cors]
}

run "refuses_more_security_groups_than_lambda_takes" {
  command = plan
  variables {
    function = { vpc = { subnet_ids = ["subnet-0"], security_group_ids = [for number in range(6) : "sg-${number}"] } }
  }
  expect_failures = [var.function]
}

run "refuses_names_of_subnets_and_more_headers_than_lambda_takes" {
  command = plan
  variables {
    cors     = { allow_origins = ["*"], allow_headers = [for number in range(96) : "x-${number}"] } # and the module's five
    function = { vpc = { subnet_ids = ["private-subnet-0"], security_group_ids = ["sg-0"] } }
  }
  expect_failures = [var.function, var.cors]
}

run "refuses_names_of_security_groups" {
  command = plan
  variables {
    function = { vpc = { subnet_ids = ["subnet-0"], security_group_ids = ["sg-0 (default)"] } }
  }
  expect_failures = [var.function]
}

run "refuses_an_alias_of_digits_and_a_role_by_its_name" {
  command = plan
  variables {
    function = { alias = "42" }
    role     = { existing = { arn = "my-role" } }
  }
  expect_failures = [var.function, var.role]
}

run "refuses_an_alias_with_a_dot_and_a_boundary_by_its_name" {
  command = plan
  variables {
    function = { alias = "v1.2" }
    role     = { permissions_boundary = "developers" }
  }
  expect_failures = [var.function, var.role]
}

run "refuses_an_empty_alias_and_a_boundary_on_an_existing_role" {
  command = plan
  variables {
    function = { alias = "" }
    role = {
      existing             = { arn = "arn:aws:iam::111122223333:role/mine" }
      permissions_boundary = "arn:aws:iam::111122223333:policy/boundary"
    }
  }
  expect_failures = [var.function, var.role]
}

run "refuses_an_existing_role_without_its_arn_no_time_and_no_input" {
  command = plan
  variables {
    function = { timeout = 0 }
    bedrock  = { model_id = "amazon.nova-lite-v1:0", max_input_bytes = 0 }
    role     = { existing = { arn = null } }
  }
  expect_failures = [var.role, var.function, var.bedrock]
}

run "refuses_provisioned_concurrency_without_an_alias_and_too_many_tags" {
  command = plan
  variables {
    function = { provisioned_concurrent_executions = 1 }
    tags     = { for number in range(51) : "tag-${number}" => "x" }
  }
  expect_failures = [var.function, var.tags]
}

run "refuses_more_provisioned_than_reserved_and_tags_that_iam_takes_for_one" {
  command = plan
  variables {
    function = { alias = "live", provisioned_concurrent_executions = 3, reserved_concurrent_executions = 2 }
    tags     = { Team = "a", team = "b" }
  }
  expect_failures = [var.function, var.tags]
}

run "refuses_provisioned_concurrency_of_a_function_that_may_not_run_and_tags_with_commas" {
  command = plan
  variables {
    function = { alias = "live", provisioned_concurrent_executions = 1, reserved_concurrent_executions = 0 }
    tags     = { team = "a, b" }
  }
  expect_failures = [var.function, var.tags]
}

run "refuses_negative_provisioned_concurrency_and_empty_tag_keys" {
  command = plan
  variables {
    function = { alias = "live", provisioned_concurrent_executions = -1 }
    tags     = { "" = "x" }
  }
  expect_failures = [var.function, var.tags]
}

run "refuses_snapshots_without_an_alias" {
  command = plan
  variables {
    function = { snap_start = true }
  }
  expect_failures = [var.function]
}

run "refuses_snapshots_with_provisioned_concurrency" {
  command = plan
  variables {
    function = { snap_start = true, alias = "live", provisioned_concurrent_executions = 1 }
  }
  expect_failures = [var.function]
}

run "refuses_snapshots_with_a_large_tmp" {
  command = plan
  variables {
    function = { snap_start = true, alias = "live", ephemeral_storage_size = 513 }
  }
  expect_failures = [var.function]
}

run "refuses_snapshots_of_an_interpreter_of_ones_own" {
  command = plan
  variables {
    function = {
      snap_start = true, alias = "live", runtime = "provided.al2023"
      layers     = ["arn:aws:lambda:eu-central-1:111122223333:layer:python:7"]
    }
  }
  expect_failures = [var.function]
}

run "refuses_half_an_environment_and_long_tag_keys" {
  command = plan
  variables {
    function = { alias = "live", provisioned_concurrent_executions = 0.5 }
    tags     = { (replace(format("%129s", ""), " ", "k")) = "x" }
  }
  expect_failures = [var.function, var.tags]
}

run "refuses_long_tag_values_more_origins_and_more_layers_than_lambda_takes" {
  command = plan
  variables {
    function = { layers = [for number in range(6) : "arn:aws:lambda:eu-central-1:111122223333:layer:l${number}:7"] }
    cors     = { allow_origins = [for number in range(101) : "https://${number}.example.com"] }
    tags     = { team = replace(format("%257s", ""), " ", "v") }
  }
  expect_failures = [var.tags, var.cors, var.function]
}

run "refuses_two_versions_of_a_layer_and_longer_origins_than_lambda_takes" {
  command = plan
  variables {
    cors = { allow_origins = ["https://${replace(format("%246s", ""), " ", "x")}"] } # 254 characters
    function = {
      layers = [
        "arn:aws:lambda:eu-central-1:111122223333:layer:tools:1",
        "arn:aws:lambda:eu-central-1:111122223333:layer:tools:2",
      ]
    }
  }
  expect_failures = [var.function, var.cors]
}

run "refuses_variables_and_tags_without_a_value_and_more_methods_than_lambda_takes" {
  command = plan
  variables {
    cors     = { allow_origins = ["*"], allow_methods = ["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", "*"] }
    function = { environment = { TEAM = null } }
    tags     = { team = null }
  }
  expect_failures = [var.function, var.tags, var.cors]
}

run "refuses_tags_that_the_stack_refuses" {
  command = plan
  variables {
    function_url = { authorization_type = "NONE" }
    function     = { reserved_concurrent_executions = 10 }
    tags         = { team = "" }
  }
  expect_failures = [var.tags]
}

run "a_wrapper_that_is_no_path" {
  command = plan

  variables {
    function = { exec_wrapper = "otel-instrument" }
  }

  expect_failures = [var.function]
}

run "the_modules_own_wrapper" {
  command = plan

  variables {
    function = { exec_wrapper = "/var/task/bootstrap" }
  }

  expect_failures = [var.function]
}

run "refuses_settings_of_the_application_without_it" {
  command = plan
  variables {
    bedrock    = null
    source_dir = "src"
    handler    = "app.handler"
    chat       = { page = true }
  }
  expect_failures = [var.chat]
}

run "refuses_a_detector_that_is_none" {
  command = plan
  variables {
    chat = { redaction = { detector = "regex" } }
  }
  expect_failures = [var.chat]
}

run "refuses_a_language_that_comprehend_does_not_read" {
  command = plan
  variables {
    chat = { redaction = { language = "de" } }
  }
  expect_failures = [var.chat]
}

run "refuses_a_misspelt_type_of_personal_data" {
  command = plan
  variables {
    chat = { redaction = { entity_types = ["EMIAL"] } }
  }
  expect_failures = [var.chat]
}

run "refuses_no_types_of_personal_data" {
  command = plan
  variables {
    chat = { redaction = { entity_types = [] } }
  }
  expect_failures = [var.chat]
}

run "refuses_a_type_that_patterns_do_not_find" {
  command = plan
  variables {
    chat = { redaction = { detector = "patterns", entity_types = ["NAME"] } }
  }
  expect_failures = [var.chat]
}

run "refuses_a_score_above_one" {
  command = plan
  variables {
    chat = { redaction = { min_score = 50 } }
  }
  expect_failures = [var.chat]
}

run "refuses_a_failure_that_lets_personal_data_through" {
  command = plan
  variables {
    chat = { redaction = { on_failure = "ignore" } }
  }
  expect_failures = [var.chat]
}

run "refuses_another_word_for_other_languages" {
  command = plan
  variables {
    chat = { redaction = { other_languages = "ignore" } }
  }
  expect_failures = [var.chat]
}

run "refuses_redaction_without_the_application" {
  command = plan
  variables {
    bedrock    = null
    source_dir = "src"
    handler    = "app.handler"
    chat       = { redaction = {} }
  }
  expect_failures = [var.chat]
}

run "refuses_a_client_that_is_none" {
  command = plan
  variables {
    bedrock = { model_id = "amazon.nova-lite-v1:0", client = "botocore" }
  }
  expect_failures = [var.bedrock]
}

run "refuses_without_openai_where_there_is_no_application" {
  command = plan
  variables {
    bedrock    = null
    source_dir = "src"
    handler    = "app.handler"
    chat       = { openai = false }
  }
  expect_failures = [var.chat]
}

run "refuses_without_the_ai_sdk_where_there_is_no_application" {
  command = plan
  variables {
    bedrock    = null
    source_dir = "src"
    handler    = "app.handler"
    chat       = { ai_sdk = false }
  }
  expect_failures = [var.chat]
}

run "refuses_instructions_of_clients_where_there_is_no_application" {
  command = plan
  variables {
    bedrock    = null
    source_dir = "src"
    handler    = "app.handler"
    chat       = { client_system_prompt = true }
  }
  expect_failures = [var.chat]
}
