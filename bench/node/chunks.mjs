// As functions/chunks.py: streams what its event asks for, and nothing else.
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

export const handler = awslambda.streamifyResponse(async (event, stream) => {
  let chunk = `${"data: ".padEnd(event.bytes - 2, "x")}\n\n`;
  const started = performance.now();
  for (let index = 0; index < event.chunks; index++) {
    if (event.pace_us) {
      await sleep(Math.max(0, started + ((index + 1) * event.pace_us) / 1000 - performance.now()));
    }
    if (event.stamp) {
      chunk = `data: @${process.hrtime.bigint()}x\n\n`;
    }
    if (!stream.write(chunk)) {
      await once(stream, "drain");
    }
  }
  stream.end();
});
