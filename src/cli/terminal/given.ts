import type { Certificate } from '../../core/x509/certificate.ts';
import type { Material } from '../../partners/add/material.ts';
import type { Report } from '../../partners/inspect/report.ts';
import { cannotDecide, wrongUsage } from './failure.ts';
import { readBytesFile } from './files.ts';
import { printable } from './output.ts';
import { type PasswordOptions, passwordOf } from './password.ts';

export interface GivenOptions extends PasswordOptions {
  /** Which of several certificates of clients: number from 1, or SHA-256. */
  readonly certificate?: string;
}

export interface Given {
  readonly files: readonly { readonly file: string; readonly report: Report }[];
  readonly material: Material;
  readonly password?: string;
}

/**
 * The one way into what a person has: every command that takes a certificate, a chain or a request reads it here, so that
 * all of them find the same things in the same file. `what` it is meant to be, for a file that cannot be read.
 */
export async function readGiven(
  paths: readonly string[],
  what: string,
  options: PasswordOptions,
  at = Date.now(),
): Promise<Given> {
  // Loaded here: it brings node-forge, which commands without a file do not need.
  const { inspectFile } = await import('../../partners/inspect/inspect.ts');
  const { materialOf } = await import('../../partners/add/material.ts');
  const contents = paths.map((path) => ({ path, bytes: readBytesFile(path, what) }));
  const password = await passwordOf(options);
  const files = contents.map(({ path, bytes }) => ({
    file: printable(path),
    report: inspectFile(bytes, { at, password }),
  }));
  return { files, material: materialOf(files), password };
}

/** Ends the command when nobody could look into the file: without the password, or with a wrong one. */
export async function refuseLocked({ material }: Given): Promise<void> {
  const { lockedIn } = await import('../../partners/add/material.ts');
  const locked = lockedIn(material);
  if (locked === undefined) return;
  const { code, message, remedy = '' } = locked.finding;
  cannotDecide(`${locked.file}: ${message}`, code === 'locked' ? '--password-file FILE' : remedy);
}

/**
 * The certificate that is meant in what was given, as `client add` chooses it; undefined when there is none of a client.
 * Several that could be meant end the command, with the option that chooses.
 */
export async function leafGiven(
  { material }: Given,
  { certificate }: GivenOptions,
  at = Date.now(),
): Promise<Certificate | undefined> {
  const { chooseLeaf, numbered } = await import('../../partners/add/leaf.ts');
  const { leaf, among } = chooseLeaf(material, certificate, at);
  if (leaf === undefined && (among.length > 0 || certificate !== undefined)) {
    const list = numbered(among).join('; ');
    return certificate === undefined
      ? wrongUsage(
          `there are ${among.length} certificates of clients in it`,
          `--certificate N, one of: ${printable(list)}`,
        )
      : wrongUsage(
          `--certificate ${printable(certificate)} names none of the certificates`,
          among.length === 0 ? 'there is none of a client in it' : `one of: ${printable(list)}`,
        );
  }
  return leaf;
}

/** What was found instead of what was wanted. */
export function foundInstead({ files }: Given): string {
  return files.map(({ file, report }) => `${file}: ${printable(report.summary)}`).join('; ');
}
