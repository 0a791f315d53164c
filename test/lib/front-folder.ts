import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { frontFrom } from '../../lib/preflight.ts';
import type { FrontConfig } from '../../src/config/front.ts';
import { ca } from '../pki.ts';

const root = ca({ subject: [[{ type: 'CN', value: 'Deploy Test Root' }]] });
const authority = root.pem;

/** A front that may be deployed: its CA is generated here and carries no mark. `lines` replaces top-level keys of sallyport.yaml. */
export function frontFolder(lines: Readonly<Record<string, string | undefined>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-front-'));
  const keys: Record<string, string | undefined> = {
    format: '1',
    id: 'orders-3f9c',
    front: 'orders',
    stage: 'production',
    aws: '{ account: "222222222222", region: eu-west-1 }',
    support: '{ email: api-team@example.com }',
    domain: '{ name: api.example.com, hostedZone: { id: Z0123456789, name: example.com } }',
    egress: '{ zones: 2 }',
    connections:
      '{ erp: { transport: direct, url: "https://tenant.example.com", credential: { basic: { user: front, passwordFrom: "secret:erp" } } } }',
    routes: '[{ match: "GET,POST /orders/**", connection: erp, to: "/Orders/rest/v1/**" }]',
    ...lines,
  };
  const text = Object.entries(keys)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');
  mkdirSync(join(folder, 'truststore/authorities'), { recursive: true });
  mkdirSync(join(folder, 'truststore/clients'));
  writeFileSync(join(folder, 'sallyport.yaml'), text);
  writeFileSync(join(folder, 'truststore/authorities/acme-ca.pem'), authority);
  writeFileSync(
    join(folder, 'truststore/authorities/acme-ca.yaml'),
    'authority: acme-ca\nrevocation: { none: "a test" }\n',
  );
  writeFileSync(
    join(folder, 'truststore/clients/acme.yaml'),
    'client: acme\nidentities:\n  - { authority: acme-ca, subject: \'CN=orders-client, O=Acme, C=NL\' }\nallow: ["GET /orders/**"]\n',
  );
  return folder;
}

export const frontConfig = (lines: Readonly<Record<string, string | undefined>> = {}): FrontConfig =>
  frontFrom(frontFolder(lines));
