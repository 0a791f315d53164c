import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Certificate } from '../../src/core/x509/certificate.ts';
import { type Dev, type DevEvent, openDev } from '../../src/local/dev/dev.ts';
import type { ListenerOptions } from '../../src/serve/listener.ts';
import { type Ca, ca, type Issued, type IssueSpec, selfSigned } from '../pki.ts';

/** A request as it reached the backend. */
interface Served {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/** One front of our own making, up and running, with a backend that keeps everything it is sent. */
export interface HostileFront {
  readonly dev: Dev;
  readonly events: readonly DevEvent[];
  readonly served: readonly Served[];
  readonly folder: string;
  /** A CA of the running registry, by its common name. */
  caNamed(commonName: string): Certificate;
  /** A certificate that a CA of the registry has really signed, wrong in whatever way `spec` says. */
  issuedBy(commonName: string, spec: IssueSpec): Issued;
  /** The codes that a refusal left in the log: of the decision by its reference, else of the edge by the request's id. */
  codesOf(reply: { readonly headers: Readonly<Record<string, unknown>> }): readonly string[];
  close(): Promise<void>;
}

export const acmeSubject = [
  [{ type: 'C', value: 'NL' }],
  [{ type: 'O', value: 'Acme, Inc.' }],
  [{ type: 'CN', value: 'orders-client' }],
];

const authorityKeyIdentifier = '2.5.29.35';
const initech = selfSigned({ subject: { O: 'Initech', CN: 'pinned.initech.example' } });

/** Chains of every shape; `dev` puts twins in the place of all of them. */
function authorities(): Readonly<Record<string, { readonly issuers: readonly string[]; readonly cas: readonly Ca[] }>> {
  const acme = ca({ subject: { O: 'Acme', CN: 'Acme Root' } });
  const globex = ca({ subject: { O: 'Globex', CN: 'Globex Root' } });
  const levels = [ca({ subject: 'Deep CA 1' })];
  for (let level = 2; level <= 5; level += 1) levels.push((levels.at(-1) ?? acme).ca({ subject: `Deep CA ${level}` }));
  return {
    'acme-ca': {
      issuers: ['CN=Acme Issuing'],
      cas: [acme, acme.ca({ subject: 'Acme Issuing' }), acme.ca({ subject: 'Acme Servers' })],
    },
    'globex-ca': { issuers: ['CN=Globex Root, O=Globex'], cas: [globex] },
    'deep-ca': { issuers: ['CN=Deep CA 4', 'CN=Deep CA 5'], cas: levels },
  };
}

const clients = {
  acme: `identities:
  - { authority: acme-ca, subject: 'CN=orders-client, O=Acme\\, Inc., C=NL' }
allow: ["GET /orders/**", "POST /orders"]
`,
  globex: `identities:
  - { authority: globex-ca, san: { uri: "spiffe://globex.example/orders" } }
allow: ["GET /orders/**"]
addresses: [203.0.113.0/24, "2001:db8::/32"]
`,
  stock: `identities:
  - { authority: acme-ca, san: { dns: stock.acme.example } }
allow: ["GET /stock/*", "PUT /stock/*"]
`,
  early: `identities:
  - { authority: acme-ca, san: { dns: early.acme.example } }
allow: ["GET /orders/**"]
validFrom: 2049-06-01
`,
  late: `identities:
  - { authority: acme-ca, san: { dns: late.acme.example } }
allow: ["GET /orders/**"]
validUntil: 2020-12-31
`,
  deep: `identities:
  - { authority: deep-ca, subject: CN=deep-client }
allow: ["GET /orders/**"]
`,
  initech: `identities:
  - { certificate: initech.pem }
allow: ["POST /orders"]
`,
};

function files(backendPort: number): Readonly<Record<string, string>> {
  const written: Record<string, string> = {
    'sallyport.yaml': `format: 1
id: hostile-0001
front: hostile
stage: test
support: { email: api-team@example.com }
domain: { name: api.example.com, hostedZone: { id: Z0123456789, name: example.com } }
connections:
  backend:
    transport: direct
    url: "http://127.0.0.1:${backendPort}"
    allowPlaintext: true
    credential: { header: { name: X-Api-Key, valueFrom: "secret:backend" } }
routes:
  - { match: "ANY /**", connection: backend }
`,
    'truststore/clients/initech.pem': initech.pem,
  };
  for (const [name, { issuers, cas }] of Object.entries(authorities())) {
    written[`truststore/authorities/${name}.pem`] = cas.map(({ pem }) => pem).join('');
    written[`truststore/authorities/${name}.yaml`] =
      `authority: ${name}\nissuers: ${JSON.stringify(issuers)}\nrevocation: { none: "made for a test" }\n`;
  }
  for (const [name, text] of Object.entries(clients)) {
    written[`truststore/clients/${name}.yaml`] = `client: ${name}\n${text}`;
  }
  return written;
}

export const backendSecret = 'what-the-backend-compares';

export async function openHostileFront(limits?: ListenerOptions['limits']): Promise<HostileFront> {
  const served: Served[] = [];
  const backend = await openBackend(served);
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-front-'));
  for (const [path, text] of Object.entries(files((backend.address() as AddressInfo).port))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const events: DevEvent[] = [];
  const dev = await openDev({
    folder,
    listen: '127.0.0.1',
    port: 0,
    limits,
    realSecrets: () => async () => backendSecret,
    now: () => Date.now(),
    random: (bytes) => randomBytes(bytes),
    observe: (event) => events.push(event),
  });
  const forger = ca({ subject: 'writes what it is told' });
  const caNamed = (commonName: string): Certificate => {
    const all = [...dev.registry().authorities.values()].flatMap(({ certificates }) => certificates);
    const found = all.find(({ subject }) => subject.rdns.flat().some(({ value }) => value === commonName));
    if (found === undefined) throw new Error(`no CA ${commonName}`);
    return found;
  };
  return {
    dev,
    events,
    served,
    folder,
    caNamed,
    issuedBy(commonName, spec) {
      const issuer = caNamed(commonName);
      return forger.issue({
        without: [authorityKeyIdentifier],
        issuer: { der: issuer.subject.der },
        signWith: dev.twins().signingKeyOf(issuer),
        ...spec,
      });
    },
    codesOf({ headers }) {
      const reference = headers['x-sallyport-reference'];
      if (typeof reference === 'string') return dev.decisionOf(reference)?.reasons?.map(({ code }) => code) ?? [];
      const requestId = headers['x-amzn-requestid'];
      for (const event of events) {
        if (event.kind !== 'exchange' || event.exchange.requestId !== requestId) continue;
        return event.exchange.edge === undefined ? [] : [event.exchange.edge.code];
      }
      return [];
    },
    async close() {
      await dev.close();
      await new Promise((resolve) => {
        backend.close(resolve);
        backend.closeAllConnections();
      });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function openBackend(served: Served[]): Promise<Server> {
  const server = createServer({ maxHeaderSize: 65_536 }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', rawHeaders } = request;
      served.push({ method, url, rawHeaders, body: Buffer.concat(chunks) });
      // Which request this answer belongs to, for who sends many.
      response.setHeader('X-Served', request.headers['x-id'] ?? 'none');
      response.end(url === '/orders/long' ? Buffer.alloc(4_500_000, 'served ') : 'served');
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
