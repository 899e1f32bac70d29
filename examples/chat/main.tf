# A chat product for one country: CloudFront lets in who is there, personal data is replaced before the model sees it,
# the system prompt is a file in S3, and conversations are kept in DynamoDB.
provider "aws" {
  region = var.region
}

module "chat" {
  source = "../../"

  name = var.name
  bedrock = {
    model_id          = var.model_id
    allowed_model_ids = var.allowed_model_ids
    allowed_regions   = var.allowed_regions
    max_tokens        = var.max_tokens
  }
  chat = {
    page = true
    prompt = {
      content         = file("${path.module}/system.md")
      refresh_seconds = 30
    }
    history = {
      ttl_days            = var.ttl_days
      deletion_protection = var.deletion_protection
    }
    # Comprehend finds names and addresses in English and Spanish; in other languages only patterns look.
    redaction = { detector = "both", other_languages = "patterns" }
  }
  function = { reserved_concurrent_executions = var.reserved_concurrent_executions }
  cdn = {
    countries           = { allow = var.countries }
    wait_for_deployment = var.wait_for_deployment
  }
}
