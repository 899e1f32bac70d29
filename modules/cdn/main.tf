# CloudFront in front of a function URL for signed requests. CloudFront signs what it lets through, so that the URL stays
# closed to everyone else.

data "aws_region" "current" {}

locals {
  # CloudFront's names count in the whole account, those of a function in its region.
  global_name = "${var.name}-${data.aws_region.current.id}"

  # What AWS manages has the same id in every account, and reading it by its name would take more rights at plan.
  #
  # Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html,
  # using-managed-origin-request-policies.html and using-managed-response-headers-policies.html
  caching_disabled              = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
  all_viewer_except_host_header = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
  managed_security_headers      = "67f7725c-6f97-4210-82d7-5512b31e9d03"
  lists                         = { whitelist = var.settings.countries.allow, blacklist = var.settings.countries.deny }
  geo_restriction               = one([for kind, countries in local.lists : kind if length(countries) > 0])
  has_own_domain                = var.settings.domain != null
  own_hosts                     = local.has_own_domain ? sort([for name in var.settings.domain.names : name if !startswith(name, "*")]) : []
  # Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
  errors_kept_by_default = [404, 405, 414, 500, 501, 502, 503, 504]
  origin_id              = "function-url"
}

resource "aws_cloudfront_origin_access_control" "function_url" {
  name                              = local.global_name
  description                       = "Signs what CloudFront asks of the function URL of ${var.name}."
  origin_access_control_origin_type = "lambda"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_function" "viewer_request" {
  name    = local.global_name
  comment = "Copies Authorization to x-viewer-authorization for ${var.name}."
  runtime = "cloudfront-js-2.0"
  code    = file("${path.module}/viewer-request.js")
  publish = true
}

resource "aws_cloudfront_distribution" "front" {
  enabled         = true
  comment         = "Streams what the Lambda function ${var.name} answers."
  aliases         = local.has_own_domain ? var.settings.domain.names : []
  http_version    = "http2and3"
  is_ipv6_enabled = true
  price_class     = var.settings.price_class
  web_acl_id      = var.settings.web_acl_arn
  tags            = var.tags

  wait_for_deployment = var.settings.wait_for_deployment

  origin {
    origin_id                = local.origin_id
    domain_name              = split("/", var.function_url)[2]
    origin_access_control_id = aws_cloudfront_origin_access_control.function_url.id

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
      # The first counts until the first byte, and then between two: for as long may a stream be silent.
      origin_read_timeout      = var.settings.origin_read_timeout
      origin_keepalive_timeout = var.settings.origin_keepalive_timeout
    }
  }

  default_cache_behavior {
    target_origin_id           = local.origin_id
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
    cached_methods             = ["GET", "HEAD"]
    cache_policy_id            = local.caching_disabled
    origin_request_policy_id   = local.all_viewer_except_host_header
    response_headers_policy_id = coalesce(var.settings.response_headers_policy_id, local.managed_security_headers)
    # A compressor holds bytes back.
    compress = false

    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.viewer_request.arn
    }
  }

  # Else CloudFront keeps these for ten seconds, whatever the cache policy says, and gives one viewer's error to another.
  dynamic "custom_error_response" {
    for_each = local.errors_kept_by_default

    content {
      error_code            = custom_error_response.value
      error_caching_min_ttl = 0
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = coalesce(local.geo_restriction, "none")
      locations        = local.geo_restriction == null ? [] : local.lists[local.geo_restriction]
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = !local.has_own_domain
    acm_certificate_arn            = local.has_own_domain ? var.settings.domain.certificate_arn : null
    ssl_support_method             = local.has_own_domain ? "sni-only" : null
    minimum_protocol_version       = local.has_own_domain ? var.settings.domain.minimum_protocol_version : null
  }

  dynamic "logging_config" {
    for_each = var.settings.access_log[*]

    content {
      bucket          = logging_config.value.bucket_domain_name
      prefix          = logging_config.value.prefix
      include_cookies = false
    }
  }
}

# Two grants, as for every caller of a function URL since October 2025: one alone is a 403. Both are for this distribution
# only, and on what the URL invokes: a grant on the function doesn't count for its alias.
resource "aws_lambda_permission" "url" {
  statement_id  = "CloudFrontFunctionUrl"
  function_name = var.function.arn
  qualifier     = var.function.alias
  action        = "lambda:InvokeFunctionUrl"
  principal     = "cloudfront.amazonaws.com"
  source_arn    = aws_cloudfront_distribution.front.arn
}

resource "aws_lambda_permission" "invoke" {
  statement_id  = "CloudFrontInvoke"
  function_name = var.function.arn
  qualifier     = var.function.alias
  action        = "lambda:InvokeFunction"
  principal     = "cloudfront.amazonaws.com"
  source_arn    = aws_cloudfront_distribution.front.arn

  # One after the other: Lambda refuses two writes of the same policy at the same moment.
  depends_on = [aws_lambda_permission.url]
}
