# What the root's variables refuse in what every call of Bedrock has, each with its own text. As refusals.tftest.hcl.

variables {
  name    = "chat"
  bedrock = { model_id = "amazon.nova-lite-v1:0" }
}

run "accepts_everything_at_once" {
  command = plan
  variables {
    bedrock = {
      model_id = "amazon.nova-lite-v1:0"
      guardrail = {
        id                     = "a1b2c3d4e5f6"
        version                = "99999999"
        stream_processing_mode = "async"
        profile_arns           = ["arn:aws:bedrock:eu-west-1:111122223333:guardrail-profile/eu.guardrail.v1:0"]
      }
      service_tier        = "reserved"
      performance_latency = "optimized"
      request_metadata    = { for number in range(16) : "key ${number}:_@$#=/+,.-" => number == 0 ? "" : "a value, as long as it may be${format("%227s", "")}" }
      allowed_regions     = ["eu-central-1", "eusc-de-east-1", "us-gov-west-1"]
      capabilities = {
        "amazon.nova-lite-v1:0" = {
          reasoning_effort         = { low = "{}", high = "{}" }
          default_reasoning_effort = "high"
          prompt_caching           = ["system", "tools", "messages"]
          prompt_cache_ttl         = "1h"
        }
      }
    }
  }
}

run "accepts_a_guardrail_by_arn" {
  command = plan
  variables {
    bedrock = {
      model_id  = "amazon.nova-lite-v1:0"
      guardrail = { id = "arn:aws-us-gov:bedrock:us-gov-west-1:111122223333:guardrail/a1b2c3d4e5f6" }
    }
  }
}

run "refuses_a_default_effort_of_another_model" {
  command = plan
  variables {
    bedrock = {
      model_id          = "amazon.nova-lite-v1:0"
      allowed_model_ids = ["amazon.nova-micro-v1:0"]
      capabilities = {
        "amazon.nova-lite-v1:0"  = { reasoning_effort = { low = "{}" } }
        "amazon.nova-micro-v1:0" = { default_reasoning_effort = "low" }
      }
    }
  }
  expect_failures = [var.bedrock]
}

run "refuses_to_cache_what_is_no_part_of_a_prompt" {
  command = plan
  variables {
    bedrock = {
      model_id     = "amazon.nova-lite-v1:0"
      capabilities = { "amazon.nova-lite-v1:0" = { prompt_caching = ["system", "documents"] } }
    }
  }
  expect_failures = [var.bedrock]
}

run "refuses_another_time_in_the_cache" {
  command = plan
  variables {
    bedrock = {
      model_id     = "amazon.nova-lite-v1:0"
      capabilities = { "amazon.nova-lite-v1:0" = { prompt_caching = ["system"], prompt_cache_ttl = "60m" } }
    }
  }
  expect_failures = [var.bedrock]
}

run "refuses_a_time_without_a_cache" {
  command = plan
  variables {
    bedrock = {
      model_id     = "amazon.nova-lite-v1:0"
      capabilities = { "amazon.nova-lite-v1:0" = { prompt_cache_ttl = "5m" } }
    }
  }
  expect_failures = [var.bedrock]
}

run "refuses_a_guardrail_without_an_id" {
  command = plan
  variables {
    bedrock = { model_id = "amazon.nova-lite-v1:0", guardrail = { id = null } }
  }
  expect_failures = [var.bedrock]
}

run "refuses_a_guardrail_by_name" {
  command = plan
  variables {
    bedrock = { model_id = "amazon.nova-lite-v1:0", guardrail = { id = "No-Insults" } }
  }
  expect_failures = [var.bedrock]
}

run "refuses_a_guardrail_by_arn_with_its_version" {
  command = plan
  variables {
    bedrock = { model_id = "amazon.nova-lite-v1:0", guardrail = { id = "arn:aws:bedrock:eu-west-1:111122223333:guardrail/a1b2c3:1" } }
  }
  expect_failures = [var.bedrock]
}

run "refuses_another_version" {
  command = plan
  variables {
    bedrock = { model_id = "amazon.nova-lite-v1:0", guardrail = { id = "a1b2c3", version = "draft" } }
  }
  expect_failures = [var.bedrock]
}

run "refuses_version_0" {
  command = plan
  variables {
    bedrock = { model_id = "amazon.nova-lite-v1:0", guardrail = { id = "a1b2c3", version = "0" } }
  }
  expect_failures = [var.bedrock]
}

run "refuses_another_processing_mode" {
  command = plan
  variables {
    bedrock = { model_id = "amazon.nova-lite-v1:0", guardrail = { id = "a1b2c3", stream_processing_mode = "asynchronous" } }
  }
  expect_failures = [var.bedrock]
}

run "refuses_another_kind_of_profile" {
  command = plan
  variables {
    bedrock = {
      model_id = "amazon.nova-lite-v1:0"
      guardrail = {
        id           = "a1b2c3"
        profile_arns = ["arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.amazon.nova-lite-v1:0"]
      }
    }
  }
  expect_failures = [var.bedrock]
}

run "refuses_a_profile_with_a_wildcard" {
  command = plan
  variables {
    bedrock = {
      model_id  = "amazon.nova-lite-v1:0"
      guardrail = { id = "a1b2c3", profile_arns = ["arn:aws:bedrock:*:111122223333:guardrail-profile/eu.guardrail.v1:0"] }
    }
  }
  expect_failures = [var.bedrock]
}

run "refuses_another_tier" {
  command = plan
  variables {
    bedrock = { model_id = "amazon.nova-lite-v1:0", service_tier = "standard" }
  }
  expect_failures = [var.bedrock]
}

run "refuses_another_latency" {
  command = plan
  variables {
    bedrock = { model_id = "amazon.nova-lite-v1:0", performance_latency = "low" }
  }
  expect_failures = [var.bedrock]
}

run "refuses_seventeen_labels" {
  command = plan
  variables {
    bedrock = { model_id = "amazon.nova-lite-v1:0", request_metadata = { for number in range(17) : "key${number}" => "x" } }
  }
  expect_failures = [var.bedrock]
}

run "refuses_a_label_that_bedrock_does_not_take" {
  command = plan
  variables {
    bedrock = { model_id = "amazon.nova-lite-v1:0", request_metadata = { team = "a|b" } }
  }
  expect_failures = [var.bedrock]
}

run "refuses_a_label_without_a_name" {
  command = plan
  variables {
    bedrock = { model_id = "amazon.nova-lite-v1:0", request_metadata = { "" = "x" } }
  }
  expect_failures = [var.bedrock]
}

run "refuses_a_label_that_is_too_long" {
  command = plan
  variables {
    bedrock = { model_id = "amazon.nova-lite-v1:0", request_metadata = { team = format("%257s", "x") } }
  }
  expect_failures = [var.bedrock]
}

run "refuses_regions_with_a_wildcard" {
  command = plan
  variables {
    bedrock = { model_id = "amazon.nova-lite-v1:0", allowed_regions = ["eu-central-1", "eu-*"] }
  }
  expect_failures = [var.bedrock]
}

run "refuses_a_geography" {
  command = plan
  variables {
    bedrock = { model_id = "amazon.nova-lite-v1:0", allowed_regions = ["eu"] }
  }
  expect_failures = [var.bedrock]
}

run "refuses_no_region" {
  command = plan
  variables {
    bedrock = { model_id = "amazon.nova-lite-v1:0", allowed_regions = [] }
  }
  expect_failures = [var.bedrock]
}
