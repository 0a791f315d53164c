import { isIP } from 'node:net';
import { awsLimits } from '../../src/core/aws-limits.ts';
import { clientKeyHeader } from '../../src/core/client-key.ts';
import { foldName } from '../../src/core/fold-name.ts';
import { refuse } from '../../src/core/problem.ts';
import { isAbsent, isRecord } from '../../src/core/unknown.ts';

/** What an authorizer's event says, whichever of API Gateway's three shapes it came in. Nothing else of an event is used. */
export interface AuthorizerEvent {
  readonly kind: 'rest' | 'http-1.0' | 'http-2.0';
  readonly method: string;
  /** As API Gateway gives it: the raw path in REST events. HTTP APIs have decoded it. */
  readonly path: string;
  /** The address API Gateway saw, never a header. */
  readonly address: string;
  readonly api: ApiStage;
  /** The leaf. Absent when the call came through a door without mutual TLS. */
  readonly certificatePem?: string;
  readonly extendedRequestId?: string;
  /** What came in X-Sallyport-Key; absent when it came twice, too. Looked for when it is asked for. */
  readonly key?: string;
  /** What stands behind `Bearer` in Authorization, if that came once. Looked for when it is asked for. */
  readonly bearer?: string;
}

/** The constant part of the method ARN. Every member is made of characters that mean nothing in a policy. */
export interface ApiStage {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly id: string;
  readonly stage: string;
  /** The host name that the call came through, in lower case; empty when the event has none. Not in the ARN. */
  readonly domainName: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** API Gateway takes no longer URL; decoding a path never lengthens it. */
const maximumPathLength = awsLimits.urlBytes;
/** Far above any certificate a TLS handshake carries. */
const maximumPemLength = 131_072;
const maximumArnLength = 4_096;

/** `arn:aws:execute-api:eu-west-1:222222222222:abc123/live/GET/…`; the path behind the method is the caller's and is not read. */
const methodArn =
  /^arn:(aws[a-z-]{0,16}):execute-api:([a-z0-9-]{1,32}):(\d{12}):([a-z0-9]{1,32})\/([A-Za-z0-9_-]{1,128}|\$default)\/([^/]{1,32})\//;

/**
 * Reads a REQUEST authorizer's event: REST, HTTP API payload 1.0, HTTP API payload 2.0.
 * @throws ProblemError `event_malformed` when anything used is missing, of a wrong type, over-long or contradicts the ARN.
 */
export function readEvent(event: unknown): AuthorizerEvent {
  const fields = fieldsOf(event, 'event');
  if (fields.type !== 'REQUEST') malformed('type', fields.type, 'REQUEST');
  const context = fieldsOf(fields.requestContext, 'requestContext');
  const version = fields.version;
  if (version === '2.0') return readHttp2(fields, context);
  if (version !== undefined && version !== '1.0') malformed('version', version, 'absent, 1.0 or 2.0');

  const identity = fieldsOf(context.identity, 'requestContext.identity');
  const method = textOf(fields.httpMethod, 'httpMethod', 32);
  return new ReadAuthorizerEvent(
    version === undefined ? 'rest' : 'http-1.0',
    method,
    textOf(fields.path, 'path', maximumPathLength),
    addressOf(identity.sourceIp, 'requestContext.identity.sourceIp'),
    apiStageOf(fields.methodArn, 'methodArn', context, method),
    certificateOf(identity.clientCert, 'requestContext.identity.clientCert'),
    requestIdOf(context.extendedRequestId),
    fields.multiValueHeaders ?? fields.headers,
  );
}

function readHttp2(fields: Fields, context: Fields): AuthorizerEvent {
  const http = fieldsOf(context.http, 'requestContext.http');
  const method = textOf(http.method, 'requestContext.http.method', 32);
  const authentication = context.authentication;
  return new ReadAuthorizerEvent(
    'http-2.0',
    method,
    textOf(fields.rawPath, 'rawPath', maximumPathLength),
    addressOf(http.sourceIp, 'requestContext.http.sourceIp'),
    apiStageOf(fields.routeArn, 'routeArn', context, method),
    isAbsent(authentication)
      ? undefined
      : certificateOf(
          fieldsOf(authentication, 'requestContext.authentication').clientCert,
          'requestContext.authentication.clientCert',
        ),
    requestIdOf(context.extendedRequestId),
    fields.headers,
  );
}

/** A class: an object with getters of its own takes longer to make than the event takes to read. */
class ReadAuthorizerEvent implements AuthorizerEvent {
  readonly kind: AuthorizerEvent['kind'];
  readonly method: string;
  readonly path: string;
  readonly address: string;
  readonly api: ApiStage;
  readonly certificatePem: string | undefined;
  readonly extendedRequestId: string | undefined;
  readonly #headers: unknown;

