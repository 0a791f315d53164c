import { homedir } from 'node:os';
import { join } from 'node:path';
import type { KeyMeans } from '../../partners/ca/folder.ts';
import { privatePlace } from '../../partners/ca/private-place.ts';
import type { CommonOptions } from '../terminal/command.ts';
import { cannotDecide, systemCodeOf, wrongUsage } from '../terminal/failure.ts';
import { readTextFile } from '../terminal/files.ts';
import { printable } from '../terminal/output.ts';
import { openKmsKey } from './kms-key.ts';

export interface CaOptions extends CommonOptions {
  readonly keys?: string;
  readonly passphraseFile?: string;
  readonly profile?: string;
}

/** The folder of a CA: `--keys`, or one in the home folder. */
export function caFolder(authority: string, { keys, front }: CaOptions): string {
  const home = homedir();
  if (keys === undefined && home === '') wrongUsage('there is no home folder for the keys of the CA', '--keys FOLDER');
  return privatePlace(keys ?? join(home, '.sallyport/ca', authority), front);
}

/** What the keys of a CA are opened with; nothing is asked for before it is needed. */
export function keyMeansOf(options: CaOptions): KeyMeans {
  return { passphrase: () => readPassphrase(options), openKms: (arn) => openKmsKey(arn, options.profile) };
}

/** The first line of the file; twelve characters at least. */
function readPassphrase({ passphraseFile }: CaOptions): string {
  if (passphraseFile === undefined) {
    return wrongUsage('--passphrase-file is missing: the key is in a file', '--passphrase-file FILE');
  }
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
  const inWords = (error: unknown): never => {
    const code = systemCodeOf(error);
    // a system call that failed; other errors have codes, too
    if (code === undefined || !(error instanceof Error && 'syscall' in error)) throw error;
    return cannotDecide(`cannot write ${printable(where)} (${code})`, 'check the folder and who may write in it', {
      cause: error,
    });
  };
  try {
    const result = write();
    return result instanceof Promise ? (result.catch(inWords) as T) : result;
  } catch (error) {
    return inWords(error);
  }
}
