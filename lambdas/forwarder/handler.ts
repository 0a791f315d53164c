import type { APIGatewayProxyEvent, APIGatewayProxyResult, Handler } from 'aws-lambda';
import { openBindingKeys } from '../../src/aws/binding-keys.ts';
import { readSettings } from '../../src/core/settings.ts';
import { openConnections, openSecrets } from './connections.ts';
import { createForwarder } from './forward-event.ts';
import { createStreamingForwarder, type LambdaStreaming } from './stream.ts';

const settings = readSettings(process.env, ['bindingKeys', 'stage', 'connections', 'secrets', 'responseMode']);
const connections = openConnections(settings.connections, {
  secret: openSecrets(settings.secrets, process.env),
  now: Date.now,
});
// Not console.log: the runtime would put a prefix in front, and a line would no longer be one JSON object.
const log = (line: string) => void process.stdout.write(`${line}\n`);
const bindingKeys = openBindingKeys(settings.bindingKeys, 'verify', process.env, (error) =>
  log(JSON.stringify({ format: 1, type: 'failure', time: new Date().toISOString(), message: String(error) })),
);
const means = {
  connection: (name: string) => connections.get(name),
  macKeys: bindingKeys.keys,
  newerMacKeys: bindingKeys.again,
  stage: settings.stage,
  now: Date.now,
  log,
};
const { awslambda } = globalThis as unknown as { awslambda?: LambdaStreaming };
if (settings.responseMode === 'stream' && awslambda === undefined) throw new Error('This runtime cannot stream.');

export const handler: Handler<APIGatewayProxyEvent, APIGatewayProxyResult | undefined> =
  settings.responseMode === 'stream' && awslambda !== undefined
    ? awslambda.streamifyResponse(createStreamingForwarder(means, awslambda.HttpResponseStream))
    : createForwarder(means);
