import type { KeyObject } from 'node:crypto';
import { type Belief, type BelievedList, believe, type ListTrust } from '../../../src/core/revocation/believe.ts';
import { compileRevocations } from '../../../src/core/revocation/compile.ts';
import { openRevocations, type RevocationIndex } from '../../../src/core/revocation/index.ts';
import { type StatusRequest, statusOf } from '../../../src/core/revocation/status.ts';
import { type Certificate, parseCertificate } from '../../../src/core/x509/certificate.ts';
import { issueList, type ListSpec, listExtension } from '../../../src/core/x509/write-crl.ts';
import { during, type Issued } from '../../pki.ts';

export const hour = 3_600_000;
export const day = 24 * hour;

export const read = ({ der }: Issued): Certificate => parseCertificate(der);
export const all = (issued: readonly Issued[]): readonly Certificate[] => issued.map(read);

/** A current list of this CA, number 1, that revokes nothing; any part of it can be replaced. */
export function listOf(ca: Issued, spec: Partial<ListSpec> = {}, key: KeyObject = ca.privateKey): Uint8Array {
  return issueList(
    {
      issuer: read(ca).subject,
      thisUpdate: during - hour,
      nextUpdate: during + day,
      extensions: [listExtension.crlNumber(1)],
      ...spec,
    },
    key,
  );
}

export function entry({ der }: Issued, reason?: number) {
  return { serial: parseCertificate(der).serial, revokedAt: during - day, reason };
}

export function beliefOf(der: Uint8Array, cas: readonly Issued[], trust: Partial<ListTrust> = {}): Belief {
  return believe(der, { certificates: all(cas), at: during, ...trust });
}

/** The code of a list that is not believed, or `believed`. */
export function codeOf(...[der, cas, trust]: Parameters<typeof beliefOf>): string {
  const belief = beliefOf(der, cas, trust);
  return belief.ok ? 'believed' : belief.code;
}

export function believed(...[der, cas, trust]: Parameters<typeof beliefOf>): BelievedList {
  const belief = beliefOf(der, cas, trust);
  if (belief.ok) return belief.believed;
  if (belief.lapsed !== undefined) return belief.lapsed;
  throw new Error(`${belief.code}: ${belief.detail}`);
}

export function indexOf(cas: readonly Issued[], ...lists: readonly Uint8Array[]): RevocationIndex {
  const compiled = compileRevocations({
    authorities: [{ name: 'acme-ca', certificates: all(cas), lists: lists.map((der) => believed(der, cas)) }],
  });
  expect(compiled.unused.filter(({ code }) => code !== 'list_signer_revoked')).toEqual([]);
  return openRevocations(compiled.bytes);
}

/** What the index says about each certificate of a path, leaf first. */
export function statuses(
  index: RevocationIndex | undefined,
  path: readonly Issued[],
  rest: Partial<StatusRequest> = {},
): readonly string[] {
  return statusOf({ path: all(path), authority: 'acme-ca', index, at: during, ...rest }).findings.map(
    ({ status }) => status,
  );
}
