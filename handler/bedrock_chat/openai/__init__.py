"""OpenAI's Chat Completions over Converse: what its clients send, and what they read."""
