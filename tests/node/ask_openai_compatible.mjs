// Asks one question after another through the AI SDK with its provider for endpoints like OpenAI's; where tools are
// named, they are run and the model is asked again. Prints what the SDK makes of each answer.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { jsonSchema, stepCountIs, streamText, tool } from "ai";
import { given } from "./input.mjs";

const provider = createOpenAICompatible({ name: "chat", baseURL: given.url, includeUsage: true });
const weather = tool({
  description: "Tells the weather",
  inputSchema: jsonSchema({ type: "object", properties: { city: { type: "string" } }, required: ["city"] }),
  execute: async ({ city }) => `It is 21 in ${typeof city}`,
});

const ask = async ({ model, prompt, tools }) => {
  const result = streamText({
    model: provider(model),
    prompt,
    tools: tools ? { weather } : undefined,
    stopWhen: stepCountIs(3),
    maxRetries: 0,
    onError: () => {},
  });
  const seen = { text: "", reasoning: "", calls: [], errors: [], finish: null, usage: null };
  for await (const part of result.fullStream) {
    if (part.type === "text-delta") seen.text += part.text;
    if (part.type === "reasoning-delta") seen.reasoning += part.text;
    if (part.type === "tool-call") seen.calls.push(part.toolName);
    if (part.type === "error") seen.errors.push(part.error.message ?? String(part.error));
    if (part.type === "finish") [seen.finish, seen.usage] = [part.finishReason, part.totalUsage];
  }
  return seen;
};

const answers = [];
for (const request of given.requests) answers.push(await ask(request));
console.log(JSON.stringify(answers));
