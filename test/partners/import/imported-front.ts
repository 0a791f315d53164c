import { type ParsedFront, parseFront } from '../../../src/config/front.ts';
import { type Decision, decide } from '../../../src/core/decide/decide.ts';
import { emptyOverlay } from '../../../src/core/decide/overlay.ts';
import { loadRegistry } from '../../../src/core/registry/load.ts';
import type { Registry } from '../../../src/core/registry/registry.ts';
import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import { formatName } from '../../../src/core/x509/name.ts';
import { importedFiles } from '../../../src/partners/import/files.ts';
import type { Imported } from '../../../src/partners/import/imported.ts';
import { clientYaml } from '../../../src/partners/truststore-files.ts';
import type { Issued } from '../../pki.ts';
import type { Asked } from './real-nginx.ts';

function frontOf(imported: Imported, more: ReadonlyMap<string, string> = new Map()): ParsedFront {
  const files = new Map([...importedFiles(imported, 'imported-1', 'source'), ...more]);
  return parseFront(new Map([...files].map(([file, text]) => [file, Buffer.from(text)])));
}

/**
 * What may come of an import, whoever does with its list what: as it is, and with every certificate registered that anybody
 * has, as the command in its notes says. An outcome that does not compile lets nobody in.
 */
export function outcomesOf(imported: Imported, everybody: readonly Issued[]): readonly Registry[] {
  const known = new Set(imported.clients.map(({ subject }) => subject));
  const strangers = everybody.filter(({ der }) => !known.has(formatName(parseCertificate(der).subject)));
  const [authority] = imported.authorities;
  const proposals = imported.notes.flatMap(({ text }) => {
    if (!text.includes('sallyport client add')) return [];
    return [[...text.matchAll(/--allow "([^"]+)"/g)].map(([, pattern = '']) => pattern)];
  });
  const registered = proposals.map(
    (allow) =>
      new Map(
        strangers.map(({ der }, index) => {
          const subject = formatName(parseCertificate(der).subject).replaceAll("'", "''");
          const name = `stranger-${index}`;
          const identities = [`{ authority: ${authority?.name}, subject: '${subject}' }`];
          return [`truststore/clients/${name}.yaml`, clientYaml({ name, identities, allow, addresses: [] })];
        }),
      ),
  );
  return [new Map<string, string>(), ...registered].flatMap((more) => {
    const { config } = frontOf(imported, more);
    return config === undefined ? [] : [loadRegistry(config.registry)];
  });
}

export function decisionOf(registry: Registry, { method, path, address, certificate }: Asked): Decision {
  return decide({
    certificate: certificate?.der,
    request: { method, path, address },
    registry,
    overlay: emptyOverlay,
    now: Date.now(),
  });
}
