// Runs CloudFront Functions: reads {"code", "event"} from each line of the standard input, and writes a line with what the
// code's handler returns, {"result"}, or with what went wrong, {"error"}.
'use strict';

const { createInterface } = require('node:readline');
const vm = require('node:vm');

const TIMEOUT_MS = 1000;

async function run({ code, event }) {
  // Nothing of Node.js is there, as in CloudFront: no process, no require, no network.
  const context = vm.createContext({ event, console: { log: (...words) => console.error(...words) } });
  new vm.Script(code, { filename: 'function.js' }).runInContext(context, { timeout: TIMEOUT_MS });
  return await vm.runInContext('handler(event)', context, { timeout: TIMEOUT_MS });
}

async function answer(line) {
  try {
    return { result: await run(JSON.parse(line)) };
  } catch (error) {
    return { error: String(error) };
  }
}

createInterface({ input: process.stdin }).on('line', async (line) => {
  process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
});
