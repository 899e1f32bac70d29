// Reads each body with the reader of examples/clients/browser, cut in two at every byte and once into single bytes.
import { readEvents } from "../../examples/clients/browser/chat-stream.js";
import { given } from "./input.mjs";

const read = async (pieces) => {
  const seen = [];
  for await (const event of readEvents(ReadableStream.from(pieces))) seen.push(event);
  return seen;
};

const everyWay = (bytes) => {
  const ways = [Array.from(bytes, (byte) => Uint8Array.of(byte))];
  for (let cut = 0; cut <= bytes.length; cut += 1) ways.push([bytes.subarray(0, cut), bytes.subarray(cut)]);
  return ways;
};

const results = [];
for (const body of given) {
  const seen = await Promise.all(everyWay(new TextEncoder().encode(body)).map(read));
  results.push([...new Set(seen.map((events) => JSON.stringify(events)))].map((text) => JSON.parse(text)));
}
console.log(JSON.stringify(results));
