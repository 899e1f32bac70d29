variable "cdn" {
  description = <<-EOT
    CloudFront in front of the function URL, which it asks signed requests of; null for none. It caches nothing and
    compresses nothing. The viewer's `Authorization` arrives as `x-viewer-authorization`. A request with a body needs the
    header `x-amz-content-sha256` with the SHA-256 of the body in hex.
    - `countries`: where viewers must be (`allow`), or must not be (`deny`), as ISO 3166-1 codes such as `CZ`; elsewhere
      they get a 403. Neither: everywhere.
    - `domain`: names of your own with one ACM certificate of us-east-1 for all of them, and the oldest TLS that counts. The
      output `cdn_domain_target` has what their DNS records must point to.
    - `origin_read_timeout`: for how many seconds the function may be silent, before its first byte and between two,
      up to 180; a stream that is silent for longer is cut. Heartbeats end a silence. How much CloudFront takes is a quota
      of the account: 60 need none.
    - `origin_keepalive_timeout`: for how many seconds CloudFront keeps an idle connection to the URL, up to 180.
    - `response_headers_policy_id`: what it adds to answers; null for AWS's own policy `SecurityHeadersPolicy`.
    - `web_acl_arn`: ARN of a WAF web ACL with the scope CLOUDFRONT.
    - `access_log`: the domain name of an S3 bucket for one line a request, with access control lists on and outside of the
      regions that CloudFront doesn't log to; null for none.
    - `price_class`: which edges answer: `PriceClass_100` those in Europe, North America and Israel, `PriceClass_200` more,
      `PriceClass_All` all.
    - `wait_for_deployment`: whether an apply ends only when every edge has the change, which takes minutes.
  EOT
  type = object({
    countries = optional(object({
      allow = optional(set(string), [])
      deny  = optional(set(string), [])
    }), {})
    domain = optional(object({
      names                    = set(string)
      certificate_arn          = string
      minimum_protocol_version = optional(string, "TLSv1.2_2021")
    }))
    origin_read_timeout        = optional(number, 60)
    origin_keepalive_timeout   = optional(number, 60)
    response_headers_policy_id = optional(string)
    web_acl_arn                = optional(string)
    access_log = optional(object({
      bucket_domain_name = string
      prefix             = optional(string, "")
    }))
    price_class         = optional(string, "PriceClass_100")
    wait_for_deployment = optional(bool, true)
  })
  default = null

  validation {
    condition     = var.cdn == null || var.function_url != null
    error_message = "cdn is set and function_url is null: CloudFront asks the function through its URL. Set function_url, for example to {}, or remove cdn."
  }

  validation {
    condition = var.cdn == null ? true : alltrue([
      for country in setunion(var.cdn.countries.allow, var.cdn.countries.deny) : length(regexall("^[A-Z]{2}$", country)) == 1 && length(country) == 2
    ])
    error_message = "cdn.countries is ${var.cdn == null ? "null" : jsonencode(var.cdn.countries)}. Use ISO 3166-1 codes, two capital letters each, for example { allow = [\"CZ\"] }."
  }

  validation {
    condition     = var.cdn == null ? true : length(var.cdn.countries.allow) == 0 || length(var.cdn.countries.deny) == 0
    error_message = "cdn.countries is ${var.cdn == null ? "null" : jsonencode(var.cdn.countries)}: CloudFront takes one list. Name the countries to allow, which shuts out all others, or those to deny."
  }

  validation {
    condition = var.cdn == null ? true : var.cdn.domain == null ? true : length(var.cdn.domain.names) > 0 && alltrue([
      for name in var.cdn.domain.names : length(regexall("^([*][.])?([a-z0-9]([a-z0-9-]*[a-z0-9])?[.])+[a-z]{2,}$", name)) == 1 && !endswith(name, "\n")
    ])
    error_message = "cdn.domain.names is ${var.cdn == null ? "null" : var.cdn.domain == null ? "null" : jsonencode(var.cdn.domain.names)}. Give at least one name in lower case, for example [\"chat.example.com\"]."
  }

  validation {
    condition = var.cdn == null ? true : var.cdn.domain == null ? true : (
      length(regexall("^arn:aws[a-z-]*:acm:us-east-1:[0-9]{12}:certificate/[A-Za-z0-9-]+$", var.cdn.domain.certificate_arn)) == 1 && !endswith(var.cdn.domain.certificate_arn, "\n")
    )
    error_message = "cdn.domain.certificate_arn is ${var.cdn == null ? "null" : var.cdn.domain == null ? "null" : jsonencode(var.cdn.domain.certificate_arn)}. Use the ARN of an ACM certificate of us-east-1, where CloudFront looks for them whatever the function's region: \"arn:aws:acm:us-east-1:<account>:certificate/<id>\"."
  }

  validation {
    condition = var.cdn == null ? true : var.cdn.domain == null ? true : contains(
      ["TLSv1.2_2018", "TLSv1.2_2019", "TLSv1.2_2021"], var.cdn.domain.minimum_protocol_version
    )
    error_message = "cdn.domain.minimum_protocol_version is ${var.cdn == null ? "null" : var.cdn.domain == null ? "null" : jsonencode(var.cdn.domain.minimum_protocol_version)}. Use \"TLSv1.2_2021\", or for older clients \"TLSv1.2_2019\" or \"TLSv1.2_2018\"."
  }

  validation {
    condition = var.cdn == null ? true : alltrue([
      for seconds in [var.cdn.origin_read_timeout, var.cdn.origin_keepalive_timeout] : seconds >= 1 && seconds <= 180 && floor(seconds) == seconds
    ])
    error_message = "cdn.origin_read_timeout is ${var.cdn == null ? "null" : var.cdn.origin_read_timeout} and cdn.origin_keepalive_timeout is ${var.cdn == null ? "null" : var.cdn.origin_keepalive_timeout}. Use whole numbers of seconds from 1 to 180."
  }

  validation {
    condition = var.cdn == null ? true : var.cdn.response_headers_policy_id == null ? true : (
      length(regexall("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.cdn.response_headers_policy_id)) == 1 && !endswith(var.cdn.response_headers_policy_id, "\n")
    )
    error_message = "cdn.response_headers_policy_id is ${var.cdn == null ? "null" : jsonencode(var.cdn.response_headers_policy_id)}. Use the id of a response headers policy, for example aws_cloudfront_response_headers_policy.own.id, or leave it out for AWS's SecurityHeadersPolicy."
  }

  validation {
    condition = var.cdn == null ? true : var.cdn.web_acl_arn == null ? true : (
      length(regexall("^arn:aws[a-z-]*:wafv2:us-east-1:[0-9]{12}:global/webacl/", var.cdn.web_acl_arn)) == 1
    )
    error_message = "cdn.web_acl_arn is ${var.cdn == null ? "null" : jsonencode(var.cdn.web_acl_arn)}. Use the ARN of a web ACL with the scope CLOUDFRONT, which is one of us-east-1: \"arn:aws:wafv2:us-east-1:<account>:global/webacl/<name>/<id>\"."
  }

  validation {
    condition = var.cdn == null ? true : var.cdn.access_log == null ? true : (
      length(regexall("^[a-z0-9][a-z0-9.-]+[.]s3[a-z0-9.-]*[.]amazonaws[.]com$", var.cdn.access_log.bucket_domain_name)) == 1 && !endswith(var.cdn.access_log.bucket_domain_name, "\n") &&
      !startswith(var.cdn.access_log.prefix, "/")
    )
    error_message = "cdn.access_log is ${var.cdn == null ? "null" : jsonencode(var.cdn.access_log)}. Give the bucket's domain name as bucket_domain_name, for example aws_s3_bucket.logs.bucket_domain_name, which is \"<bucket>.s3.amazonaws.com\", and a prefix without a slash at its beginning."
  }

  validation {
    condition     = var.cdn == null ? true : contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], var.cdn.price_class)
    error_message = "cdn.price_class is ${var.cdn == null ? "null" : jsonencode(var.cdn.price_class)}. Use \"PriceClass_100\", \"PriceClass_200\" or \"PriceClass_All\"."
  }
}
