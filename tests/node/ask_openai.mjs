// Asks one question after another with npm's `openai`, streamed; prints what the package makes of each answer.
import OpenAI from "openai";
import { given } from "./input.mjs";

const client = new OpenAI({ baseURL: given.url, apiKey: "none", maxRetries: 0, timeout: 60_000 });

const ask = async (request) => {
  let text = "";
  let reasoning = "";
  try {
    const stream = client.chat.completions.stream({ ...request, stream_options: { include_usage: true } });
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      reasoning += chunk.choices[0]?.delta.reasoning_content ?? "";
    }
    const [choice] = (await stream.finalChatCompletion()).choices;
    return { text, reasoning, message: choice.message, finish: choice.finish_reason, usage: await stream.totalUsage() };
  } catch (error) {
    return { text, error: { kind: error.constructor.name, status: error.status, code: error.code, message: error.message } };
  }
};

const answers = [];
for (const request of given.requests) answers.push(await ask(request));
console.log(JSON.stringify(answers));
