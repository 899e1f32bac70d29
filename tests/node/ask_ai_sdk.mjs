// Asks an endpoint with the AI SDK's transports, turn by turn; prints of each answer the message that it became, in how
// many steps it grew, and what the reader told of: an error in the stream, or what sending threw.
import { DefaultChatTransport, TextStreamChatTransport, readUIMessageStream } from "ai";
import { given } from "./input.mjs";

const Transport = given.text ? TextStreamChatTransport : DefaultChatTransport;
const transport = new Transport({ api: given.api, body: given.body });
const chatId = "chat 1/2";

const ask = async (messages) => {
  const answer = { message: null, growths: 0, errors: [], thrown: null };
  const stopping = new AbortController();
  try {
    const options = { chatId, messages, trigger: "submit-message", abortSignal: stopping.signal };
    const stream = await transport.sendMessages(options);
    for await (const message of readUIMessageStream({ stream, onError: (error) => answer.errors.push(error.message) })) {
      answer.message = message;
      answer.growths += 1;
      if (answer.growths === given.stopAfter) stopping.abort();
    }
  } catch (error) {
    answer.thrown = error.message;
  }
  return answer;
};

const messages = [];
const answers = [];
for (const turn of given.turns) {
  messages.push({ id: `user-${messages.length}`, role: "user", parts: turn });
  answers.push(await ask(messages));
  if (answers.at(-1).message) messages.push(answers.at(-1).message);
}
const resumed = await transport.reconnectToStream({ chatId });
console.log(JSON.stringify({ answers, resumed }));
