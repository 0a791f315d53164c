import { closeSync, existsSync, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Problem, refuse } from '../core/problem.ts';
import { settings } from '../core/settings.ts';
import { isRecord } from '../core/unknown.ts';
import type { ReadSecret } from './secret.ts';

const maximumBytes = 65_536;

/** Where `dev` looks for a front's secrets when nothing else is said. */
export function secretFilePath(home: string, frontId: string): string {
  return join(home, '.config', 'sallyport', frontId, 'secrets.json');
}

/** Secrets from a file: `{ "erp": "the password" }`. Read at each call; whoever calls keeps them. */
export function secretFile(path: string): ReadSecret {
  return async (name) => {
    const secrets = readSecretFile(path);
    const value = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
    return (
      value ??
      refuse({
        code: 'secret_missing',
        message: `The secrets file has no secret "${name}"`,
        place: { file: path },
        remedy: `add "${name}": "…" to it`,
      })
    );
  };
}

/**
 * All secrets of a file that only its owner can read and that cannot be committed by accident.
 * @throws ProblemError with the command that mends it; never with a byte of the file.
 */
export function readSecretFile(path: string): Readonly<Record<string, string>> {
  const place = { file: path };
  if (!existsSync(path)) {
    const remedy = `mkdir -p '${dirname(path)}' && install -m 600 /dev/null '${path}'   # then write {"NAME": "VALUE"} into it`;
    return refuse({ code: 'secret_file_missing', message: 'The secrets file does not exist', place, remedy });
  }
  const real = realpathSync(path);
  const file = openSync(real, 'r');
  try {
    // Of the open file, not of the path: nobody can swap it between the check and the reading.
    const { mode, size, uid } = fstatSync(file);
    const problem = problemOf(path, real, { mode, size, uid });
    if (problem !== undefined) refuse({ ...problem, place });
    return secretsOf(readFileSync(file, 'utf8'), path);
  } finally {
    closeSync(file);
  }
}

function problemOf(path: string, real: string, stat: { mode: number; size: number; uid: number }): Problem | undefined {
  const permissions = (stat.mode & 0o777).toString(8).padStart(4, '0');
  if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) {
    return {
      code: 'secret_file_readable',
      message: 'Others can read the secrets file',
      found: `mode ${permissions}`,
      allowed: '0600',
      remedy: `chmod 600 '${path}'`,
    };
  }
  if (process.getuid !== undefined && stat.uid !== process.getuid()) {
    return {
      code: 'secret_file_owner',
      message: 'The secrets file belongs to another user',
      remedy: `sudo chown "$USER" '${path}'`,
    };
  }
  const repository = repositoryOf(real);
  if (repository !== undefined) {
    return {
      code: 'secret_file_in_repository',
      message: 'The secrets file lies in a git work tree, where one `git add` publishes it',
      found: repository,
      allowed: 'a folder outside any repository',
      remedy: `mkdir -p ~/.config/sallyport && mv '${path}' ~/.config/sallyport/secrets.json   # and point ${settings.secrets.name} there`,
    };
  }
  if (stat.size > maximumBytes) {
    return {
      code: 'secret_file_too_large',
      message: 'The secrets file is too large',
      found: `${stat.size} bytes`,
      allowed: `${maximumBytes} bytes`,
    };
  }
  return undefined;
}

/** The nearest folder above `path` that is a git work tree. */
function repositoryOf(path: string): string | undefined {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** JSON.parse quotes what it cannot read, so its message is dropped. */
function secretsOf(text: string, path: string): Readonly<Record<string, string>> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    document = undefined;
  }
  const isObject = isRecord(document);
  if (!isObject || !Object.values(document ?? {}).every((value) => typeof value === 'string' && value !== '')) {
    refuse({
      code: 'secret_file_malformed',
      message: 'The secrets file is not a JSON object of texts',
      place: { file: path },
      allowed: '{"NAME": "VALUE"}',
    });
  }
  return document as Record<string, string>;
}
