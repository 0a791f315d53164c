import type { GeneralName } from '../../../core/x509/certificate.ts';
import type { PublicKeyInfo } from '../../../core/x509/fields/algorithm.ts';
import type { Name } from '../../../core/x509/name.ts';
import { readableName } from '../../../core/x509/names/readable.ts';
import { oid } from '../../../core/x509/oid.ts';

/** Words for what certificates hold, as people read them; what cannot be seen is escaped. */
export function nameText(name: Name): string {
  return readableName(name);
}

export function keyText({ algorithm, bits, curve, oid: type }: PublicKeyInfo): string {
  if (bits !== undefined) return `${algorithm === 'rsa-pss' ? 'RSA-PSS' : 'RSA'} ${bits}`;
  if (curve !== undefined) return `EC ${curve}`;
  return algorithm === 'other' ? type : algorithm;
}

export function generalNameText(name: GeneralName): string {
  switch (name.kind) {
    case 'directory':
      return `directory ${nameText(name.name)}`;
    case 'ip':
      return `ip ${name.text}`;
    case 'registered-id':
      return `registeredID ${name.oid}`;
    case 'other':
      return `otherName ${name.oid ?? name.form}`;
    default:
      return `${name.kind} ${name.value}`;
  }
}

const purposes: Readonly<Record<string, string>> = {
  [oid.clientAuth]: 'clientAuth',
  [oid.serverAuth]: 'serverAuth',
  [oid.codeSigning]: 'codeSigning',
  [oid.emailProtection]: 'emailProtection',
  [oid.anyExtendedKeyUsage]: 'any',
};

export function purposesText(oids: readonly string[]): string {
  return oids.map((dotted) => purposes[dotted] ?? dotted).join(', ');
}

const maxListed = 20;

/** The first of many, and how many more there are. */
export function listed(texts: readonly string[]): string {
  const more = texts.length - maxListed;
  return more > 0 ? `${texts.slice(0, maxListed).join(', ')} and ${more} more` : texts.join(', ');
}
