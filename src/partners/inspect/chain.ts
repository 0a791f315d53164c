import { admits } from '../../core/edge/admits.ts';
import type { Certificate } from '../../core/x509/certificate.ts';
import { oid } from '../../core/x509/oid.ts';
import { verifiesSignature } from '../../core/x509/signature.ts';
import { roleOf } from './items/certificate.ts';
import { nameText } from './items/describe.ts';
import type { Finding } from './report.ts';
import { searchChain } from './search-chain.ts';

export interface Chain {
  /** Leaf first, as far up as the file goes. */
  readonly certificates: readonly Certificate[];
  readonly findings: readonly Finding[];
  /** The file would do as a truststore for what is in it. */
  readonly edge: { readonly admitted: boolean; readonly detail?: string };
}

/** How the certificates of a file hang together. They may come in any order; more than 64 are looked at one by one only. */
export function arrange(given: readonly Certificate[], at: number): Chain | undefined {
  const certificates = [...new Map(given.map((one) => [one.sha256, one])).values()];
  if (certificates.length === 0 || certificates.length > 64) return undefined;
  const findings: Finding[] = [];
  if (certificates.length < given.length) {
    findings.push({ severity: 'note', code: 'duplicates', message: 'a certificate stands in the file more than once' });
  }
  const clients = certificates.filter((one) => roleOf(one) === 'client');
  const leaf =
    clients[0] ?? certificates.find((one) => !certificates.some((below) => below !== one && isIssuer(one, below)));
  if (leaf === undefined) return undefined;
  if (clients.length > 1) {
    findings.push({
      severity: 'warning',
      code: 'several_clients',
      message: `${clients.length} certificates that are no CAs`,
      remedy: 'say which of them will connect: each is an identity of its own',
    });
  }
  const authorities = certificates.filter((one) => roleOf(one) !== 'client');
  const path = [leaf, ...searchChain(leaf, authorities, at).cas];
  const top = path.at(-1) ?? leaf;
  findings.push(...orderFindings(given, path), ...topFindings(top, certificates, path));
  const verdict = admits(authorities, [leaf.der], at);
  return {
    certificates: path,
    findings,
    edge: verdict.admitted ? { admitted: true } : { admitted: false, detail: `${verdict.message} (${verdict.detail})` },
  };
}

function isIssuer(issuer: Certificate, signed: Certificate): boolean {
  return issuer.subject.key === signed.issuer.key && verifiesSignature(signed, issuer);
}

function orderFindings(given: readonly Certificate[], path: readonly Certificate[]): Finding[] {
  const positions = path.map((one) => given.findIndex(({ sha256 }) => sha256 === one.sha256));
  const findings: Finding[] = [];
  if (positions.some((position, index) => index > 0 && position < (positions[index - 1] ?? 0))) {
    findings.push({
      severity: 'warning',
      code: 'wrong_order',
      message: "the certificates are not in the order leaf, its issuer, that one's issuer",
      remedy:
        'TLS libraries that are given this file send the first certificate as the leaf: put it first (RFC 8446 §4.4.2)',
    });
  }
  const apart = given.filter(({ sha256 }) => !path.some((one) => one.sha256 === sha256));
  if (apart.length > 0) {
    findings.push({
      severity: 'note',
      code: 'unrelated',
      message: `not part of the chain of the first: ${apart
        .slice(0, 5)
        .map(({ subject }) => nameText(subject))
        .join('; ')}`,
    });
  }
  return findings;
}

function topFindings(top: Certificate, certificates: readonly Certificate[], path: readonly Certificate[]): Finding[] {
  if (certificates.length === 1 && top.selfIssued && roleOf(top) === 'root') {
    return [
      {
        severity: 'note',
        code: 'root_alone',
        message:
          'a self-signed CA certificate by itself: nobody may connect with it, whoever has its key can issue others',
        remedy:
          'ask for the certificate that it has issued for the client; what `openssl req -x509` makes needs -addext basicConstraints=critical,CA:FALSE',
      },
    ];
  }
  if (top.selfIssued) {
    if (roleOf(top) !== 'client') return [];
    return [
      {
        severity: 'note',
        code: 'self_signed',
        message: 'a self-signed certificate: no CA stands behind it',
        remedy:
          'a front can accept exactly this certificate (`certificate:` as identity), and must be told of each renewal',
      },
    ];
  }
  const namesake = certificates.find((one) => !path.includes(one) && one.subject.key === top.issuer.key);
  if (namesake !== undefined) {
    return [
      {
        severity: 'error',
        code: 'signature_invalid',
        message: `not signed by ${nameText(namesake.subject)} of this file, though it has the name of the issuer`,
        remedy: 'the CA has another key of the same name (an older or newer certificate), or somebody forged this',
      },
    ];
  }
  const from = top.authorityInfoAccess?.find(
    ({ method, location }) => method === oid.caIssuers && location.kind === 'uri',
  );
  const where = from?.location.kind === 'uri' ? `; its CA says it is at ${from.location.value}` : '';
  return [
    {
      severity: 'warning',
      code: 'chain_incomplete',
      message: `the issuer is not in the file: ${nameText(top.issuer)}`,
      remedy: `an authority needs every CA up to the self-signed root: ask for it${where}`,
    },
  ];
}
