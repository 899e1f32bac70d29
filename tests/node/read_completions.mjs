// Reads each streamed completion with npm's `openai` and with the AI SDK's provider for endpoints like OpenAI's; prints
// the text that each saw and the errors that it reported.
import OpenAI from "openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { streamText } from "ai";
import { given } from "./input.mjs";

const answering = (body) => async () =>
  new Response(Buffer.from(body, "base64"), { headers: { "content-type": "text/event-stream" } });

const readWithOpenai = async (fetch) => {
  const client = new OpenAI({ baseURL: "http://127.0.0.1/v1", apiKey: "none", maxRetries: 0, fetch });
  const seen = { text: "", errors: [] };
  try {
    const messages = [{ role: "user", content: "Hello" }];
    for await (const chunk of await client.chat.completions.create({ model: "m", messages, stream: true })) {
      seen.text += chunk.choices[0]?.delta.content ?? "";
    }
  } catch (error) {
    seen.errors.push(error.message);
  }
  return seen;
};

const readWithAiSdk = async (fetch) => {
  const provider = createOpenAICompatible({ name: "chat", baseURL: "http://127.0.0.1/v1", fetch });
  const seen = { text: "", errors: [] };
  const result = streamText({ model: provider("m"), prompt: "Hello", maxRetries: 0, onError: () => {} });
  for await (const part of result.fullStream) {
    if (part.type === "text-delta") seen.text += part.text;
    if (part.type === "error") seen.errors.push(part.error.message ?? String(part.error));
  }
  return seen;
};

const read = [];
for (const body of given.bodies) read.push([await readWithOpenai(answering(body)), await readWithAiSdk(answering(body))]);
console.log(JSON.stringify(read));
