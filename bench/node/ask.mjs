// As functions/ask.py, with AWS's SDK for JavaScript. Over HTTP/1.1, as the others: the stand-in speaks nothing else.
import { once } from "node:events";
import { BedrockRuntimeClient, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";

const client = new BedrockRuntimeClient({ requestHandler: new NodeHttpHandler() });

export const handler = awslambda.streamifyResponse(async (event, stream) => {
  const { message } = JSON.parse(event.body);
  const response = await client.send(
    new ConverseStreamCommand({
      modelId: process.env.BEDROCK_CHAT_MODEL_ID,
      messages: [{ role: "user", content: [{ text: message }] }],
      inferenceConfig: { maxTokens: 2048 },
    }),
  );
  for await (const part of response.stream) {
    if (part.contentBlockDelta) {
      const token = { type: "token", content: part.contentBlockDelta.delta.text };
      if (!stream.write(`data: ${JSON.stringify(token)}\n\n`)) {
        await once(stream, "drain");
      }
    }
  }
  stream.end('data: {"type": "done"}\n\n');
});
