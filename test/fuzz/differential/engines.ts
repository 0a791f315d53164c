import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strongAlgorithms } from '../../../src/core/path/algorithm-policy.ts';
import { validatePath } from '../../../src/core/path/path.ts';
import { ProblemError } from '../../../src/core/problem.ts';
import { type Certificate, parseCertificate } from '../../../src/core/x509/certificate.ts';
import { pemFromDer } from '../../../src/core/x509/pem.ts';
import { during } from '../../pki.ts';
import type { Chain } from './generate.ts';

export interface Verdict {
  readonly ok: boolean;
  /** The engine's own words, or our failure codes. */
  readonly why: string;
}

/** Verdicts in the order of the chains; undefined when the engine is not on this machine. */
export type Engine = (chains: readonly Chain[]) => readonly Verdict[] | undefined;

export const ours: Engine = (chains) =>
  chains.map(({ root, intermediates, leaf }) => {
    const own = parsed(leaf);
    if (typeof own === 'string') return { ok: false, why: `malformed: ${own}` };
    const result = validatePath({
      leaf: own,
      anchors: certificatesOf([root]),
      intermediates: certificatesOf(intermediates),
      at: during,
      purpose: 'clientAuth',
      algorithms: strongAlgorithms,
    });
    const why = result.ok ? '' : result.failures.map(({ code, detail }) => `${code}: ${detail}`).join('; ');
    return { ok: result.ok, why };
  });

function certificatesOf(ders: readonly Uint8Array[]): readonly Certificate[] {
  return ders.map(parsed).filter((one): one is Certificate => typeof one !== 'string');
}

function parsed(der: Uint8Array): Certificate | string {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (error instanceof ProblemError) return error.message;
    throw error;
  }
}

export const openssl: Engine = (chains) => {
  if (!present('openssl', ['version'])) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'differential-'));
  const path = (name: string) => join(folder, name);
  try {
    return chains.map(({ root, intermediates, leaf }) => {
      writeFileSync(path('root.pem'), pemFromDer(root));
      writeFileSync(path('untrusted.pem'), intermediates.map((der) => pemFromDer(der)).join(''));
      writeFileSync(path('leaf.pem'), pemFromDer(leaf));
      const untrusted = intermediates.length === 0 ? [] : ['-untrusted', path('untrusted.pem')];
      const how = ['-x509_strict', '-policy_check', '-purpose', 'sslclient', '-auth_level', '2'];
      const at = ['-attime', String(during / 1000)];
      try {
        const trust = ['-no-CApath', '-no-CAstore', '-CAfile', path('root.pem'), ...untrusted];
        execFileSync('openssl', ['verify', ...how, ...at, ...trust, path('leaf.pem')], { stdio: 'pipe' });
        return { ok: true, why: '' };
      } catch (error) {
        const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
        return { ok: false, why: text.match(/error \d+ at \d+ depth lookup: .*/)?.[0] ?? text.trim().slice(0, 200) };
      }
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

export const go: Engine = (chains) => {
  if (!present('go', ['version'])) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'differential-go-'));
  try {
    const program = join(folder, 'verify');
    execFileSync('go', ['build', '-o', program, join(import.meta.dirname, 'main.go')], {
      stdio: 'pipe',
      env: { ...process.env, GOFLAGS: '-mod=mod', GO111MODULE: 'off' },
    });
    const base64 = (der: Uint8Array) => Buffer.from(der).toString('base64');
    const input = chains.map(({ id, root, intermediates, leaf }) =>
      JSON.stringify({
        id,
        root: base64(root),
        intermediates: intermediates.map(base64),
        leaf: base64(leaf),
        at: during / 1000,
      }),
    );
    const output = execFileSync(program, { input: `${input.join('\n')}\n`, maxBuffer: 64 * 1024 * 1024 }).toString();
    return output
      .trim()
      .split('\n')
      .map((line): { ok: boolean; error: string } => JSON.parse(line))
      .map(({ ok, error }) => ({ ok, why: error }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

function present(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}
