variable "chat" {
  description = <<-EOT
    What the application serves besides `POST /chat`, and what its clients may do. Only with `bedrock`.
    - `page`: a chat page at `GET /`, for a browser. A browser signs nothing: it needs a URL or an API that is open, or
      something in front that signs.
    - `openai`: OpenAI's Chat Completions, `POST /v1/chat/completions` and `GET /v1/models`.
    - `ai_sdk`: the AI SDK's UI message stream, `POST /api/chat`.
    - `client_system_prompt`: whether a request may bring instructions of its own, which follow `bedrock.system_prompt`.
      Null: where there is no such prompt, so that nothing is added to the operator's.
  EOT
  type = object({
    page                 = optional(bool, false)
    openai               = optional(bool, true)
    ai_sdk               = optional(bool, true)
    client_system_prompt = optional(bool)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.bedrock != null || (!var.chat.page && var.chat.openai && var.chat.ai_sdk && var.chat.client_system_prompt != true)
    error_message = "bedrock is null and chat is ${jsonencode(var.chat)}: these are settings of the module's own application, which needs a model. Set bedrock, for example to { model_id = \"amazon.nova-lite-v1:0\" }, or leave chat out."
  }
}
