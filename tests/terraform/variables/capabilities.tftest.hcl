# What the root's variables refuse in what models can do, each with its own text. As refusals.tftest.hcl.

variables {
  name    = "chat"
  bedrock = { model_id = "amazon.nova-lite-v1:0", allowed_model_ids = ["amazon.nova-micro-v1:0"] }
}

run "accepts_what_models_can_do" {
  command = plan
  variables {
    bedrock = {
      model_id          = "amazon.nova-lite-v1:0"
      allowed_model_ids = ["amazon.nova-micro-v1:0"]
      capabilities = {
        "amazon.nova-lite-v1:0"  = { json_schema = "native", reasoning_effort = { low = "{\"a\": {\"b\": [1]}}", none = "{}" } }
        "amazon.nova-micro-v1:0" = { images = false, documents = false, tools = false }
      }
    }
  }
}

run "refuses_a_model_that_is_not_named" {
  command = plan
  variables {
    bedrock = {
      model_id     = "amazon.nova-lite-v1:0"
      capabilities = { "eu.amazon.nova-lite-v1:0" = { images = false } }
    }
  }
  expect_failures = [var.bedrock]
}

run "refuses_another_way_to_a_schema" {
  command = plan
  variables {
    bedrock = {
      model_id     = "amazon.nova-lite-v1:0"
      capabilities = { "amazon.nova-lite-v1:0" = { json_schema = "Native" } }
    }
  }
  expect_failures = [var.bedrock]
}

run "refuses_an_effort_that_is_no_json" {
  command = plan
  variables {
    bedrock = {
      model_id     = "amazon.nova-lite-v1:0"
      capabilities = { "amazon.nova-lite-v1:0" = { reasoning_effort = { low = "low" } } }
    }
  }
  expect_failures = [var.bedrock]
}

run "refuses_an_effort_that_is_a_list" {
  command = plan
  variables {
    bedrock = {
      model_id     = "amazon.nova-lite-v1:0"
      capabilities = { "amazon.nova-lite-v1:0" = { reasoning_effort = { low = "{}", high = "[1]" } } }
    }
  }
  expect_failures = [var.bedrock]
}

run "refuses_an_effort_that_is_null_in_json" {
  command = plan
  variables {
    bedrock = {
      model_id     = "amazon.nova-lite-v1:0"
      capabilities = { "amazon.nova-lite-v1:0" = { reasoning_effort = { low = "null" } } }
    }
  }
  expect_failures = [var.bedrock]
}

# "é" is one character of two bytes, and the limit counts bytes: of the JSON, 220 are not its.
run "accepts_3000_bytes" {
  command = plan
  variables {
    bedrock = {
      model_id = "amazon.nova-lite-v1:0"
      capabilities = {
        "amazon.nova-lite-v1:0" = { reasoning_effort = { low = jsonencode({ hint = replace(format("%1390s", ""), " ", "é") }) } }
      }
    }
  }
}

run "refuses_3001_bytes" {
  command = plan
  variables {
    bedrock = {
      model_id = "amazon.nova-lite-v1:0"
      capabilities = {
        "amazon.nova-lite-v1:0" = { reasoning_effort = { low = jsonencode({ hint = "x${replace(format("%1390s", ""), " ", "é")}" }) } }
      }
    }
  }
  expect_failures = [var.bedrock]
}
