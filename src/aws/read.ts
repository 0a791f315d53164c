import type { IncomingMessage, Agent as PlainAgent } from 'node:http';
import type https from 'node:https';
import type { ParameterName } from '../core/release/layout.ts';
import { parameterPathOf } from '../core/release/layout.ts';
import type { Parameters } from '../core/release/parameters.ts';
import type { Store } from '../core/release/store.ts';
import { runtimeVariables } from '../core/settings.ts';
import { type Credentials, signV4 } from './sign-v4.ts';

export interface ReadMeans {
  readonly region: string;
  readonly credentials: Credentials;
  /** Another endpoint for every service, as SDKs take it from AWS_ENDPOINT_URL. */
  readonly endpoint?: string;
  /** Epoch ms. */
  now(): number;
}

/** Reads of S3 and SSM without an SDK, for functions whose cold start counts. Writes go through the SDK. */
export interface AwsReader {
  store(bucket: string): Pick<Store, 'get'>;
  parameters(front: string): Pick<Parameters, 'get'>;
  /** What CloudFormation is doing with a stack, `ROLLBACK_IN_PROGRESS`. */
  stackStatus(stackId: string): Promise<string>;
  /** The text of a secret; undefined when there is none, or none with this stage. */
  secret(id: string, stage?: 'AWSCURRENT' | 'AWSPREVIOUS' | 'AWSPENDING'): Promise<string | undefined>;
}

const timeoutMilliseconds = 4_000;
const maximumBytes = 256 * 1024 * 1024;
/** S3 closes idle connections, and a frozen function does not hear of it: beyond that, by wall clock, a new one. */
const idleMilliseconds = 3_000;

export function openAwsReader(means: ReadMeans): AwsReader {
  const protocol = protocolOf(means.endpoint);
  let agent: PlainAgent | undefined;
  let usedAt = 0;

  function agentAt(now: number): PlainAgent {
    if (agent === undefined || now < usedAt || now - usedAt > idleMilliseconds) {
      agent?.destroy();
      agent = new protocol.Agent({ keepAlive: true });
    }
    usedAt = now;
    return agent;
  }

  async function send(
    service: 's3' | 'ssm' | 'secretsmanager' | 'cloudformation',
    to: Target,
    attempt = 1,
  ): Promise<Answer> {
    const now = means.now();
    const url = new URL(means.endpoint ?? `https://${to.host}`);
    const signed = signV4({ ...to, host: url.host }, means.credentials, { region: means.region, service, at: now });
    try {
      const answer = await exchange(protocol, url, agentAt(now), to, signed);
      if (answer.status < 500 || attempt === 2) return answer;
    } catch (error) {
      // The kept connection may have been closed at the other end while we were frozen. All of these are reads.
      if (attempt === 2) throw error;
    }
    agent?.destroy();
    agent = undefined;
    return send(service, to, attempt + 1);
  }

  const suffix = means.region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return {
    store: (bucket) => ({
      async get(key, options = {}) {
        const answer = await send('s3', {
          method: 'GET',
          // An endpoint of one's own knows no name for each bucket.
          host: `${bucket}.s3.${means.region}.${suffix}`,
          path: means.endpoint === undefined ? `/${key}` : `/${bucket}/${key}`,
          query: options.version === undefined ? '' : `versionId=${encodeURIComponent(options.version)}`,
          headers: options.ifNoneMatch === undefined ? {} : { 'if-none-match': options.ifNoneMatch },
        });
        if (answer.status === 304) return 'not-modified';
        if (answer.status === 404) return undefined;
        if (answer.status !== 200) throw failure(`GET s3://${bucket}/${key}`, answer);
        return { body: answer.body, etag: header(answer, 'etag'), version: header(answer, 'x-amz-version-id') };
      },
    }),
    parameters: (front) => ({
      async get(names) {
        const paths = new Map(names.map((name) => [parameterPathOf(front, name), name]));
        const answer = await send('ssm', {
          method: 'POST',
          host: `ssm.${means.region}.${suffix}`,
          path: '/',
          headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AmazonSSM.GetParameters' },
          body: Buffer.from(JSON.stringify({ Names: [...paths.keys()] })),
        });
        if (answer.status !== 200) throw failure('ssm:GetParameters', answer);
        const found = JSON.parse(Buffer.from(answer.body).toString('utf8')) as {
          Parameters?: { Name: string; Value: string }[];
        };
        const values = new Map<ParameterName, string>();
        for (const { Name, Value } of found.Parameters ?? []) {
          const name = paths.get(Name);
          if (name !== undefined) values.set(name, Value);
        }
        return values;
      },
    }),
    async stackStatus(stackId) {
      const answer = await send('cloudformation', {
        method: 'POST',
        host: `cloudformation.${means.region}.${suffix}`,
        path: '/',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: Buffer.from(`Action=DescribeStacks&Version=2010-05-15&StackName=${encodeURIComponent(stackId)}`),
      });
      const found = /<StackStatus>([A-Z_]+)<\/StackStatus>/.exec(Buffer.from(answer.body).toString('utf8'))?.[1];
      if (answer.status !== 200 || found === undefined) throw failure('cloudformation:DescribeStacks', answer);
      return found;
    },
    async secret(id, stage = 'AWSCURRENT') {
      const answer = await send('secretsmanager', {
        method: 'POST',
        host: `secretsmanager.${means.region}.${suffix}`,
        path: '/',
        headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.GetSecretValue' },
        body: Buffer.from(JSON.stringify({ SecretId: id, VersionStage: stage })),
      });
      if (answer.status === 400 && Buffer.from(answer.body).includes('ResourceNotFoundException')) return undefined;
      if (answer.status !== 200) throw failure('secretsmanager:GetSecretValue', answer);
      const { SecretString: text } = JSON.parse(Buffer.from(answer.body).toString('utf8')) as { SecretString?: string };
      return text;
    },
  };
}

