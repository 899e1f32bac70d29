// What a test gives to a script: JSON on the standard input.
import { text } from "node:stream/consumers";

export const given = JSON.parse(await text(process.stdin));
