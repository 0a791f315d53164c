import { readFileSync } from 'node:fs';
import type { DocumentSource, SecretSource } from '../../core/settings.ts';
import { type Connection, openConnection } from '../../forward/connection.ts';
import { parseConnections } from '../../forward/connection-document.ts';
import type { ReadSecret } from '../../forward/secret.ts';
import { secretFile } from '../../forward/secret-file.ts';

/** The connections that were deployed with this function, by name. @throws ProblemError with everything that is wrong. */
export function openConnections(
  source: DocumentSource,
  means: { secret: ReadSecret; now(): number },
): ReadonlyMap<string, Connection> {
  const text = source.kind === 'file' ? readFileSync(source.path, 'utf8') : source.text;
  return new Map(parseConnections(text).map((config) => [config.name, openConnection(config, means)]));
}

export function openSecrets(source: SecretSource): ReadSecret {
  return source.kind === 'file'
    ? secretFile(source.path)
    : () => Promise.reject(new Error('No secrets are configured.'));
}
