import { nearest } from '../../core/nearest.ts';
import type { ClientSource, Positioned } from '../../core/registry/source.ts';
import { requirementsOf } from '../fields/requirement.ts';
import { type ClientTree, clientShape, type GroupTree } from '../fields/truststore.ts';
import type { FrontFiles } from '../front-files.ts';
import { folders, type Report, readDocument, readPem } from './file.ts';
import { identitySource } from './identity.ts';

export function readClient(
  name: string,
  files: FrontFiles,
  groups: ReadonlyMap<string, GroupTree | undefined>,
  used: Set<string>,
  report: Report,
): ClientSource | undefined {
  const file = `${folders.clients}${name}.yaml`;
  const tree = readDocument(file, clientShape, ({ client }) => client, files, report);
  if (tree === undefined) return undefined;
  const pemOf = ({ value, place }: Positioned<string>) =>
    readPem(`${folders.clients}${value}`, place, files, used, report);
  const identities = tree.identities.items.map((identity) => identitySource(identity, pemOf, report));
  const complete = identities.filter((identity) => identity !== undefined);
  const own = groupsOf(tree, groups, report);
  if (own === undefined || complete.length !== identities.length) return undefined;
  return clientSource(name, tree, complete, own);
}

/** Undefined when one is not there, or has problems of its own. */
function groupsOf(
  { groups: named }: ClientTree,
  groups: ReadonlyMap<string, GroupTree | undefined>,
  report: Report,
): readonly GroupTree[] | undefined {
  const found: GroupTree[] = [];
  for (const { value, place } of named?.items ?? []) {
    const group = groups.get(value);
    if (group !== undefined) found.push(group);
    else if (!groups.has(value)) {
      const near = nearest(value, [...groups.keys()]);
      report({
        code: 'group_unknown',
        message: near === undefined ? 'there is no such group' : `there is no such group; did you mean ${near}?`,
        place,
        found: value,
        allowed: groups.size === 0 ? 'a name under truststore/groups' : [...groups.keys()].join(', '),
        remedy: near === undefined ? `write truststore/groups/${value}.yaml` : `write ${near}`,
      });
    }
  }
  return found.length === (named?.items.length ?? 0) ? found : undefined;
}

/** What groups allow comes first; their addresses and conditions narrow the client as a whole. */
function clientSource(
  name: string,
  tree: ClientTree,
  identities: ClientSource['identities'],
  groups: readonly GroupTree[],
): ClientSource {
  const required = [
    ...groups.flatMap(({ addresses }) =>
      addresses === undefined ? [] : [{ any: [{ addresses: addresses.items }], place: addresses.place }],
    ),
    ...[...groups, tree].flatMap(requirementsOf),
  ];
  return {
    name,
    contact: tree.contact?.value,
    identities,
    allow: [...groups.flatMap(({ allow }) => allow.items), ...(tree.allow?.items ?? [])],
    addresses: tree.addresses?.items,
    validFrom: tree.validFrom,
    validUntil: tree.validUntil,
    tier: tree.tier,
    require: required.length === 0 ? undefined : required,
    place: tree.client.place,
  };
}
