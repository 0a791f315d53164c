import { execFileSync } from 'node:child_process';
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The parts of S3, SSM, KMS, STS and API Gateway that we use, over HTTP on loopback, with S3's conditions and versions.
 * Signatures are not checked here: `sign-v4.test.ts` does.
 */
export interface FakeAws {
  readonly endpoint: string;
  readonly objects: Map<string, { body: Buffer; version: string; headers: IncomingMessage['headers'] }[]>;
  readonly parameters: Map<string, string>;
  /** Parameters as they were before their last change, given to so many reads: SSM is eventually consistent. */
  readonly stale: { reads: number };
  readonly domain: { uri: string; version: string; status: string; warnings: string[]; refusal?: [string, number] };
  /** Answers to give before the real one: [status, code]. */
  readonly failures: [number, string][];
  readonly requests: { method: string; path: string; headers: IncomingMessage['headers'] }[];
  readonly account: string;
  /** Secrets Manager: name → value. */
  readonly secrets: Map<string, string>;
  /** Of secrets that were put with stages: version → its stages. */
  readonly versionStages: Map<string, string[]>;
  /** ACM: ARN → what DescribeCertificate says. */
  readonly certificates: Map<
    string,
    {
      Status: string;
      Type: string;
      DomainName: string;
      NotAfter?: number;
      DomainValidationOptions?: object[];
      FailureReason?: string;
    }
  >;
  /** Names of buckets besides that of the front. */
  readonly buckets: string[];
  readonly signingKey: string;
  /** KMS: ARN → the private key, P-256. */
  readonly keys: Map<string, KeyObject>;
  close(): Promise<void>;
}

const account = '222222222222';
class FakeRefusal extends Error {}
const etagOf = (body: Buffer) => `"${createHash('md5').update(body).digest('hex')}"`;

