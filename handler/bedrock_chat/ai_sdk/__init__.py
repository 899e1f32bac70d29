"""The AI SDK's protocols, which `useChat` speaks: its UI message stream, and plain text."""