  constructor(
    kind: AuthorizerEvent['kind'],
    method: string,
    path: string,
    address: string,
    api: ApiStage,
    certificatePem: string | undefined,
    extendedRequestId: string | undefined,
    headers: unknown,
  ) {
    this.kind = kind;
    this.method = method;
    this.path = path;
    this.address = address;
    this.api = api;
    this.certificatePem = certificatePem;
    this.extendedRequestId = extendedRequestId;
    this.#headers = headers;
  }

  get key(): string | undefined {
    return onlyHeader(this.#headers, foldedKeyHeader);
  }

  get bearer(): string | undefined {
    return bearerIn(onlyHeader(this.#headers, 'authorization'));
  }
}

/** Under any spelling that some server would take for it; what came twice counts as nothing. HTTP APIs join doubles by a comma. */
function onlyHeader(headers: unknown, folded: string): string | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  let found: string | undefined;
  for (const [name, value] of Object.entries(headers)) {
    if (name.length !== folded.length || foldName(name) !== folded) continue;
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    const [only] = values;
    if (found !== undefined || values.length !== 1 || typeof only !== 'string') return undefined;
    found = only;
  }
  return found;
}

const foldedKeyHeader = foldName(clientKeyHeader);

/** RFC 6750 §2.1; the scheme's name in any case (RFC 9110 §11.1). */
function bearerIn(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(authorization)?.[1];
}

/** The printed names beside the PEM are not read: their escaping is undocumented, so they identify nobody. */
function certificateOf(value: unknown, name: string): string | undefined {
  if (isAbsent(value)) return undefined;
  return textOf(fieldsOf(value, name).clientCertPem, `${name}.clientCertPem`, maximumPemLength);
}

function apiStageOf(value: unknown, name: string, context: Fields, method: string): ApiStage {
  const arn = methodArn.exec(textOf(value, name, maximumArnLength));
  const [, partition, region, account, id, stage, verb] = arn ?? malformed(name, value, 'an execute-api method ARN');
  if (partition === undefined || region === undefined || account === undefined) return malformed(name, value);
  if (id === undefined || stage === undefined) return malformed(name, value);
  if (context.apiId !== id) malformed('requestContext.apiId', context.apiId, `${id}, as in ${name}`);
  if (context.stage !== stage) malformed('requestContext.stage', context.stage, `${stage}, as in ${name}`);
  if (verb !== method) malformed(name, value, `the method ${method}`);
  return { partition, region, account, id, stage, domainName: domainNameOf(context) };
}

function addressOf(value: unknown, name: string): string {
  const address = textOf(value, name, 45);
  return isIP(address) === 0 ? malformed(name, value, 'an IP address') : address;
}

/** 253: the longest name of DNS (RFC 1035 §2.3.4). */
function domainNameOf({ domainName }: Fields): string {
  return isAbsent(domainName) ? '' : textOf(domainName, 'requestContext.domainName', 253).toLowerCase();
}

function requestIdOf(value: unknown): string | undefined {
  if (isAbsent(value)) return undefined;
  const id = textOf(value, 'requestContext.extendedRequestId', 128);
  // half a surrogate pair has no bytes that a binding could carry
  return id.isWellFormed() ? id : malformed('requestContext.extendedRequestId', value, 'well-formed text');
}

function fieldsOf(value: unknown, name: string): Fields {
  return isRecord(value) ? value : malformed(name, value, 'an object');
}

function textOf(value: unknown, name: string, maximumLength: number): string {
  return typeof value === 'string' && value !== '' && value.length <= maximumLength
    ? value
    : malformed(name, value, `a string of 1 to ${maximumLength} characters`);
}

function malformed(name: string, found: unknown, allowed?: string): never {
  return refuse({
    code: 'event_malformed',
    message: `The authorizer's event has no usable ${name}`,
    // The type and the length, not the value: a certificate or a path has no place in an error message.
    found:
      typeof found === 'string' ? `a string of ${found.length} characters` : found === null ? 'null' : typeof found,
    allowed,
  });
}
