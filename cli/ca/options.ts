import { homedir } from 'node:os';
import { join } from 'node:path';
import { privatePlace } from '../../partners/ca/private-place.ts';
import type { CommonOptions } from '../terminal/command.ts';
import { cannotDecide, systemCodeOf, wrongUsage } from '../terminal/failure.ts';
import { readTextFile } from '../terminal/files.ts';
import { printable } from '../terminal/output.ts';

export interface CaOptions extends CommonOptions {
  readonly keys?: string;
  readonly passphraseFile: string;
}

/** The folder of a CA: `--keys`, or one in the home folder. */
export function caFolder(authority: string, { keys, front }: CaOptions): string {
  const home = homedir();
  if (keys === undefined && home === '') wrongUsage('there is no home folder for the keys of the CA', '--keys FOLDER');
  return privatePlace(keys ?? join(home, '.sallyport/ca', authority), front);
}

/** The first line of the file; twelve characters at least. */
export function readPassphrase({ passphraseFile }: CaOptions): string {
  const [line = ''] = readTextFile(passphraseFile, 'the passphrase').split(/\r?\n/);
  return line.length < 12
    ? wrongUsage('the passphrase is shorter than 12 characters', 'openssl rand -base64 24 > PASSPHRASE-FILE')
    : line;
}

/** A whole number within bounds. */
export function wholeNumber(option: string, text: string, [least, most]: readonly [number, number]): number {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most
    ? value
    : wrongUsage(`${option} ${printable(text)} is no number from ${least} to ${most}`, `${option} ${most}`);
}

/** What the system refuses (no such folder, no permission, a full disk), in words. */
export function writing<T>(where: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === undefined) throw error;
    return cannotDecide(`cannot write ${printable(where)} (${code})`, 'check the folder and who may write in it', {
      cause: error,
    });
  }
}
