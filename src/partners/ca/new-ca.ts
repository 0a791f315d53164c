import { generateKeyPairSync } from 'node:crypto';
import { refuse } from '../../core/problem.ts';
import { parseCertificate } from '../../core/x509/certificate.ts';
import { pemFromDer } from '../../core/x509/pem.ts';
import { type CaKey, keyAtHand, type Moment, makeIntermediate, makeRoot } from './certificates.ts';
import { listFiles, type Role, sealKey } from './folder.ts';
import { listDays, makeList } from './lists.ts';

export interface NewCaSpec {
  readonly name: string;
  readonly organization: string;
  /** Of the root; the intermediate counts half as long. */
  readonly years: number;
  /** The address of the folder that the lists will be published in, without a slash at the end. */
  readonly listFolder: string | undefined;
  /** Keys in KMS, by role; a key that is not there is made and sealed with the passphrase. */
  readonly kms: Partial<Readonly<Record<Role, CaKey & { readonly arn: string }>>>;
  /** Asked when a key is sealed. */
  passphrase(): string;
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
export async function makeCa(spec: NewCaSpec, moment: Moment): Promise<NewCa> {
  const [rootKey, key] = [keyOf('root', spec), keyOf('intermediate', spec)];
  if (rootKey.publicKey.equals(key.publicKey)) {
    refuse({
      code: 'ca_one_key',
      message: 'the root and the CA below it must have keys of their own',
      found: spec.kms.root?.arn,
      remedy: 'another key for one of the two, or the root in a file that goes into a safe',
    });
  }
  const rootDer = await makeRoot(spec, rootKey, moment);
  const root = { certificate: rootDer, ...rootKey };
  const lists = spec.listFolder === undefined ? [] : [`${spec.listFolder}/root.crl`];
  const years = Math.max(1, Math.floor(spec.years / 2));
  const der = await makeIntermediate({ ...spec, years, lists }, key.publicKey, root, moment);
  const intermediate = { certificate: der, ...key };
  const listOf = (issuer: typeof root, days: number) =>
    makeList([], issuer, { now: moment.now, days, before: undefined });
  const { sha256, notAfter } = parseCertificate(der);
  return {
    files: new Map<string, string | Uint8Array>([
      rootKey.file,
      key.file,
      ['root.pem', pemFromDer(rootDer)],
      ['intermediate.pem', pemFromDer(der)],
      ...listFiles('root', await listOf(root, listDays.root)),
      ...listFiles('intermediate', await listOf(intermediate, listDays.intermediate)),
    ]),
    authorityPem: pemFromDer(der) + pemFromDer(rootDer),
    notAfter: { root: parseCertificate(rootDer).notAfter, intermediate: notAfter },
    issuerSha256: sha256,
  };
}

function keyOf(role: Role, { kms, passphrase }: NewCaSpec): CaKey & { readonly file: [string, string] } {
  const remote = kms[role];
  if (remote !== undefined) return { ...remote, file: [`${role}.key.arn`, `${remote.arn}\n`] };
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...keyAtHand(privateKey), file: [`${role}.key.pem`, sealKey(privateKey, passphrase())] };
}
