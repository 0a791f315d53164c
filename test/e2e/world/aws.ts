import { request } from 'node:https';
import { type Credentials, signV4 } from '../../../src/aws/sign-v4.ts';
import { account, type Emulator, region } from '../machine/emulator.ts';

/** Signed calls to the emulated services, without an SDK: the checks need services that the product has no client of. */
export interface Aws {
  /** S3 by path: `/bucket/key`. */
  s3(
    method: string,
    path: string,
    more?: { query?: string; headers?: Record<string, string>; body?: string },
  ): Promise<Answer>;
  /** Services of the JSON protocol: `json('ssm', 'AmazonSSM.GetParameter', {…})`. */
  json(service: string, target: string, input: Readonly<Record<string, unknown>>): Promise<Answer>;
  /** Services of the query protocol: `query('iam', 'GetRole', {…})`. */
  query(service: string, action: string, input: Readonly<Record<string, string>>): Promise<Answer>;
  /** Services with paths of their own. */
  rest(service: string, method: string, path: string, body?: string): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export const root: Credentials = { accessKeyId: account, secretAccessKey: 'test' };
const versions: Readonly<Record<string, string>> = {
  iam: '2010-05-08',
  cloudformation: '2010-05-15',
  sts: '2011-06-15',
  ec2: '2016-11-15',
};

export function openAws(emulator: Emulator, credentials: Credentials = root): Aws {
  const send = (service: string, call: Call): Promise<Answer> => {
    const host = `127.0.0.1:${emulator.port}`;
    const { method, path, query = '', headers = {}, body } = call;
    const bytes = body === undefined ? undefined : Buffer.from(body);
    const signed = signV4({ method, host, path, query, headers, body: bytes }, credentials, {
      region,
      service,
      at: Date.now(),
    });
    return exchange(
      `${emulator.endpoint}${path}${query === '' ? '' : `?${query}`}`,
      method,
      signed,
      emulator.authority,
      bytes,
    );
  };
  return {
    s3: (method, path, more = {}) => send('s3', { method, path, ...more }),
    json: (service, target, input) =>
      send(service, {
        method: 'POST',
        path: '/',
        headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
        body: JSON.stringify(input),
      }),
    query: (service, action, input) =>
      send(service, {
        method: 'POST',
        path: '/',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ Action: action, Version: versions[service] ?? '', ...input }).toString(),
      }),
    rest: (service, method, path, body) =>
      send(service, { method, path, headers: body === undefined ? {} : { 'content-type': 'application/json' }, body }),
  };
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function exchange(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  authority: string,
  body: Buffer | undefined,
): Promise<Answer> {
  return new Promise((done, failed) => {
    const sent = request(url, { method, headers, ca: authority, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', failed);
      response.on('end', () =>
        done({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    sent.on('error', failed);
    sent.end(body);
  });
}

/** The answer, or an error that holds it. */
export async function ok(answer: Promise<Answer>): Promise<Answer> {
  const { status, text } = await answer;
  if (status >= 300) throw new Error(`AWS answers ${status}: ${text.slice(0, 600)}`);
  return answer;
}

/** What an XML answer says between `<name>` and `</name>`, each time. */
export const tags = (text: string, name: string): readonly string[] =>
  [...text.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, value]) => value ?? '');

/** Credentials of a role's session. Whoever asks must be in the role's trust policy. */
export async function assume(aws: Aws, roleArn: string): Promise<Credentials> {
  const { text } = await ok(aws.query('sts', 'AssumeRole', { RoleArn: roleArn, RoleSessionName: 'e2e' }));
  const [accessKeyId = '', secretAccessKey = '', sessionToken] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map(
    (name) => tags(text, name)[0],
  );
  return { accessKeyId, secretAccessKey, sessionToken };
}
