import { generateKeyPairSync } from 'node:crypto';
import { parseCertificate } from '../../core/x509/certificate.ts';
import { pemFromDer } from '../../core/x509/pem.ts';
import { type Moment, makeIntermediate, makeRoot } from './certificates.ts';
import { listFiles, sealKey } from './folder.ts';
import { listDays, makeList } from './lists.ts';

export interface NewCaSpec {
  readonly name: string;
  readonly organization: string;
  /** Of the root; the intermediate counts half as long. */
  readonly years: number;
  /** The address of the folder that the lists will be published in, without a slash at the end. */
  readonly listFolder: string | undefined;
  readonly passphrase: string;
}

export interface NewCa {
  /** Name → content of the CA's own folder: keys, certificates, lists. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  /** Intermediate, then root. */
  readonly authorityPem: string;
  readonly notAfter: { readonly root: number; readonly intermediate: number };
  readonly issuerSha256: string;
}

/** A root, a CA below it that signs clients, and an empty list of each. Writes nothing. */
export function makeCa(spec: NewCaSpec, moment: Moment): NewCa {
  const rootPair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const rootDer = makeRoot(spec, rootPair, moment);
  const root = { certificate: rootDer, privateKey: rootPair.privateKey };
  const lists = spec.listFolder === undefined ? [] : [`${spec.listFolder}/root.crl`];
  const years = Math.max(1, Math.floor(spec.years / 2));
  const der = makeIntermediate({ ...spec, years, lists }, pair.publicKey, root, moment);
  const intermediate = { certificate: der, privateKey: pair.privateKey };
  const listOf = (issuer: typeof root, days: number) =>
    makeList([], issuer, { now: moment.now, days, before: undefined });
  const { sha256, notAfter } = parseCertificate(der);
  return {
    files: new Map<string, string | Uint8Array>([
      ['root.key.pem', sealKey(rootPair.privateKey, spec.passphrase)],
      ['intermediate.key.pem', sealKey(pair.privateKey, spec.passphrase)],
      ['root.pem', pemFromDer(rootDer)],
      ['intermediate.pem', pemFromDer(der)],
      ...listFiles('root', listOf(root, listDays.root)),
      ...listFiles('intermediate', listOf(intermediate, listDays.intermediate)),
    ]),
    authorityPem: pemFromDer(der) + pemFromDer(rootDer),
    notAfter: { root: parseCertificate(rootDer).notAfter, intermediate: notAfter },
    issuerSha256: sha256,
  };
}
