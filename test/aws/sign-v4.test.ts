import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { signV4 } from '../../src/aws/sign-v4.ts';

// AWS's own documentation example ("Signature Calculations for the Authorization Header", S3 API reference).
const example = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };

test("S3's documented example of a GET with a range", () => {
  const headers = signV4(
    { method: 'GET', host: 'examplebucket.s3.amazonaws.com', path: '/test.txt', headers: { range: 'bytes=0-9' } },
    example,
    { region: 'us-east-1', service: 's3', at: Date.UTC(2013, 4, 24) },
  );
  expect(headers).toMatchObject({
    'x-amz-date': '20130524T000000Z',
    'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  });
});

test("S3's documented example of a list with a query", () => {
  const { authorization } = signV4(
    { method: 'GET', host: 'examplebucket.s3.amazonaws.com', path: '/', query: 'max-keys=2&prefix=J', headers: {} },
    example,
    { region: 'us-east-1', service: 's3', at: Date.UTC(2013, 4, 24) },
  );
  expect(authorization).toMatch(/Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7$/);
});

interface Captured {
  readonly method: string;
  readonly hostname: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

/** The request that an SDK client would send, signed by the SDK. */
async function signedBySdk(
  send: (requestHandler: { handle(request: Captured): Promise<never> }) => Promise<unknown>,
): Promise<Captured> {
  let captured: Captured | undefined;
  const handle = async (request: Captured): Promise<never> => {
    captured = request;
    throw Object.assign(new Error('not sent'), { name: 'NotSent' });
  };
  await send({ handle }).catch((error: Error) => {
    if (error.name !== 'NotSent') throw error;
  });
  if (captured === undefined) throw new Error('the SDK sent nothing');
  return captured;
}

/** The same request signed by us, with the headers that the SDK chose to sign. */
function signedByUs(request: Captured, credentials: Parameters<typeof signV4>[1], service: string): string | undefined {
  const signedNames = /SignedHeaders=([^,]+)/.exec(request.headers.authorization ?? '')?.[1]?.split(';') ?? [];
  const ours = ['host', 'x-amz-date', 'x-amz-content-sha256', 'x-amz-security-token'];
  const headers = Object.fromEntries(
    signedNames.filter((name) => !ours.includes(name)).map((name) => [name, request.headers[name] ?? '']),
  );
  const date = request.headers['x-amz-date'] ?? '';
  const at = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  const query = Object.entries(request.query)
    .sort()
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  return signV4(
    {
      method: request.method,
      host: request.headers.host ?? '',
      path: request.path,
      query,
      headers,
      body:
        typeof request.body === 'string'
          ? Buffer.from(request.body)
          : request.body instanceof Uint8Array
            ? request.body
            : undefined,
    },
    credentials,
    { region: 'eu-west-1', service, at },
  ).authorization;
}

test.each([
  ['long-lived keys', example],
  ['the keys of a role', { ...example, sessionToken: 'IQoJb3JpZ2luX2VjEXAMPLE//token+with=signs' }],
])('%s: the signature is the one that the SDK makes, for S3 and for SSM', async (_, credentials) => {
  const get = await signedBySdk((requestHandler) =>
    new S3Client({ region: 'eu-west-1', credentials, requestHandler, maxAttempts: 1 }).send(
      new GetObjectCommand({
        Bucket: 'front-bucket',
        Key: 'releases/0af/registry.json',
        IfNoneMatch: '"abc"',
        VersionId: 'a/b+c=',
      }),
    ),
  );
  expect(get.headers.authorization).toContain('Signature=');
  expect(signedByUs(get, credentials, 's3')).toBe(get.headers.authorization);

  const post = await signedBySdk((requestHandler) =>
    new SSMClient({ region: 'eu-west-1', credentials, requestHandler, maxAttempts: 1 }).send(
      new GetParametersCommand({ Names: ['/sallyport/orders-3f9c/floor'] }),
    ),
  );
  expect(signedByUs(post, credentials, 'ssm')).toBe(post.headers.authorization);
});
