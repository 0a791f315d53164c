import type { AuthoritySource, ClientSource, TokenIssuerSource } from '../../core/registry/source.ts';
import { type GroupTree, groupShape } from '../fields/truststore.ts';
import type { FrontFiles } from '../front-files.ts';
import { readAuthority } from './authority.ts';
import { readClient } from './client.ts';
import { folders, type Report, readDocument } from './file.ts';
import { reportStrangers } from './strangers.ts';
import { readTokenIssuer } from './token-issuer.ts';

export interface Truststore {
  readonly authorities: readonly AuthoritySource[];
  /** Those with problems included, so that one mistake is reported once. */
  readonly authorityNames: ReadonlySet<string>;
  readonly clients: readonly ClientSource[];
  readonly hasUnreadClients: boolean;
  readonly tokenIssuers: ReadonlyMap<string, TokenIssuerSource | undefined>;
}

/** truststore/**: each file by itself. A file with problems is left out of the result and hides nothing of the others. */
export function readTruststore(files: FrontFiles, report: Report): Truststore {
  const names = {
    authorities: yamlNames(files, folders.authorities),
    clients: yamlNames(files, folders.clients),
    groups: yamlNames(files, folders.groups),
    tokenIssuers: yamlNames(files, folders.tokenIssuers),
  };
  const groups: ReadonlyMap<string, GroupTree | undefined> = new Map(
    names.groups.map((name) => [
      name,
      readDocument(`${folders.groups}${name}.yaml`, groupShape, ({ group }) => group, files, report),
    ]),
  );
  const used = new Set<string>();
  const authorities = names.authorities.map((name) => readAuthority(name, files, used, report));
  const tokenIssuers = new Map(names.tokenIssuers.map((name) => [name, readTokenIssuer(name, files, used, report)]));
  const clients = names.clients.map((name) => readClient(name, files, groups, used, report));
  if (names.clients.length === 0) {
    report({
      code: 'registry_empty',
      message: 'there is no client: this front would refuse every request',
      place: { file: 'truststore/clients' },
      found: 'no file',
      allowed: 'one file for each client: truststore/clients/NAME.yaml',
      remedy:
        'sallyport client add NAME --from FILE, with what the partner sent; or write truststore/clients/NAME.yaml',
    });
  }
  // A client with problems may name any of the certificates beside it.
  reportStrangers(files, used, names, !clients.includes(undefined), report);
  return {
    authorities: authorities.filter((authority) => authority !== undefined),
    authorityNames: new Set(names.authorities),
    clients: clients.filter((client) => client !== undefined),
    hasUnreadClients: clients.includes(undefined),
    tokenIssuers,
  };
}

function yamlNames(files: FrontFiles, folder: string): readonly string[] {
  return [...files.keys()]
    .filter((path) => path.startsWith(folder) && path.endsWith('.yaml') && !path.slice(folder.length).includes('/'))
    .map((path) => path.slice(folder.length, -'.yaml'.length))
    .sort();
}
