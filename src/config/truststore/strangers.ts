import type { FrontFiles } from '../front-files.ts';
import { printable } from '../text.ts';
import { folders, type Report } from './file.ts';

/** Files that nothing reads are mistakes in waiting: a partner's file with the wrong ending is a partner who cannot come in. */
export function reportStrangers(
  files: FrontFiles,
  used: ReadonlySet<string>,
  names: Readonly<Record<keyof typeof folders, readonly string[]>>,
  clientsComplete: boolean,
  report: Report,
): void {
  const known = new Set([
    ...used,
    ...names.authorities.flatMap((name) => [
      `${folders.authorities}${name}.yaml`,
      // a list as it was fetched; dev reads it
      `${folders.authorities}${name}.crl`,
    ]),
    ...names.clients.map((name) => `${folders.clients}${name}.yaml`),
    ...names.tokenIssuers.map((name) => `${folders.tokenIssuers}${name}.yaml`),
    ...names.groups.map((name) => `${folders.groups}${name}.yaml`),
  ]);
  for (const path of files.keys()) {
    const base = path.slice(path.lastIndexOf('/') + 1);
    if (!path.startsWith('truststore/') || known.has(path) || base.startsWith('.') || base.endsWith('.md')) continue;
    if (!clientsComplete && path.startsWith(folders.clients) && path.endsWith('.pem')) continue;
    const authority = path.startsWith(folders.authorities) && path.endsWith('.pem');
    report({
      code: 'file_unused',
      message: 'nothing names this file',
      place: { file: printable(path, '') },
      found: printable(base),
      allowed:
        'truststore/authorities/NAME.{yaml,pem,crl}, truststore/clients/NAME.yaml and the .pem files those name, truststore/groups/NAME.yaml, truststore/token-issuers/NAME.yaml and the .json files those name',
      remedy: authority
        ? `write ${path.replace(/\.pem$/, '.yaml')}: { authority: ${base.slice(0, -'.pem'.length)}, revocation: { none: "why there is no list" } }`
        : base.endsWith('.yml')
          ? `rename it to ${base.slice(0, -'.yml'.length)}.yaml`
          : path.startsWith(folders.clients) && path.endsWith('.pem')
            ? `name it in a client: - { certificate: ${base} }, or remove it`
            : 'remove it, or move it out of truststore/',
    });
  }
}
