import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { Finding, Item } from '../report.ts';

const rotate: Finding = {
  severity: 'warning',
  code: 'private_key_sent',
  message: 'a private key that lies open in a file',
  remedy:
    'whoever saw this file can be this client: if it came by mail or chat, make a new key and revoke the certificate',
};

/** A private key as far as it says what it is; `certificates` are looked through for its own. */
export function describeKey(
  der: Uint8Array,
  how: { readonly label: string; readonly line?: number; readonly encrypted: boolean },
  certificates: readonly Uint8Array[],
): Item {
  if (how.encrypted) {
    return {
      kind: 'private-key',
      line: how.line,
      facts: [['key', 'private, encrypted with a password']],
      findings: [{ ...rotate, message: 'a private key, encrypted with a password' }],
      keys: [{ protection: 'password' }],
    };
  }
  const key = privateKeyOf(der, how.label);
  if (key === undefined) {
    const message = `a private key (${how.label}) that OpenSSL cannot read`;
    return {
      kind: 'private-key',
      line: how.line,
      facts: [],
      findings: [rotate, { severity: 'error', code: 'key_unreadable', message }],
      keys: [{ protection: 'open' }],
    };
  }
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  const own = certificates.findIndex((certificate) => belongs(certificate, key));
  return {
    kind: 'private-key',
    line: how.line,
    facts: [
      [
        'key',
        ['private', key.asymmetricKeyType, modulusLength, namedCurve].filter((part) => part !== undefined).join(' '),
      ],
      ['belongs to', own >= 0 ? `certificate ${own + 1} of this file` : 'no certificate of this file'],
    ],
    findings: [rotate],
    keys: [{ protection: 'open', certificate: certificates[own] }],
  };
}

/** What ssh-keygen writes: a key that signs nothing of TLS, and is leaked all the same. */
export function describeSshKey(line: number | undefined): Item {
  return {
    kind: 'private-key',
    line,
    facts: [['key', 'private, of SSH']],
    findings: [
      {
        severity: 'error',
        code: 'ssh_key',
        message: 'a private key of SSH (OpenSSH): it logs in with it, and is not for TLS',
        remedy: 'whoever saw this file may log in where it is let in: have it replaced there; TLS needs a certificate',
      },
    ],
  };
}

function privateKeyOf(der: Uint8Array, label: string): KeyObject | undefined {
  const types = label.startsWith('RSA') ? ['pkcs1'] : label.startsWith('EC') ? ['sec1'] : ['pkcs8', 'sec1', 'pkcs1'];
  for (const type of types) {
    try {
      return createPrivateKey({ key: Buffer.from(der), format: 'der', type: type as 'pkcs1' | 'sec1' | 'pkcs8' });
    } catch {
      // the next form
    }
  }
  return undefined;
}

function belongs(certificate: Uint8Array, key: KeyObject): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(key);
  } catch {
    return false;
  }
}
