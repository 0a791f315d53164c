import type { Credentials } from '../demo/certificates.ts';
import type { TwinStore } from '../twins/store.ts';
import type { TwinToken } from '../twins/tokens.ts';
import type { TwinIdentity } from '../twins/twin-identity.ts';
import type { Twins } from '../twins/twins.ts';
import type { DevState } from './state.ts';
import { devStateFile } from './state.ts';

/** Relative to the state folder. */
export interface CredentialFiles {
  readonly certificate: string;
  readonly key: string;
}

export interface DevFiles {
  readonly domain: string;
  readonly address: string;
  readonly port: number;
  readonly serverAuthorityPem: string;
  readonly twins: Twins;
}

/** Puts everything that a `curl` line or `sallyport call --as` needs beside each other in the state folder. */
export function writeDevFiles(store: TwinStore, files: DevFiles): void {
  const clients: Record<string, DevState['clients'][string]> = {};
  for (const identity of files.twins.identities) {
    const paths = pathsOf(identity);
    store.write(paths.certificate, identity.chainPem);
    store.write(paths.key, identity.keyPem);
    const tokens: Record<string, string> = {};
    for (const token of files.twins.tokens) {
      if (token.client !== identity.client || token.index !== identity.index) continue;
      const path = tokenFileOf(token);
      store.write(path, `${token.text}\n`);
      tokens[token.issuer] = path;
    }
    clients[identity.client] ??= Object.keys(tokens).length === 0 ? paths : { ...paths, tokens };
  }
  store.write('server-ca.pem', files.serverAuthorityPem);
  const state: DevState = {
    format: 1,
    domain: files.domain,
    address: files.address,
    port: files.port,
    serverAuthority: 'server-ca.pem',
    clients,
  };
  store.write(devStateFile, `${JSON.stringify(state, null, 2)}\n`);
}

/** Relative to the state folder. */
export function tokenFileOf({ client, index, issuer }: TwinToken): string {
  return pathsOf({ client, index }).certificate.replace(/pem$/, `${issuer}.jwt`);
}

function pathsOf({ client, index }: Pick<TwinIdentity, 'client' | 'index'>): CredentialFiles {
  const name = index === 0 ? client : `${client}-${index + 1}`;
  return { certificate: `clients/${name}.pem`, key: `clients/${name}.key` };
}

/** The files of a call's certificate: those of the registered identity, or new ones under `refused/`. */
export function writeCredentials(
  store: TwinStore,
  twins: Twins,
  call: string,
  credentials: Credentials | undefined,
): CredentialFiles | undefined {
  if (credentials === undefined) return undefined;
  const registered = twins.identities.find(({ chainPem }) => chainPem === credentials.certificatePem);
  if (registered !== undefined) return pathsOf(registered);
  const paths = { certificate: `refused/${call}.pem`, key: `refused/${call}.key` };
  store.write(paths.certificate, credentials.certificatePem);
  store.write(paths.key, credentials.keyPem);
  return paths;
}
