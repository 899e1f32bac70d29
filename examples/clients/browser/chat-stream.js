// Asks the chat endpoint from a browser and reads the answer as it streams. No dependencies, no build step.
//
//   import { ask } from "./chat-stream.js";
//   for await (const event of ask("https://.../chat", { message: "Hello" })) {
//     if (event.type === "token") output.append(event.content);
//   }

/** The answer could not be had, or broke off; `code` and `requestId` are the server's, where it gave any. */
export class ChatError extends Error {
  constructor(message, { status, code, requestId } = {}) {
    super(message);
    this.name = "ChatError";
    Object.assign(this, { status, code, requestId });
  }
}

/**
 * Yields the events of one answer (`start`, `token`, `reasoning`, `tool`, `usage`, `done`, ...) as they arrive.
 *
 * `body` is what POST /chat takes. `signal` (an AbortSignal) stops the answer; `fetch` may be `fetchWithBodyHash`.
 * Throws ChatError when the server refuses, when the answer fails on its way, and when it ends without its `done`.
 */
export async function* ask(url, body, { signal, fetch = globalThis.fetch } = {}) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify(body),
    signal,
  });
  if (!response.ok) throw await refusal(response);
  for await (const { data } of readEvents(response.body)) {
    const event = JSON.parse(data);
    if (event.type === "error") throw chatError(event.error, response.status);
    yield event;
    if (event.type === "done") return;
  }
  throw new ChatError("the answer broke off before its end");
}

/**
 * Yields the server-sent events of a byte stream as `{ event, data, id }`, however the network cut it into pieces:
 * inside a line, between CR and LF, inside a character.
 *
 * Source: html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export async function* readEvents(stream) {
  let fields = {};
  for await (const line of readLines(stream)) {
    if (line === "") {
      if (fields.data) yield { event: fields.event || "message", data: fields.data.join("\n"), id: fields.id };
      fields = { id: fields.id };
      continue;
    }
    const [, name, value] = /^([^:]*)(?:: ?)?(.*)$/su.exec(line);
    if (name === "data") (fields.data ??= []).push(value);
    else if (name === "event") fields.event = value;
    else if (name === "id" && !value.includes("\0")) fields.id = value;
    // A line that begins with a colon is a comment: the server shows that it is still there.
  }
}

/** Yields the lines of a byte stream without their ends (LF, CR or CRLF); what has no end is no line. */
async function* readLines(stream) {
  const decoder = new TextDecoder(); // keeps the first bytes of a character until the others are there
  let rest = "";
  let afterReturn = false;
  for await (const bytes of readChunks(stream)) {
    let text = decoder.decode(bytes, { stream: true });
    if (text === "") continue;
    if (afterReturn && text.startsWith("\n")) text = text.slice(1);
    afterReturn = text === "" ? false : text.endsWith("\r");
    const lines = (rest + text).split(/\r\n|\n|\r/u);
    rest = lines.pop();
    yield* lines;
  }
}

/** Yields the chunks of a stream; leaving the loop hangs up. Not every browser can iterate over a stream by itself. */
async function* readChunks(stream) {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

async function refusal(response) {
  const text = await response.text();
  try {
    const { error } = JSON.parse(text);
    if (error?.message) return chatError(error, response.status);
  } catch {
    // Not the function's own words: a proxy's, or AWS's.
  }
  return new ChatError(text || `HTTP status ${response.status}`, { status: response.status });
}

function chatError(error, status) {
  return new ChatError(error.message, { status, code: error.code, requestId: error.request_id });
}

/**
 * A `fetch` that adds the SHA-256 of the body as `x-amz-content-sha256`.
 *
 * CloudFront signs requests to a Function URL without reading their bodies, so whoever sends a body has to hash it.
 * The AI SDK's transports and the openai package take it as their `fetch` option. It needs a secure context: https, or
 * localhost.
 */
export async function fetchWithBodyHash(input, init) {
  const request = new Request(input, init);
  const body = await request.clone().arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  const headers = new Headers(request.headers);
  headers.set("x-amz-content-sha256", Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join(""));
  return fetch(new Request(request, { headers, body: body.byteLength ? body : undefined }));
}