/** The reader of the function that we are in. */
export function openRuntimeReader(environment: Readonly<Record<string, string | undefined>>): AwsReader {
  const value = (name: string): string => {
    const found = environment[name];
    if (found === undefined || found === '') throw new Error(`${name} is not set: a Lambda function has it`);
    return found;
  };
  return openAwsReader({
    region: value(runtimeVariables.region),
    credentials: {
      accessKeyId: value(runtimeVariables.accessKeyId),
      secretAccessKey: value(runtimeVariables.secretAccessKey),
      sessionToken: environment[runtimeVariables.sessionToken],
    },
    endpoint: environment[runtimeVariables.endpoint],
    now: Date.now,
  });
}

interface Target {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Uint8Array;
}

type Protocol = Pick<typeof https, 'request'> & { readonly Agent: new (options: { keepAlive: boolean }) => PlainAgent };

/**
 * Not imported: a function that reads nothing from AWS does without, and as an ES module node:http runs its getters for
 * named exports, of which one loads the whole of undici. But when the reader is opened, not at the first read: a Lambda
 * has more of a processor while it starts than afterwards.
 */
function protocolOf(endpoint: string | undefined): Protocol {
  const isPlain = endpoint !== undefined && new URL(endpoint).protocol === 'http:';
  return process.getBuiltinModule(isPlain ? 'node:http' : 'node:https');
}

function exchange(
  protocol: Protocol,
  url: URL,
  agent: PlainAgent,
  to: Target,
  headers: Record<string, string>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const path = to.query ? `${to.path}?${to.query}` : to.path;
    const options = { host: url.hostname, port: url.port || undefined, path, method: to.method, headers, agent };
    const outgoing = protocol.request(options, (incoming) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maximumBytes) outgoing.destroy(new Error(`${path} answers with more than ${maximumBytes} bytes`));
        else chunks.push(chunk);
      });
      incoming.on('error', reject);
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) }),
      );
    });
    outgoing.setTimeout(timeoutMilliseconds, () =>
      outgoing.destroy(new Error(`${path}: no answer in ${timeoutMilliseconds} ms`)),
    );
    outgoing.on('error', reject);
    outgoing.end(to.body);
  });
}

function header(answer: Answer, name: string): string {
  const value = answer.headers[name];
  if (typeof value === 'string') return value;
  throw new Error(`S3 answers without ${name}${name === 'x-amz-version-id' ? ': is the bucket versioned?' : ''}`);
}

/** AWS's error documents name the error in <Code> or "__type"; they hold nothing that is secret. */
function failure(what: string, answer: Answer): Error {
  const text = Buffer.from(answer.body.subarray(0, 400))
    .toString('utf8')
    .replace(/[^\x20-\x7e]+/g, ' ');
  return new Error(`${what}: status ${answer.status} ${text}`);
}
