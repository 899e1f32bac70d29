# modules/chat-data with the real provider, which renders policy documents without calling AWS.

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "111122223333" }
}

run "a_table_of_its_own" {
  command = plan

  module {
    source = "./modules/chat-data"
  }

  variables {
    name = "chat"
    history = {
      table_name          = null
      kms_key_arn         = "arn:aws:kms:eu-central-1:111122223333:key/1234"
      deletion_protection = true
    }
  }

  assert {
    condition = (
      aws_dynamodb_table.history[0].deletion_protection_enabled &&
      aws_dynamodb_table.history[0].point_in_time_recovery[0].enabled &&
      aws_dynamodb_table.history[0].server_side_encryption[0].kms_key_arn == "arn:aws:kms:eu-central-1:111122223333:key/1234" &&
      one(aws_dynamodb_table.history[0].ttl).attribute_name == "expires_at"
    )
    error_message = "The table is not protected, recoverable, encrypted with the key or short-lived."
  }

  assert {
    condition = jsonencode(jsondecode(output.policies.history).Statement) == jsonencode([
      {
        Action   = ["dynamodb:Query", "dynamodb:PutItem", "dynamodb:ConditionCheckItem", "dynamodb:BatchWriteItem"]
        Effect   = "Allow"
        Resource = "arn:aws:dynamodb:eu-central-1:111122223333:table/chat-history"
        Sid      = "KeepConversations"
      },
      {
        Action    = "kms:Decrypt"
        Condition = { StringEquals = { "kms:ViaService" = "dynamodb.eu-central-1.amazonaws.com" } }
        Effect    = "Allow"
        Resource  = "arn:aws:kms:eu-central-1:111122223333:key/1234"
        Sid       = "UseKeyOfConversations"
      },
    ])
    error_message = output.policies.history
  }
}

run "a_table_that_exists" {
  command = plan

  module {
    source = "./modules/chat-data"
  }

  variables {
    name = "chat"
    history = {
      table_name          = "conversations"
      kms_key_arn         = null
      deletion_protection = false
    }
  }

  assert {
    condition     = length(aws_dynamodb_table.history) == 0 && output.table_name == "conversations"
    error_message = "A table is made beside the one that exists."
  }

  assert {
    condition     = jsondecode(output.policies.history).Statement[0].Resource == "arn:aws:dynamodb:eu-central-1:111122223333:table/conversations"
    error_message = output.policies.history
  }
}

run "a_prompt_in_a_bucket_that_exists" {
  command = plan

  module {
    source = "./modules/chat-data"
  }

  variables {
    name = "chat"
    prompt = {
      bucket      = "prompts"
      key         = "chat/system.md"
      content     = null
      kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/1234"
    }
  }

  assert {
    condition     = length(aws_s3_bucket.prompt) == 0 && length(aws_s3_object.prompt) == 0 && output.prompt_bucket == "prompts"
    error_message = "A bucket or an object is made beside those that exist."
  }

  assert {
    condition = jsonencode(jsondecode(output.policies.prompt).Statement) == jsonencode([
      { Action = "s3:GetObject", Effect = "Allow", Resource = "arn:aws:s3:::prompts/chat/system.md", Sid = "ReadPrompt" },
      {
        Action    = "kms:Decrypt"
        Condition = { StringEquals = { "kms:ViaService" = "s3.eu-central-1.amazonaws.com" } }
        Effect    = "Allow"
        Resource  = "arn:aws:kms:eu-central-1:111122223333:key/1234"
        Sid       = "DecryptPrompt"
      },
    ])
    error_message = output.policies.prompt
  }
}

run "nothing" {
  command = plan

  module {
    source = "./modules/chat-data"
  }

  variables {
    name = "chat"
  }

  assert {
    condition     = length(aws_dynamodb_table.history) == 0 && output.table_name == null && length(output.policies) == 0
    error_message = "Something is made that nobody asked for."
  }
}

run "placeholders_have_a_key_of_their_own" {
  # The policy is known when the key is.
  command = apply

  module {
    source = "./modules/chat-data"
  }

  variables {
    name    = "chat"
    redacts = true
    history = {
      table_name          = null
      kms_key_arn         = "arn:aws:kms:eu-central-1:111122223333:key/1234"
      deletion_protection = false
    }
  }

  override_resource {
    target = aws_dynamodb_table.history
  }

  override_resource {
    target = aws_kms_key.placeholders
    values = { arn = "arn:aws:kms:eu-central-1:111122223333:key/5678" }
  }

  assert {
    condition     = aws_kms_key.placeholders[0].enable_key_rotation && output.placeholders_key_arn == "arn:aws:kms:eu-central-1:111122223333:key/5678"
    error_message = "The key is never rotated, or another one is used."
  }

  assert {
    condition = jsonencode(jsondecode(output.policies.history).Statement[2]) == jsonencode({
      Action    = ["kms:Encrypt", "kms:Decrypt"]
      Condition = { StringEquals = { "kms:EncryptionContext:table" = "chat-history" } }
      Effect    = "Allow"
      Resource  = "arn:aws:kms:eu-central-1:111122223333:key/5678"
      Sid       = "KeepPlaceholders"
    })
    error_message = output.policies.history
  }
}
