// Reads each body with eventsource-parser, cut into pieces of the size that the test says; prints the events' data.
import { createParser } from "eventsource-parser";
import { given } from "./input.mjs";

const read = (body, size) => {
  const seen = [];
  const parser = createParser({ onEvent: (event) => seen.push(event.data), onError: (error) => { throw error; } });
  const decoder = new TextDecoder();
  const bytes = Buffer.from(body, "base64");
  for (let start = 0; start < bytes.length; start += size) {
    parser.feed(decoder.decode(bytes.subarray(start, start + size), { stream: true }));
  }
  return seen;
};

console.log(JSON.stringify(given.bodies.map((body) => read(body, given.size))));