export async function openFakeAws(): Promise<FakeAws> {
  const signingKey = `arn:aws:kms:eu-west-1:${account}:key/pointer`;
  let versions = 0;
  const parameterVersions = new Map<string, number>();
  const valuesBefore = new Map<string, string>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(request, response, Buffer.concat(chunks)));
  });
  const fake: Omit<FakeAws, 'endpoint' | 'close'> = {
    objects: new Map(),
    parameters: new Map(),
    stale: { reads: 0 },
    domain: { uri: 's3://front-bucket/truststore/old.pem', version: 'v0', status: 'AVAILABLE', warnings: [] },
    failures: [],
    requests: [],
    secrets: new Map(),
    versionStages: new Map(),
    certificates: new Map(),
    buckets: [],
    account,
    signingKey,
    keys: new Map([[signingKey, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey]]),
  };

  function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): unknown {
    const url = new URL(request.url ?? '/', 'http://fake');
    fake.requests.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers });
    const failure = fake.failures.shift();
    if (failure !== undefined) return xml(response, failure[0], `<Error><Code>${failure[1]}</Code></Error>`);
    const target = request.headers['x-amz-target'];
    if (typeof target === 'string') {
      let answer: unknown;
      try {
        answer = jsonService(target, JSON.parse(body.toString() || '{}'));
      } catch (error) {
        if (error instanceof FakeRefusal) return apiError(response, 400, error.message);
        throw error;
      }
      return answer === undefined ? apiError(response, 400, 'ResourceNotFoundException') : json(response, 200, answer);
    }
    if (url.pathname === '/account') return json(response, 200, { throttleSettings: { rateLimit: 10000 } });
    if (url.pathname === '/' && request.method === 'GET') {
      const names = fake.buckets.map((name) => `<Bucket><Name>${name}</Name></Bucket>`).join('');
      return xml(response, 200, `<ListAllMyBucketsResult><Buckets>${names}</Buckets></ListAllMyBucketsResult>`);
    }
    if (body.includes('Action=GetCallerIdentity')) {
      return xml(
        response,
        200,
        `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::${account}:user/alice</Arn><UserId>A</UserId><Account>${account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
      );
    }
    if (url.pathname.startsWith('/domainnames/')) return domainName(request, response, body);
    return s3(request, response, url, body);
  }

  function s3(request: IncomingMessage, response: ServerResponse, url: URL, body: Buffer): unknown {
    const [, bucket = '', ...rest] = url.pathname.split('/');
    const key = rest.join('/');
    if (bucket !== 'front-bucket') return xml(response, 404, '<Error><Code>NoSuchBucket</Code></Error>');
    if (key === '') return xml(response, 200, url.searchParams.has('versions') ? listVersions(url) : listKeys(url));
    const all = fake.objects.get(key) ?? [];
    const current = all.at(-1);
    if (request.method === 'PUT') {
      const ifMatch = request.headers['if-match'];
      if (request.headers['if-none-match'] === '*' && current !== undefined)
        return xml(response, 412, '<Error><Code>PreconditionFailed</Code></Error>');
      if (ifMatch !== undefined && current === undefined)
        return xml(response, 404, '<Error><Code>NoSuchKey</Code></Error>');
      if (ifMatch !== undefined && current !== undefined && ifMatch !== etagOf(current.body))
        return xml(response, 412, '<Error><Code>PreconditionFailed</Code></Error>');
      versions += 1;
      const plain = unchunked(request, body);
      fake.objects.set(key, [...all, { body: plain, version: `v${versions}`, headers: request.headers }]);
      return response.writeHead(200, { etag: etagOf(plain), 'x-amz-version-id': `v${versions}` }).end();
    }
    const version = url.searchParams.get('versionId');
    const found = version === null ? current : all.find((each) => each.version === version);
    if (found === undefined)
      return xml(response, 404, `<Error><Code>${version === null ? 'NoSuchKey' : 'NoSuchVersion'}</Code></Error>`);
    const etag = etagOf(found.body);
    if (request.headers['if-none-match'] === etag) return response.writeHead(304, { etag }).end();
    return response
      .writeHead(200, { etag, 'x-amz-version-id': found.version, 'content-length': found.body.length })
      .end(found.body);
  }

  function listKeys(url: URL): string {
    const after = url.searchParams.get('continuation-token') ?? url.searchParams.get('start-after') ?? '';
    const prefix = url.searchParams.get('prefix') ?? '';
    const keys = [...fake.objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
    const page = keys.slice(0, 2);
    const more = keys.length > page.length;
    const next = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
    return `<ListBucketResult><IsTruncated>${more}</IsTruncated>${next}${page.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('')}</ListBucketResult>`;
  }

  /** Two to a page. */
  function listVersions(url: URL): string {
    const prefix = url.searchParams.get('prefix') ?? '';
    const after = url.searchParams.get('version-id-marker');
    const all = [...fake.objects]
      .filter(([key]) => key.startsWith(prefix))
      .flatMap(([key, versions]) => [...versions].reverse().map(({ version }) => ({ key, version })));
    const from = after === null ? 0 : all.findIndex(({ version }) => version === after) + 1;
    const page = all.slice(from, from + 2);
    const last = page.at(-1);
    const more = from + 2 < all.length && last !== undefined;
    const next = more
      ? `<NextKeyMarker>${last.key}</NextKeyMarker><NextVersionIdMarker>${last.version}</NextVersionIdMarker>`
      : '';
    const entries = page.map(
      ({ key, version }) =>
        `<Version><Key>${key}</Key><VersionId>${version}</VersionId><LastModified>2026-06-01T12:00:00.000Z</LastModified></Version>`,
    );
    return `<ListVersionsResult><IsTruncated>${more}</IsTruncated>${next}${entries.join('')}</ListVersionsResult>`;
  }

  const stageOwner = (stage: string) => [...fake.versionStages].find(([, stages]) => stages.includes(stage))?.[0];
  function moveStage(stage: string, to: string | undefined, from: string | undefined): void {
    if (stageOwner(stage) !== from) throw new FakeRefusal('InvalidParameterException');
    for (const [id, stages] of fake.versionStages)
      fake.versionStages.set(id, [...stages.filter((each) => each !== stage), ...(id === to ? [stage] : [])]);
  }

  /** undefined: there is no such thing. */
  function jsonService(target: string, input: Record<string, unknown>): unknown {
    if (target === 'AmazonSSM.GetParameters') {
      const isStale = fake.stale.reads > 0;
      fake.stale.reads -= isStale ? 1 : 0;
      return {
        Parameters: (input.Names as string[]).flatMap((Name) => {
          const Version = parameterVersions.get(Name) ?? 1;
          const older = isStale ? valuesBefore.get(Name) : undefined;
          if (older !== undefined) return [{ Name, Value: older, Version: Version - 1 }];
          return fake.parameters.has(Name) ? [{ Name, Value: fake.parameters.get(Name), Version }] : [];
        }),
      };
    }
    if (target === 'AmazonSSM.PutParameter') {
      const name = input.Name as string;
      const before = fake.parameters.get(name);
      if (before !== undefined && input.Overwrite !== true) throw new FakeRefusal('ParameterAlreadyExists');
      if (before !== undefined) valuesBefore.set(name, before);
      const Version = before === undefined ? 1 : (parameterVersions.get(name) ?? 1) + 1;
      parameterVersions.set(name, Version);
      fake.parameters.set(name, input.Value as string);
      return { Version };
    }
    if (target === 'TrentService.GetPublicKey') {
      const key = fake.keys.get(input.KeyId as string);
      if (key === undefined) return undefined;
      return { PublicKey: createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64') };
    }
    if (target === 'TrentService.Sign') {
      if (input.MessageType !== 'DIGEST' || input.SigningAlgorithm !== 'ECDSA_SHA_256')
        throw new Error('not what we sign with');
      const key = fake.keys.get(input.KeyId as string);
      if (key === undefined) return undefined;
      return { Signature: signDigest(key, Buffer.from(input.Message as string, 'base64')).toString('base64') };
    }
    if (target === 'secretsmanager.ListSecrets') {
      const [prefix = ''] = (input.Filters as { Values: string[] }[] | undefined)?.[0]?.Values ?? [];
      const names = [...fake.secrets.keys()].filter((name) => name.startsWith(prefix));
      return { SecretList: names.map((Name) => ({ Name, LastChangedDate: 1_767_225_600 })) };
    }
    if (target === 'secretsmanager.DescribeSecret') {
      return { VersionIdsToStages: Object.fromEntries(fake.versionStages), LastChangedDate: 1_767_225_600 };
    }
    if (target === 'secretsmanager.UpdateSecretVersionStage') {
      const [stage, to, from] = [input.VersionStage, input.MoveToVersionId, input.RemoveFromVersionId] as string[];
      moveStage(stage ?? '', to, from);
      if (stage === 'AWSCURRENT') moveStage('AWSPREVIOUS', from, stageOwner('AWSPREVIOUS'));
      return {};
    }
    if (target === 'secretsmanager.PutSecretValue' && Array.isArray(input.VersionStages)) {
      const id = `version-${fake.versionStages.size + 1}`;
      fake.versionStages.set(id, []);
      for (const stage of input.VersionStages as string[]) moveStage(stage, id, stageOwner(stage));
      return { VersionId: id };
    }
    if (target === 'secretsmanager.PutSecretValue' || target === 'secretsmanager.CreateSecret') {
      const name = (input.SecretId ?? input.Name) as string;
      if (input.SecretId !== undefined && !fake.secrets.has(name)) return undefined;
      fake.secrets.set(name, input.SecretString as string);
      return { Name: name };
    }
    if (target === 'CertificateManager.DescribeCertificate') {
      const found = fake.certificates.get(input.CertificateArn as string);
      return found === undefined ? undefined : { Certificate: found };
    }
    if (target === 'CertificateManager.ListCertificates') {
      const found = [...fake.certificates].map(([CertificateArn, { DomainName, Type }]) => ({
        CertificateArn,
        DomainName,
        Type,
      }));
      return { CertificateSummaryList: found };
    }
    if (target === 'CertificateManager.RequestCertificate') {
      const CertificateArn = `arn:aws:acm:eu-west-1:${account}:certificate/${fake.certificates.size}`;
      const DomainName = input.DomainName as string;
      const ResourceRecord = { Name: `_a.${DomainName}.`, Type: 'CNAME', Value: '_b.acm-validations.aws.' };
      fake.certificates.set(CertificateArn, {
        Status: 'PENDING_VALIDATION',
        Type: 'AMAZON_ISSUED',
        DomainName,
        DomainValidationOptions: [{ DomainName, ResourceRecord }],
      });
      return { CertificateArn };
    }
    throw new Error(`the fake does not know ${target}`);
  }

  /** node:crypto signs messages only, KMS digests. */
  function signDigest(key: KeyObject, digest: Buffer): Buffer {
    const folder = mkdtempSync(join(tmpdir(), 'fake-kms-'));
    try {
      writeFileSync(join(folder, 'key.pem'), key.export({ type: 'pkcs8', format: 'pem' }));
      return execFileSync('openssl', ['pkeyutl', '-sign', '-inkey', join(folder, 'key.pem')], { input: digest });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  function domainName(request: IncomingMessage, response: ServerResponse, body: Buffer): unknown {
    const { domain } = fake;
    if (!request.url?.startsWith('/domainnames/api.example.com')) return apiError(response, 404, 'NotFoundException');
    if (request.method === 'PATCH') {
      if (domain.refusal !== undefined) return apiError(response, domain.refusal[1], domain.refusal[0]);
      for (const { path, value } of JSON.parse(body.toString()).patchOperations as { path: string; value: string }[]) {
        if (path === '/mutualTlsAuthentication/truststoreUri') domain.uri = value;
        if (path === '/mutualTlsAuthentication/truststoreVersion') domain.version = value;
      }
    }
    return json(response, 200, {
      domainName: 'api.example.com',
      domainNameStatus: domain.status,
      mutualTlsAuthentication: {
        truststoreUri: domain.uri,
        truststoreVersion: domain.version,
        truststoreWarnings: domain.warnings,
      },
    });
  }

  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    ...fake,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => close(server),
  };
}

const json = (response: ServerResponse, status: number, value: unknown) =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
const xml = (response: ServerResponse, status: number, text: string) =>
  void response.writeHead(status, { 'content-type': 'application/xml' }).end(text);
const apiError = (response: ServerResponse, status: number, name: string) =>
  void response
    .writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': name })
    .end(JSON.stringify({ message: `it says ${name}` }));

/** The SDK may send a body in signed chunks with a checksum behind it. */
function unchunked(request: IncomingMessage, body: Buffer): Buffer {
  if (!String(request.headers['content-encoding'] ?? '').includes('aws-chunked')) return body;
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.subarray(at, end).toString(), 16);
    if (size === 0) return Buffer.concat(parts);
    parts.push(body.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
}
