# chat.history and chat.prompt: what is refused before anything is planned.

variables {
  name    = "chat"
  bedrock = { model_id = "amazon.nova-lite-v1:0" }
}

run "history_without_a_model" {
  command = plan

  variables {
    bedrock    = null
    handler    = "app.handler"
    source_dir = "src"
    chat       = { history = {} }
  }

  expect_failures = [var.chat]
}

run "no_days" {
  command = plan

  variables {
    chat = { history = { ttl_days = 0 } }
  }

  expect_failures = [var.chat]
}

run "half_a_token" {
  command = plan

  variables {
    chat = { history = { context_tokens = 0.5 } }
  }

  expect_failures = [var.chat]
}

run "no_table_name" {
  command = plan

  variables {
    chat = { history = { table_name = "a table" } }
  }

  expect_failures = [var.chat]
}

run "protection_of_another_table" {
  command = plan

  variables {
    chat = { history = { table_name = "conversations", deletion_protection = true } }
  }

  expect_failures = [var.chat]
}

run "no_key" {
  command = plan

  variables {
    chat = { history = { kms_key_arn = "alias/chat" } }
  }

  expect_failures = [var.chat]
}

run "a_prompt_without_a_first_version" {
  command = plan

  variables {
    chat = { prompt = {} }
  }

  expect_failures = [var.chat]
}

run "a_blank_prompt" {
  command = plan

  variables {
    chat = { prompt = { content = " " } }
  }

  expect_failures = [var.chat]
}

run "a_prompt_that_the_function_would_not_read" {
  command = plan

  variables {
    chat = { prompt = { content = join("", [for _ in range(1000) : format("%0201d", 0)]) } }
  }

  expect_failures = [var.chat]
}

run "content_for_another_bucket" {
  command = plan

  variables {
    chat = { prompt = { bucket = "prompts", content = "Be brief." } }
  }

  expect_failures = [var.chat]
}

run "every_key" {
  command = plan

  variables {
    chat = { prompt = { bucket = "prompts", key = "*" } }
  }

  expect_failures = [var.chat]
}

run "no_bucket" {
  command = plan

  variables {
    chat = { prompt = { bucket = "arn:aws:s3:::prompts" } }
  }

  expect_failures = [var.chat]
}

run "no_refresh" {
  command = plan

  variables {
    chat = { prompt = { bucket = "prompts", refresh_seconds = 0 } }
  }

  expect_failures = [var.chat]
}

run "a_bucket_of_ones_own" {
  command = plan

  variables {
    chat = { prompt = { bucket = "prompts", key = "chat/v1/system.md" } }
  }
}

run "a_table_of_ones_own" {
  command = plan

  variables {
    chat = { history = { table_name = "conversations", ttl_days = 1, context_tokens = 1, kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/1234" } }
  }
}
