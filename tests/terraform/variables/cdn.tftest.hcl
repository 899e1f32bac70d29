# What the root module's `cdn` refuses: only the variables, without a provider.

variables {
  name    = "chat"
  bedrock = { model_id = "amazon.nova-lite-v1:0" }
}

run "no_url_that_it_could_ask" {
  command = plan

  variables {
    cdn          = {}
    function_url = null
  }

  expect_failures = [var.cdn]
}

run "countries_in_small_letters" {
  command = plan

  variables {
    cdn = { countries = { allow = ["cz"] } }
  }

  expect_failures = [var.cdn]
}

run "a_country_with_a_line_end" {
  command = plan

  variables {
    cdn = { countries = { deny = ["CZ\n"] } }
  }

  expect_failures = [var.cdn]
}

run "both_lists_of_countries" {
  command = plan

  variables {
    cdn = { countries = { allow = ["CZ"], deny = ["US"] } }
  }

  expect_failures = [var.cdn]
}

run "no_names" {
  command = plan

  variables {
    cdn = { domain = { names = [], certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/0a" } }
  }

  expect_failures = [var.cdn]
}

run "a_name_with_a_scheme" {
  command = plan

  variables {
    cdn = { domain = { names = ["https://chat.example.com"], certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/0a" } }
  }

  expect_failures = [var.cdn]
}

run "a_certificate_of_the_functions_region" {
  command = plan

  variables {
    cdn = { domain = { names = ["chat.example.com"], certificate_arn = "arn:aws:acm:eu-central-1:111122223333:certificate/0a" } }
  }

  expect_failures = [var.cdn]
}

run "an_old_tls" {
  command = plan

  variables {
    cdn = { domain = { names = ["chat.example.com"], certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/0a", minimum_protocol_version = "TLSv1" } }
  }

  expect_failures = [var.cdn]
}

run "a_silence_that_cloudfront_never_allows" {
  command = plan

  variables {
    cdn = { origin_read_timeout = 181 }
  }

  expect_failures = [var.cdn]
}

run "no_time_at_all" {
  command = plan

  variables {
    cdn = { origin_keepalive_timeout = 0 }
  }

  expect_failures = [var.cdn]
}

run "a_part_of_a_second" {
  command = plan

  variables {
    cdn = { origin_read_timeout = 1.5 }
  }

  expect_failures = [var.cdn]
}

run "a_response_headers_policy_by_its_name" {
  command = plan

  variables {
    cdn = { response_headers_policy_id = "Managed-SecurityHeadersPolicy" }
  }

  expect_failures = [var.cdn]
}

run "a_regional_web_acl" {
  command = plan

  variables {
    cdn = { web_acl_arn = "arn:aws:wafv2:us-east-1:111122223333:regional/webacl/chat/1" }
  }

  expect_failures = [var.cdn]
}

run "a_web_acl_of_another_region" {
  command = plan

  variables {
    cdn = { web_acl_arn = "arn:aws:wafv2:eu-central-1:111122223333:global/webacl/chat/1" }
  }

  expect_failures = [var.cdn]
}

run "a_bucket_by_its_name" {
  command = plan

  variables {
    cdn = { access_log = { bucket_domain_name = "logs" } }
  }

  expect_failures = [var.cdn]
}

run "a_prefix_with_a_slash_in_front" {
  command = plan

  variables {
    cdn = { access_log = { bucket_domain_name = "logs.s3.amazonaws.com", prefix = "/chat" } }
  }

  expect_failures = [var.cdn]
}

run "an_unknown_price_class" {
  command = plan

  variables {
    cdn = { price_class = "PriceClass_300" }
  }

  expect_failures = [var.cdn]
}

run "all_of_it" {
  command = plan

  variables {
    cdn = {
      countries = { allow = ["CZ", "SK"] }
      domain = {
        names                    = ["chat.example.com", "*.chat.example.com"]
        certificate_arn          = "arn:aws:acm:us-east-1:111122223333:certificate/0a1b2c3d"
        minimum_protocol_version = "TLSv1.2_2019"
      }
      origin_read_timeout        = 180
      origin_keepalive_timeout   = 1
      response_headers_policy_id = "67f7725c-6f97-4210-82d7-5512b31e9d03"
      web_acl_arn                = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/chat/0a"
      access_log                 = { bucket_domain_name = "logs.s3.eu-central-1.amazonaws.com", prefix = "chat/" }
      price_class                = "PriceClass_All"
      wait_for_deployment        = false
    }
  }
}
