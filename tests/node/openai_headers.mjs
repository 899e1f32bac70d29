// The names of the headers that the `openai` package sends with its ways to ask, in lower case.
import OpenAI from "openai";

const names = new Set();
const client = new OpenAI({
  apiKey: "none",
  baseURL: "http://127.0.0.1/v1",
  maxRetries: 0,
  async fetch(_, { headers }) {
    for (const [name] of new Headers(headers)) names.add(name);
    return Response.json({ error: { message: "no" } }, { status: 400 });
  },
});
const asked = { model: "a", messages: [{ role: "user", content: "Hello" }] };
await client.chat.completions.create({ ...asked, stream: true }, { timeout: 1000 }).catch(() => {});
await client.chat.completions.stream(asked).finalChatCompletion().catch(() => {});
await client.chat.completions.parse(asked).catch(() => {});
await client.models.list().catch(() => {});
console.log(JSON.stringify([...names].sort()));
