import { generateKeyPairSync } from 'node:crypto';
import { compileRegistry } from '../src/core/registry/compile.ts';
import type { RegistryDocument } from '../src/core/registry/document.ts';
import type { IdentitySource, RegistrySource } from '../src/core/registry/source.ts';
import { parsePattern } from '../src/core/request/pattern.ts';
import { nameFromRdns } from '../src/core/x509/name.ts';
import { pemFromDer } from '../src/core/x509/pem.ts';
import { issueCertificate } from '../src/core/x509/write.ts';
import { extension } from '../src/core/x509/write-extension.ts';
import { median, rotated } from './measure.ts';
import { at } from './partners.ts';
import { planning } from './planning.ts';
import type { BenchmarkOptions, Row } from './report.ts';

const authorityCount = 1_000;
const clientCount = 100_000;
const routeCount = 10_000;
const day = 86_400_000;
const place = { file: 'truststore/clients/many.yaml', line: 1, column: 1 };

/** What `lint`, `plan` and `publish` wait for: 100,000 clients of 1,000 authorities, a tenth of them known by a glob. */
export function compiling(options: BenchmarkOptions): readonly Row[] {
  const source = manyOf();
  const times: number[] = [];
  let text = '';
  let compiled: RegistryDocument | undefined;
  for (let round = 0; round < (options.quick ? 1 : 3); round += 1) {
    const start = performance.now();
    const { document, problems } = compileRegistry(source);
    times.push(performance.now() - start);
    if (problems.length > 0) throw new Error(`The benchmark's registry has problems: ${problems[0]?.message}`);
    text = JSON.stringify(document);
    compiled = document;
  }
  const start = performance.now();
  JSON.parse(text);
  return [
    {
      what: `compile, ${clientCount} clients, ${routeCount} routes, ${authorityCount} authorities, every proof`,
      value: median(times),
      unit: 'ms',
      baseline: { what: 'JSON.parse of what comes out', value: performance.now() - start },
      bar: { kind: 'at-most', value: 5_000 },
    },
    routesAlone(source, options),
    ...(compiled === undefined ? [] : [planning(compiled, options)]),
  ];
}

/** What the routes cost without the clients: every pair of ways to one target is looked for, not tried. */
function routesAlone({ deployed, ...source }: RegistrySource, options: BenchmarkOptions): Row {
  if (deployed === undefined) throw new Error('The benchmark compiles routes.');
  const few = { ...source, clients: source.clients.slice(0, 10), authorities: source.authorities.slice(0, 10) };
  const works = [routeCount + 1, 11].map((count) => ({
    ...few,
    deployed: { ...deployed, routes: deployed.routes.slice(0, count) },
  }));
  const times = works.map((): number[] => []);
  for (let round = 0; round < (options.quick ? 1 : 5); round += 1) {
    for (const index of rotated(works.length, round)) {
      const start = performance.now();
      compileRegistry(works[index] ?? source);
      times[index]?.push(performance.now() - start);
    }
  }
  const [own = Number.NaN, baseline = Number.NaN] = times.map(median);
  return {
    what: `compile, 10 clients, ${routeCount} routes that each ask for something and are moved`,
    value: own,
    unit: 'ms',
    baseline: { what: 'with 10 routes', value: baseline },
    bar: { kind: 'at-most', value: 2_000 },
  };
}

function manyOf(): RegistrySource {
  const positioned = <T>(value: T) => ({ value, place });
  const authorities = Array.from({ length: authorityCount }, (_, index) => ({
    name: `ca-${index}`,
    pem: { file: `truststore/authorities/ca-${index}.pem`, text: rootPem(index) },
    revocation: { none: 'a benchmark' },
    place,
  }));
  const clients = Array.from({ length: clientCount }, (_, index) => ({
    name: `client-${index}`,
    identities: [identityOf(index)],
    allow: [positioned(parsePattern('GET /orders/**'))],
    place,
  }));
  return {
    front: { id: 'bench-1', label: 'bench', stage: 'test', support: { email: 'a@b.example' }, disclose: true },
    authorities,
    authorityNames: new Set(authorities.map(({ name }) => name)),
    clients,
    deployed: {
      connectionNames: new Set(['erp']),
      tierNames: new Set(),
      routes: [
        {
          match: positioned(parsePattern('ANY /**')),
          connection: positioned('erp'),
          replaces: true,
          admits: [],
          place,
        },
        ...Array.from({ length: routeCount }, (_, index) => routeOf(index)),
      ],
    },
  };
}

/** Each with its condition and its target, so that ways to one place are looked for. */
function routeOf(index: number) {
  const positioned = <T>(value: T) => ({ value, place });
  return {
    match: positioned(parsePattern(`GET /service-${index}/**`)),
    connection: positioned('erp'),
    to: positioned(`/target/${index}/**`),
    require: [{ any: [{ psd2Role: positioned('PSP_AI' as const) }], place }],
    admits: [],
    place,
  };
}

function identityOf(index: number): IdentitySource {
  const authority = { value: `ca-${index % authorityCount}`, place };
  if (index % 10 === 0) {
    return { kind: 'san-glob', authority, san: { kind: 'dns', value: `c${index}-*.clients.example` }, place };
  }
  const subject = nameFromRdns([[{ type: 'O', value: 'Acme' }], [{ type: 'CN', value: `client-${index}` }]]);
  return { kind: 'subject', authority, subject, place };
}

function rootPem(index: number): string {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = [[{ type: 'O', value: `Partner ${index}` }], [{ type: 'CN', value: `Partner ${index} CA` }]];
  const extensions = [
    extension.basicConstraints(true),
    extension.keyUsage(['keyCertSign', 'cRLSign']),
    extension.subjectKeyIdentifier(publicKey),
  ];
  const dates = { notBefore: at - 30 * day, notAfter: at + 300 * day };
  const serial = (index + 1).toString(16);
  return pemFromDer(
    issueCertificate({ ...dates, serial, subject: name, issuer: name, publicKey, extensions }, privateKey),
  );
}
