import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Ca, ca } from '../../pki.ts';
import { account, region } from '../machine/emulator.ts';
import type { Backend } from './backend.ts';

/** A partner with a CA of its own: what it keeps, and what it hands over. */
export interface Partner {
  readonly name: string;
  readonly authority: Ca;
  readonly certificate: string;
  readonly key: string;
}

export function newPartner(name: string): Partner {
  const label = name.charAt(0).toUpperCase() + name.slice(1);
  const authority = ca({ subject: [[{ type: 'CN', value: `${label} Root` }], [{ type: 'O', value: label }]] });
  const leaf = authority.issue({ subject: subjectOf(name) });
  return { name, authority, certificate: leaf.pem, key: leaf.keyPem };
}

/** RFC 4514 writes the last one first. */
const subjectOf = (name: string) => [[{ type: 'O', value: name }], [{ type: 'CN', value: 'orders-client' }]];

/** A front's folder, as an operator edits it. */
export interface FrontFolder {
  readonly folder: string;
  readonly id: string;
  readonly domain: string;
  /** Values of `domain` and `connections`, for `write`. */
  inZone(zone: string): { readonly domain: string };
  connections(...more: readonly string[]): string;
  /** Lines of sallyport.yaml that replace or join those that are there; undefined takes one away. */
  write(lines?: Readonly<Record<string, string | undefined>>): void;
  add(partner: Partner): void;
  remove(partner: Partner): void;
}

export function openFrontFolder(folder: string, id: string, backend: Backend, zone: string): FrontFolder {
  const domain = `${id}.example.com`;
  const put = (file: string, text: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  const inZone = (hosted: string) => ({
    domain: `{ name: ${domain}, hostedZone: { id: ${hosted}, name: example.com } }`,
  });
  const connections = (...more: readonly string[]): string => {
    const to = `transport: direct, url: "https://127.0.0.1:${backend.port}", serverName: ${backend.name}, authorities: connections/erp-ca.pem`;
    const all = ['erp', ...more].map(
      (name) => `${name}: { ${to}, credential: { basic: { user: front, passwordFrom: "secret:erp" } } }`,
    );
    return `{ ${all.join(', ')} }`;
  };
  const own: Record<string, string | undefined> = {
    format: '1',
    id,
    front: 'orders',
    stage: 'production',
    aws: `{ account: "${account}", region: ${region} }`,
    support: '{ email: api-team@example.com }',
    ...inZone(zone),
    egress: '{ zones: 1 }',
    connections: connections(),
    routes: '[{ match: "GET,POST /orders/**", connection: erp, to: "/Orders/rest/v1/**" }]',
  };
  put('connections/erp-ca.pem', backend.authority);
  return {
    folder,
    id,
    domain,
    inZone,
    connections,
    write(lines = {}) {
      Object.assign(own, lines);
      const text = Object.entries(own).flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${value}\n`]));
      put('sallyport.yaml', text.join(''));
    },
    add({ name, authority }) {
      put(`truststore/authorities/${name}-ca.pem`, authority.pem);
      put(`truststore/authorities/${name}-ca.yaml`, `authority: ${name}-ca\nrevocation: { none: "a test" }\n`);
      put(
        `truststore/clients/${name}.yaml`,
        `client: ${name}\nidentities:\n  - { authority: ${name}-ca, subject: 'CN=orders-client, O=${name}' }\nallow: ["GET /orders/**", "POST /orders"]\n`,
      );
    },
    remove({ name }) {
      for (const file of [`authorities/${name}-ca.pem`, `authorities/${name}-ca.yaml`, `clients/${name}.yaml`])
        rmSync(join(folder, 'truststore', file));
    },
  };
}
