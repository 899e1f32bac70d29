// Asks the endpoint with the AI SDK, as useChat does, and prints the answer as it streams.
//
//   npm install ai
//   CHAT_URL=https://.../ node ask.mjs "Why is the sky blue?"
//
// In a React component the same transport is: useChat({ transport: new DefaultChatTransport({ api: `${url}api/chat` }) }).
// Behind a CDN that signs, give it `fetch: fetchWithBodyHash` of ../browser/chat-stream.js.
import { DefaultChatTransport, readUIMessageStream } from "ai";

const question = process.argv.slice(2).join(" ") || "Why is the sky blue?";
const transport = new DefaultChatTransport({ api: `${process.env.CHAT_URL.replace(/\/*$/, "")}/api/chat` });

const fail = ({ message }) => {
  console.error(said(message));
  process.exit(1);
};

// What went wrong, in the server's own words: the application's refusal is JSON, and so is one of Lambda's or API
// Gateway's, in another form; a failure within the stream is plain text, and what stands before them may say anything.
function said(message) {
  try {
    const document = JSON.parse(message);
    return document.error?.message ?? document.Message ?? document.message ?? message;
  } catch {
    return message;
  }
}

try {
  const stream = await transport.sendMessages({
    chatId: "example",
    trigger: "submit-message",
    messages: [{ id: "1", role: "user", parts: [{ type: "text", text: question }] }],
  });
  let printed = 0;
  for await (const message of readUIMessageStream({ stream, onError: fail })) {
    const text = message.parts.filter((part) => part.type === "text").map((part) => part.text).join("");
    process.stdout.write(text.slice(printed));
    printed = text.length;
  }
  console.log();
} catch (error) {
  fail(error);
}
