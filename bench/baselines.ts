import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = import.meta.dirname;
let installation: { readonly skipped?: string } | undefined;

/**
 * A library that we compare with, from bench/package.json. They are installed here on first use and are no dependency of
 * anything else; without them (no network, no registry) what needs them is skipped with the reason.
 */
export async function baselinePackage(
  name: string,
): Promise<{ readonly module: Readonly<Record<string, unknown>> } | { readonly skipped: string }> {
  installation ??= install();
  if (installation.skipped !== undefined) return { skipped: installation.skipped };
  try {
    const module: Readonly<Record<string, unknown>> = await import(name);
    return { module };
  } catch (error) {
    return { skipped: `${name} cannot be loaded: ${firstLineOf(error instanceof Error ? error.message : '')}` };
  }
}

function install(): { readonly skipped?: string } {
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { dependencies: object };
  if (Object.keys(dependencies).every((name) => existsSync(join(folder, 'node_modules', name)))) return {};
  process.stderr.write('Installing the libraries to compare with (npm install --prefix bench) …\n');
  const installed = spawnSync('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts'], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
    timeout: 300_000,
  });
  if (installed.status === 0) return {};
  return { skipped: `npm install --prefix bench: ${firstLineOf(installed.error?.message ?? installed.stderr)}` };
}

function firstLineOf(text: string): string {
  return text.split('\n').find((line) => line.trim() !== '' && !/npm (?:warn|notice)/i.test(line)) ?? 'failed';
}
