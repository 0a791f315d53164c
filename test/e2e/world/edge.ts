import type { IncomingMessage, ServerResponse } from 'node:http';
import { request } from 'node:https';
import { admits } from '../../../src/core/edge/admits.ts';
import { type Certificate, parseCertificate } from '../../../src/core/x509/certificate.ts';
import { pemFromDer, readPemBlocks } from '../../../src/core/x509/pem.ts';
import { openListener } from '../../../src/serve/listener.ts';
import { ca } from '../../pki.ts';
import type { Emulator } from '../machine/emulator.ts';
import { type Aws, ok } from './aws.ts';

/** What API Gateway does before the emulator's part begins: mutual TLS with the truststore that the domain names. */
export interface Edge {
  readonly port: number;
  /** An edge that lets every certificate through, for what must not depend on it. */
  readonly openPort: number;
  /** PEM: who signed its certificate. */
  readonly authority: string;
  close(): Promise<void>;
}

export interface DomainTruststore {
  readonly uri: string;
  readonly version: string;
  readonly certificates: readonly Certificate[];
}

/** Read through the API Gateway and the S3 of the emulator, by version: nothing is taken from the files. */
export async function readDomain(aws: Aws, domain: string): Promise<DomainTruststore> {
  const { text } = await ok(aws.rest('apigateway', 'GET', `/domainnames/${domain}`));
  const { mutualTlsAuthentication: mutualTls } = JSON.parse(text) as {
    readonly mutualTlsAuthentication?: { readonly truststoreUri?: string; readonly truststoreVersion?: string };
  };
  const { truststoreUri: uri = '', truststoreVersion: version = '' } = mutualTls ?? {};
  const path = uri.replace('s3:/', '');
  const object = await ok(aws.s3('GET', path, { query: `versionId=${encodeURIComponent(version)}` }));
  return { uri, version, certificates: readPemBlocks(object.text).map(({ der }) => parseCertificate(der)) };
}

/** Every request is held against the truststore that the domain names at that moment. */
export async function openEdge(emulator: Emulator, aws: Aws, domains: readonly string[]): Promise<Edge> {
  const root = ca({ subject: 'Public Root' });
  const own = root.issue({ subject: domains[0], names: domains.map((dns) => ({ dns })), purposes: ['serverAuth'] });
  const open = (checks: boolean) =>
    openListener({
      hostname: '127.0.0.1',
      port: 0,
      certificate: own.pem,
      key: own.keyPem,
      async handle(incoming, response, presented) {
        const certificates = checks ? (await readDomain(aws, incoming.headers.host ?? '')).certificates : [];
        if (checks && !admits(certificates, presented, Date.now()).admitted) {
          response.writeHead(403, { 'content-type': 'application/json', 'x-amzn-ErrorType': 'ForbiddenException' });
          response.end('{"message":"Forbidden"}');
          return;
        }
        await pass(emulator, incoming, response, presented[0] ?? new Uint8Array(0));
      },
    });
  const [listener, openOne] = await Promise.all([open(true), open(false)]);
  return {
    port: listener.port,
    openPort: openOne.port,
    authority: root.pem,
    close: async () => void (await Promise.all([listener.close(), openOne.close()])),
  };
}

const certificateHeader = 'x-emu-client-cert';
/** The emulator takes the caller's address from it, where AWS looks at the connection. */
const addressHeader = 'x-forwarded-for';

function pass(
  emulator: Emulator,
  incoming: IncomingMessage,
  response: ServerResponse,
  leaf: Uint8Array,
): Promise<void> {
  const headers: string[] = [];
  for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
    const [name = '', value = ''] = incoming.rawHeaders.slice(index, index + 2);
    if (![certificateHeader, addressHeader].includes(name.toLowerCase())) headers.push(name, value);
  }
  headers.push(addressHeader, '127.0.0.1', certificateHeader, encodeURIComponent(pemFromDer(leaf)));
  return new Promise((done, failed) => {
    const onward = request(
      `${emulator.endpoint}${incoming.url ?? '/'}`,
      { method: incoming.method, headers, ca: emulator.authority, servername: '', agent: false },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response).once('finish', done);
      },
    );
    onward.once('error', failed);
    incoming.pipe(onward);
  });
}
