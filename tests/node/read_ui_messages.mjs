// Reads each body with DefaultChatTransport, cut into pieces of the size that the test says; prints the message that
// each became, and the errors that the reader told of.
import { DefaultChatTransport, readUIMessageStream } from "ai";
import { given } from "./input.mjs";

const pieces = (bytes, size) => new ReadableStream({
  start(controller) {
    for (let start = 0; start < bytes.length; start += size) controller.enqueue(bytes.subarray(start, start + size));
    controller.close();
  },
});

const read = async (body) => {
  const fetch = async () => new Response(pieces(Buffer.from(body, "base64"), given.size));
  const transport = new DefaultChatTransport({ fetch });
  const stream = await transport.sendMessages({ chatId: "chat-1", messages: [], trigger: "submit-message" });
  const errors = [];
  let message = null;
  for await (message of readUIMessageStream({ stream, onError: (error) => errors.push(error.message) }));
  return { message, errors };
};

const seen = [];
for (const body of given.bodies) seen.push(await read(body));
console.log(JSON.stringify(seen));
