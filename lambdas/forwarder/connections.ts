import { readFileSync } from 'node:fs';
import { openRuntimeReader } from '../../src/aws/read.ts';
import type { DocumentSource, SecretSource } from '../../src/core/settings.ts';
import { type Connection, openConnection } from '../../src/forward/connection.ts';
import { parseConnections } from '../../src/forward/connection-document.ts';
import type { ReadSecret } from '../../src/forward/secret.ts';
import { secretFile } from '../../src/forward/secret-file.ts';

/** The connections that were deployed with this function, by name. @throws ProblemError with everything that is wrong. */
export function openConnections(
  source: DocumentSource,
  means: { secret: ReadSecret; now(): number },
): ReadonlyMap<string, Connection> {
  const text = source.kind === 'file' ? readFileSync(source.path, 'utf8') : source.text;
  return new Map(parseConnections(text).map((config) => [config.name, openConnection(config, means)]));
}

/** Where the credentials of connections come from. Nothing is read before a connection asks. */
export function openSecrets(
  source: SecretSource,
  environment: Readonly<Record<string, string | undefined>>,
): ReadSecret {
  if (source.kind === 'file') return secretFile(source.path);
  if (source.kind === 'none') return () => Promise.reject(new Error('No secrets are configured.'));
  const reader = openRuntimeReader(environment);
  return async (name) => {
    const text = await reader.secret(`${source.prefix}${name}`);
    if (text === undefined) throw new Error(`There is no secret ${source.prefix}${name}: sallyport secret set ${name}`);
    return text;
  };
}
