output "url" {
  description = "The distribution's URL with a slash at its end: on its own domain, the first name in alphabetical order without a wildcard, where it has one."
  value       = "https://${concat(local.own_hosts, [aws_cloudfront_distribution.front.domain_name])[0]}/"

  # Whoever waits for the URL may call it: without the grants it answers 403.
  depends_on = [aws_lambda_permission.url, aws_lambda_permission.invoke]
}

output "distribution_id" {
  description = "Id of the distribution."
  value       = aws_cloudfront_distribution.front.id
}

output "distribution_arn" {
  description = "ARN of the distribution."
  value       = aws_cloudfront_distribution.front.arn
}

output "domain_target" {
  description = "What the DNS records of the distribution's own names must be an alias for."
  value = {
    domain_name    = aws_cloudfront_distribution.front.domain_name
    hosted_zone_id = aws_cloudfront_distribution.front.hosted_zone_id
  }
}
