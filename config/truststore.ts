import type { Problem } from '../core/problem.ts';
import { ProblemError } from '../core/problem.ts';
import type { RevocationDocument } from '../core/registry/document.ts';
import type { AuthoritySource, ClientSource, ConditionSource, PemSource, Positioned } from '../core/registry/source.ts';
import type { Name } from '../core/x509/name.ts';
import { parseNameText } from '../core/x509/name-text.ts';
import {
  type AuthorityTree,
  authorityShape,
  type ClientTree,
  clientShape,
  type GroupTree,
  groupShape,
  type RequirementTree,
} from './fields.ts';
import type { FrontFiles } from './front.ts';
import { identitySource } from './identity.ts';
import { nearest } from './nearest.ts';
import type { Shape } from './shape.ts';
import { checkText, printable } from './text.ts';
import { parseTree } from './tree.ts';

type Report = (problem: Problem) => void;

export interface Truststore {
  readonly authorities: readonly AuthoritySource[];
  /** Those with problems included, so that one mistake is reported once. */
  readonly authorityNames: ReadonlySet<string>;
  readonly clients: readonly ClientSource[];
}

const folders = {
  authorities: 'truststore/authorities/',
  clients: 'truststore/clients/',
  groups: 'truststore/groups/',
} as const;

/** truststore/**: each file by itself. A file with problems is left out of the result and hides nothing of the others. */
export function readTruststore(files: FrontFiles, report: Report): Truststore {
  const names = {
    authorities: yamlNames(files, folders.authorities),
    clients: yamlNames(files, folders.clients),
    groups: yamlNames(files, folders.groups),
  };
  const groups: ReadonlyMap<string, GroupTree | undefined> = new Map(
    names.groups.map((name) => [
      name,
      readDocument(`${folders.groups}${name}.yaml`, groupShape, ({ group }) => group, files, report),
    ]),
  );
  const used = new Set<string>();
  const authorities = names.authorities.map((name) => readAuthority(name, files, used, report));
  const clients = names.clients.map((name) => readClient(name, files, groups, used, report));
  if (names.clients.length === 0) {
    report({
      code: 'registry_empty',
      message: 'there is no client: this front would refuse every request',
      place: { file: 'truststore/clients' },
      found: 'no file',
      allowed: 'one file for each client: truststore/clients/NAME.yaml',
      remedy: 'write truststore/clients/NAME.yaml; the acme.yaml of the sample shows how',
    });
  }
  // A client with problems may name any of the certificates beside it.
  reportStrangers(files, used, names, !clients.includes(undefined), report);
  return {
    authorities: authorities.filter((authority) => authority !== undefined),
    authorityNames: new Set(names.authorities),
    clients: clients.filter((client) => client !== undefined),
  };
}

function yamlNames(files: FrontFiles, folder: string): readonly string[] {
  return [...files.keys()]
    .filter((path) => path.startsWith(folder) && path.endsWith('.yaml') && !path.slice(folder.length).includes('/'))
    .map((path) => path.slice(folder.length, -'.yaml'.length))
    .sort();
}

function readDocument<T>(
  file: string,
  shape: Shape<T>,
  nameOf: (value: T) => Positioned<string>,
  files: FrontFiles,
  report: Report,
): T | undefined {
  const tree = parseTree(file, files.get(file) ?? new Uint8Array(), report);
  const value = tree === undefined ? undefined : shape.read(tree, { report, key: file });
  if (value === undefined) return undefined;
  const inside = nameOf(value);
  const outside = file.slice(file.lastIndexOf('/') + 1, -'.yaml'.length);
  if (inside.value === outside) return value;
  report({
    code: 'name_is_not_file_name',
    message: 'the name inside the file is not the name of the file',
    place: inside.place,
    found: `${inside.value} in ${printable(outside, '')}.yaml`,
    allowed: printable(outside, ''),
    remedy: `rename the file to ${inside.value}.yaml, or write ${printable(outside, '')}`,
  });
  return undefined;
}

function readAuthority(
  name: string,
  files: FrontFiles,
  used: Set<string>,
  report: Report,
): AuthoritySource | undefined {
  const file = `${folders.authorities}${name}.yaml`;
  const tree = readDocument(file, authorityShape, ({ authority }) => authority, files, report);
  const pem = readPem(`${folders.authorities}${name}.pem`, { file, line: 1, column: 1 }, files, used, report);
  if (tree === undefined) return undefined;
  const issuers = issuersOf(tree, report);
  const revocation = revocationOf(tree, report);
  if (pem === undefined || revocation === undefined || (tree.issuers !== undefined && issuers === undefined))
    return undefined;
  return { name, pem, issuers, revocation, privateCa: tree.privateCa?.value, place: tree.authority.place };
}

function issuersOf(tree: AuthorityTree, report: Report): readonly Positioned<Name | string>[] | undefined {
  const issuers: Positioned<Name | string>[] = [];
  for (const { value, place } of tree.issuers?.items ?? []) {
    const hash = value.replaceAll(':', '').toLowerCase();
    if (/^[0-9a-f]{64}$/.test(hash)) {
      issuers.push({ value: hash, place });
      continue;
    }
    if (!value.includes('=')) {
      issuers.push({ value, place });
      continue;
    }
    try {
      issuers.push({ value: parseNameText(value), place });
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      for (const problem of error.problems) {
        report({
          ...problem,
          place,
          allowed: 'a common name, a whole subject, or the SHA-256 of the certificate in hex',
        });
      }
    }
  }
  return tree.issuers !== undefined && issuers.length === tree.issuers.items.length ? issuers : undefined;
}

