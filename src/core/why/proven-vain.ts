import { decide } from '../decide/decide.ts';
import { ProblemError } from '../problem.ts';
import type { RegistryDocument } from '../registry/document.ts';
import { loadRegistry } from '../registry/load.ts';
import { ADMISSIONS } from '../request/path.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import type { AskedInput } from './smallest-change.ts';
import { anyAddress } from './usual-address.ts';

/**
 * Whether no edit of the files whatever would allow this request: it is refused by a registry that has this certificate,
 * exactly, as its only client, allows it everything, and asks for nothing. What is denied beside the registry (a block) stays.
 */
export function isProvenVain(input: AskedInput, document: RegistryDocument): boolean {
  const leaf = leafOf(input.certificate);
  if (leaf === undefined) return true;
  const at = {};
  const identity = {
    kind: 'certificate',
    certificate: Buffer.from(leaf.der).toString('base64'),
    sha256: leaf.sha256,
  } as const;
  // a client that is blocked by its name would only have to be called otherwise; that is no edit that is meant
  const names = document.clients.map(({ name }) => name).filter((name) => input.overlay.clients.has(name));
  if (names.length > 0) return false;
  const registry = loadRegistry({
    format: document.format,
    front: document.front,
    authorities: document.authorities,
    clients: [{ name: 'anybody', identities: [identity], allow: [{ pattern: 'ANY /**', at }], at }],
    routes: [{ match: 'ANY /**', connection: 'any', admits: ADMISSIONS, at }],
  });
  const request = { ...input.request, address: input.request.address ?? anyAddress };
  return decide({ ...input, request, registry }).outcome === 'deny';
}

function leafOf(der: Uint8Array | undefined): Certificate | undefined {
  try {
    return der === undefined ? undefined : parseCertificate(der);
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}
