// A page with the AI SDK's chat, which useChat wraps: it runs the tools that the model calls, and sends their outputs by
// itself; then it sends the further messages, and asks for the last answer again. Prints the messages after each.
import { AbstractChat, DefaultChatTransport, lastAssistantMessageIsCompleteWithToolCalls } from "ai";
import { given } from "./input.mjs";

class State {
  status = "ready";
  error = undefined;
  messages = [];
  pushMessage = (message) => { this.messages = [...this.messages, message]; };
  popMessage = () => { this.messages = this.messages.slice(0, -1); };
  replaceMessage = (index, message) => { this.messages = this.messages.with(index, message); };
  snapshot = (value) => structuredClone(value);
}

class Chat extends AbstractChat {
  constructor(options) {
    super({ ...options, state: new State() });
  }
}

const errors = [];
const chat = new Chat({
  transport: new DefaultChatTransport({ api: given.api, body: given.body }),
  onError: (error) => errors.push(error.message),
  sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
  onToolCall({ toolCall }) {
    if (!given.runsTools) return;
    const { toolCallId, toolName: tool, input } = toolCall;
    chat.addToolOutput({ tool, toolCallId, output: { tool, input } });
  },
});

const seen = [];
const after = async (deed) => {
  await deed;
  seen.push(structuredClone(chat.messages));
};
for (const text of given.texts) await after(chat.sendMessage({ text }));
await after(chat.regenerate());
console.log(JSON.stringify({ seen, errors, status: chat.status }));
