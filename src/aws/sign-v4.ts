import { createHash, createHmac } from 'node:crypto';

/**
 * AWS Signature Version 4 for the three reads of the authorizer (two of S3, one of SSM). Written here because loading an
 * SDK client costs a cold start more than everything else it does: docs/decisions/own-aws-reads.md.
 */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface UnsignedRequest {
  readonly method: string;
  /** With its port, if it is not the scheme's own. */
  readonly host: string;
  /** As it will be sent; every character but `/` outside A-Z a-z 0-9 - . _ ~ percent-encoded once. */
  readonly path: string;
  /** As it will be sent, sorted by name. */
  readonly query?: string;
  /** Lower-case names; all of them are signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface SigningScope {
  readonly region: string;
  readonly service: string;
  /** Epoch ms. */
  readonly at: number;
}

/** The request's headers with those of the signature added. */
export function signV4(
  request: UnsignedRequest,
  credentials: Credentials,
  scope: SigningScope,
): Record<string, string> {
  const moment = new Date(scope.at).toISOString().replace(/\.\d{3}|[:-]/g, '');
  const day = moment.slice(0, 8);
  const bodyDigest = sha256(request.body ?? new Uint8Array(0));
  const headers: Record<string, string> = {
    ...request.headers,
    host: request.host,
    'x-amz-content-sha256': bodyDigest,
    'x-amz-date': moment,
    ...(credentials.sessionToken === undefined ? {} : { 'x-amz-security-token': credentials.sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const canonicalRequest = [
    request.method,
    request.path,
    request.query ?? '',
    ...names.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    names.join(';'),
    bodyDigest,
  ].join('\n');
  const credentialScope = `${day}/${scope.region}/${scope.service}/aws4_request`;
  const stringToSign = ['AWS4-HMAC-SHA256', moment, credentialScope, sha256(canonicalRequest)].join('\n');
  const key = [day, scope.region, scope.service, 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${credentials.secretAccessKey}`,
  );
  const signature = createHmac('sha256', key).update(stringToSign).digest('hex');
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${credentialScope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
