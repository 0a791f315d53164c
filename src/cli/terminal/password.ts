import { wrongUsage } from './failure.ts';
import { readBytesFile } from './files.ts';

/** Never the password itself: arguments are seen by everybody on the machine. */
export interface PasswordOptions {
  readonly passwordFile?: string;
  readonly passwordStdin?: boolean;
}

/** One line feed at the end is the editor's, not the password's; so is a byte order mark, and UTF-16 (PowerShell's `>`). */
export async function passwordOf({ passwordFile, passwordStdin }: PasswordOptions): Promise<string | undefined> {
  if (passwordFile !== undefined && passwordStdin === true) {
    return wrongUsage('--password-file and --password-stdin', 'give one of them');
  }
  const text =
    passwordFile !== undefined
      ? textOf(readBytesFile(passwordFile, 'the password'))
      : passwordStdin === true
        ? await readStdin()
        : undefined;
  return text?.split(/\r?\n/)[0];
}

function textOf(bytes: Buffer): string {
  const text = bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString('utf16le') : bytes.toString('utf8');
  return text.replace(/^\ufeff/, '');
}

/** As a stream: a pipe that is not filled yet makes a synchronous read fail (EAGAIN). */
async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
