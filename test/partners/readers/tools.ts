import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OtherReader } from '../../../src/partners/inspect/readers/other-readers.ts';

export interface Tool {
  /** Undefined: not on this machine. */
  version(): string | undefined;
  /** Undefined where it reads the certificate, else its words. */
  read(ders: readonly Uint8Array[]): readonly (string | undefined)[];
}

const run = (command: string, args: readonly string[], input?: string | Uint8Array): string =>
  execFileSync(command, args, {
    input,
    stdio: 'pipe',
    timeout: 60_000,
    env: { ...process.env, GO111MODULE: 'off' },
  }).toString();

const versionBy =
  (pattern: RegExp, command: string, ...args: readonly string[]) =>
  (): string | undefined => {
    try {
      return pattern.exec(run(command, args))?.[1];
    } catch {
      return undefined;
    }
  };

const lines = (ders: readonly Uint8Array[]) => `${ders.map((der) => Buffer.from(der).toString('base64')).join('\n')}\n`;
const answers = (output: string) =>
  output
    .trim()
    .split('\n')
    .map((line) => (line === 'ok' ? undefined : line));

function each(ders: readonly Uint8Array[], read: (der: Uint8Array) => unknown): readonly (string | undefined)[] {
  return ders.map((der) => {
    try {
      read(der);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  });
}

export const tools: Readonly<Record<OtherReader, Tool>> = {
  OpenSSL: {
    version: versionBy(/^OpenSSL (\S+)/, 'openssl', 'version'),
    read: (ders) =>
      each(ders, (der) =>
        run('openssl', ['x509', '-inform', 'DER', '-noout', '-subject', '-issuer', '-ext', 'keyUsage'], der),
      ),
  },
  Node: {
    version: () => process.versions.node,
    read: (ders) => each(ders, (der) => new X509Certificate(der).subject),
  },
  Go: {
    version: versionBy(/go version go(\S+)/, 'go', 'version'),
    read(ders) {
      const folder = mkdtempSync(join(tmpdir(), 'sallyport-reads-'));
      try {
        run('go', ['build', '-o', join(folder, 'reads'), join(import.meta.dirname, 'reads.go')]);
        return answers(run(join(folder, 'reads'), [], lines(ders)));
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  },
  Java: {
    version: versionBy(/^openjdk (\S+)/, 'java', '--version'),
    read: (ders) => answers(run('java', [join(import.meta.dirname, 'Reads.java')], lines(ders))),
  },
  'pyca/cryptography': {
    version: versionBy(/^(\S+)/, 'python3', '-c', 'import cryptography; print(cryptography.__version__)'),
    read: (ders) => answers(run('python3', [join(import.meta.dirname, 'reads.py')], lines(ders))),
  },
};
