import { parseFront } from '../../src/config/front.ts';
import type { Problem } from '../../src/core/problem.ts';
import { ca, selfSigned } from '../pki.ts';

/** A front that is right in everything, for tests to break at one place. */

export const root = ca({ subject: { C: 'NL', O: 'Acme, Inc.', CN: 'Acme Root CA' } });
export const issuing = root.ca({ subject: { C: 'NL', O: 'Acme, Inc.', CN: 'Acme Issuing CA' } });
export const globex = ca({ subject: { O: 'Globex', CN: 'Globex Root CA' } });
const pinned = selfSigned({ subject: { O: 'Initech', CN: 'tps.initech.example' } });

export const sallyportYaml = `format: 1
id: orders-3f9c
front: orders
stage: production
aws: { account: "222222222222", region: eu-west-1 }
support: { email: api-team@example.com }
domain: { name: api.example.com, hostedZone: { id: Z0123456789, name: example.com } }
egress: { zones: 2 }
tiers: { default: { perSecond: 20, burst: 40, perDay: 100000 } }
connections:
  erp: { transport: direct, url: "https://tenant.example.com", credential: { basic: { user: front, passwordFrom: "secret:erp" } } }
routes:
  - { match: "GET,POST /orders/**", connection: erp, to: "/Orders/rest/v1/**" }
`;

export const authorityYaml = `authority: acme-ca
revocation: { none: "Acme publishes no list; we take clients out by hand" }
`;

export const clientYaml = `client: acme
contact: integration@acme.example
identities:
  - { authority: acme-ca, subject: 'CN=orders-client, O=Acme\\, Inc., C=NL' }
  - { authority: acme-ca, san: { dns: Orders-Client.acme.example } }
  - { certificate: acme.pem }
allow: ["GET /orders/**", "POST /orders"]
addresses: [203.0.113.0/24]
validUntil: 2027-06-30
tier: default
`;

const whole: Readonly<Record<string, string>> = {
  'sallyport.yaml': sallyportYaml,
  'truststore/authorities/acme-ca.yaml': authorityYaml,
  'truststore/authorities/acme-ca.pem': issuing.pem + root.pem,
  'truststore/clients/acme.yaml': clientYaml,
  'truststore/clients/acme.pem': pinned.pem,
};

/** `undefined` removes a file. */
export function filesWith(changes: Readonly<Record<string, string | Uint8Array | undefined>> = {}) {
  const files = new Map<string, Uint8Array>();
  for (const [path, content] of Object.entries({ ...whole, ...changes })) {
    if (content !== undefined)
      files.set(path, typeof content === 'string' ? new TextEncoder().encode(content) : content);
  }
  return files;
}

export function problemsWith(changes: Readonly<Record<string, string | Uint8Array | undefined>>): readonly Problem[] {
  return parseFront(filesWith(changes)).problems;
}

/** One problem as `line:column code`, with what matters to the reader behind it. */
export function brief({ code, place }: Problem): string {
  return `${place?.file}:${place?.line}:${place?.column} ${code}`;
}