const withLists = ['missing', 'stale', 'maxAgeHours', 'exemptUnderHours', 'withoutNextUpdate'] as const;

/** Nothing about lists is left to a default: what it means that they are missing, stale or old is written beside them. */
function revocationOf({ revocation }: AuthorityTree, report: Report): RevocationDocument | undefined {
  const { none, lists, missing, stale, maxAgeHours, exemptUnderHours, withoutNextUpdate, place } = revocation;
  if (none !== undefined) {
    const stray = withLists.find((key) => revocation[key] !== undefined);
    if (stray === undefined) return { none: none.value };
    report({
      code: 'keys_exclude_each_other',
      message: `${stray} goes with lists, and none says that there are no lists`,
      place: revocation[stray]?.place,
      found: `none, ${stray}`,
      allowed: 'none alone, or lists with missing, stale and maxAgeHours',
      remedy: `remove ${stray}`,
    });
    return undefined;
  }
  if (lists !== undefined && missing !== undefined && stale !== undefined && maxAgeHours !== undefined) {
    return {
      lists: lists.items.map(({ value }) => value),
      missing: missing.value,
      stale: stale.value,
      maxAgeHours: maxAgeHours.value,
      ...(exemptUnderHours === undefined ? {} : { exemptUnderHours: exemptUnderHours.value }),
      ...(withoutNextUpdate === undefined ? {} : { withoutNextUpdate: withoutNextUpdate.value }),
    };
  }
  for (const [key, value, example, meaning] of [
    ['missing', missing, 'deny', 'what it means that no list is about a certificate: deny or allow'],
    ['stale', stale, 'deny', 'what it means that a list is out of date: deny or allow'],
    ['maxAgeHours', maxAgeHours, '48', 'how old a list may be'],
  ] as const) {
    if (value !== undefined) continue;
    report({
      code: 'key_missing',
      message: `${key} is missing: with lists it has to be written`,
      place,
      found: 'lists without it',
      allowed: `${key}: ${meaning}`,
      remedy: `${key}: ${example}`,
    });
  }
  return undefined;
}

function readClient(
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
    ...groups.flatMap(({ addresses }) => (addresses === undefined ? [] : [[{ addresses: addresses.items }]])),
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

function requirementsOf({ require }: Pick<ClientTree, 'require'>): readonly (readonly ConditionSource[])[] {
  return (require?.items ?? []).map(({ any, ...own }) => (any?.items ?? [own]).flatMap(conditionSource));
}

/** The shape has seen to it that there is exactly one of the two. */
function conditionSource({ addresses, psd2Role }: Omit<RequirementTree, 'any'>): readonly ConditionSource[] {
  if (addresses !== undefined) return [{ addresses: addresses.items }];
  return psd2Role === undefined ? [] : [{ psd2Role }];
}

function readPem(
  path: string,
  place: Problem['place'],
  files: FrontFiles,
  used: Set<string>,
  report: Report,
): PemSource | undefined {
  used.add(path);
  const bytes = files.get(path);
  if (bytes !== undefined) {
    const text = checkText(path, bytes, report);
    return text === undefined ? undefined : { file: path, text };
  }
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const others = [...files.keys()].filter((other) => other.startsWith(folder) && other.endsWith('.pem'));
  const near = nearest(
    path.slice(folder.length),
    others.map((other) => other.slice(folder.length)),
  );
  report({
    code: 'file_missing',
    message:
      near === undefined ? 'a certificate file is missing' : `a certificate file is missing; did you mean ${near}?`,
    place,
    found: `no file ${path}`,
    allowed: 'a PEM file with that name beside this one',
    remedy: near === undefined ? `put the certificate into ${path}` : `write ${near}`,
  });
  return undefined;
}

/** Files that nothing reads are mistakes in waiting: a partner's file with the wrong ending is a partner who cannot come in. */
function reportStrangers(
  files: FrontFiles,
  used: ReadonlySet<string>,
  names: Readonly<Record<keyof typeof folders, readonly string[]>>,
  clientsComplete: boolean,
  report: Report,
): void {
  const known = new Set([
    ...used,
    ...names.authorities.flatMap((name) => [
      `${folders.authorities}${name}.yaml`,
      // a list as it was fetched; dev reads it
      `${folders.authorities}${name}.crl`,
    ]),
    ...names.clients.map((name) => `${folders.clients}${name}.yaml`),
    ...names.groups.map((name) => `${folders.groups}${name}.yaml`),
  ]);
  for (const path of files.keys()) {
    const base = path.slice(path.lastIndexOf('/') + 1);
    if (!path.startsWith('truststore/') || known.has(path) || base.startsWith('.') || base.endsWith('.md')) continue;
    if (!clientsComplete && path.startsWith(folders.clients) && path.endsWith('.pem')) continue;
    const authority = path.startsWith(folders.authorities) && path.endsWith('.pem');
    report({
      code: 'file_unused',
      message: 'nothing names this file',
      place: { file: printable(path, '') },
      found: printable(base),
      allowed:
        'truststore/authorities/NAME.{yaml,pem,crl}, truststore/clients/NAME.yaml and the .pem files those name, truststore/groups/NAME.yaml',
      remedy: authority
        ? `write ${path.replace(/\.pem$/, '.yaml')}: { authority: ${base.slice(0, -'.pem'.length)}, revocation: { none: "why there is no list" } }`
        : base.endsWith('.yml')
          ? `rename it to ${base.slice(0, -'.yml'.length)}.yaml`
          : path.startsWith(folders.clients) && path.endsWith('.pem')
            ? `name it in a client: - { certificate: ${base} }, or remove it`
            : 'remove it, or move it out of truststore/',
    });
  }
}
