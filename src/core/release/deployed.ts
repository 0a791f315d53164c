import { createHash } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { canonicalJson } from '../canonical-json.ts';
import type { Problem } from '../problem.ts';
import type { RegistryDocument } from '../registry/document.ts';
import { countOf, damaged, fieldsOf, onlyKnown, parseFields, sha256Form, textOf } from './fields.ts';
import { readableFormatOf } from './manifest.ts';
import { commitForm } from './turn-back.ts';

/**
 * What the deployment says about itself, in one parameter: where publishing finds its store and key, and what a release
 * may name. Names and digests only; a template writes it, and every deploy writes it anew.
 */
export interface DeployedDocument {
  readonly format: number;
  /** The bucket of releases, pointer and truststore. */
  readonly bucket: string;
  /** ARN of the KMS key that signs pointers. */
  readonly signingKey: string;
  /** ARN of the KMS key that signs blocks and lifts. */
  readonly blocksKey: string;
  /** ARN of the KMS key that signs which index of revocation lists counts; absent: lists are not fetched for this front. */
  readonly revocationsKey?: string;
  /** ARN of the KMS key that encrypts `releases/*`. */
  readonly releaseKey: string;
  /** ARN of the secret that binds a decision to its request; absent where somebody else keeps it. */
  readonly bindingKey?: string;
  /** The custom domain's name; absent while there is none. */
  readonly domain?: string;
  /** Name → digest of the configuration. */
  readonly connections: Readonly<Record<string, string>>;
  readonly tiers: Readonly<Record<string, string>>;
  /** Digest of the egress configuration. */
  readonly egress: string;
  /** The fixed IPv4 addresses that requests to backends come from; absent where the deployment does not know them. */
  readonly addresses?: readonly string[];
  /** Version of this software that deployed it. */
  readonly version?: string;
  /** The commit of the front's files, 40 hexadecimal digits; absent where there was no git. */
  readonly commit?: string;
  /** How many files differed from the commit. */
  readonly changed?: number;
  /** Whose git that was: `Name <address>`. */
  readonly by?: string;
  /** Name of a function → SHA-256 of its bundle, as `lambdas/digests.json` of the package that deployed it has it. */
  readonly bundles: Readonly<Record<string, string>>;
}

/** The parts of a front's configuration that only a deploy changes. */
export interface DeployedParts {
  readonly connections: ReadonlyMap<string, unknown>;
  readonly tiers: ReadonlyMap<string, unknown>;
  readonly egress?: unknown;
  readonly domain?: { readonly name: string };
}

export type DeployedDigests = Pick<DeployedDocument, 'connections' | 'tiers' | 'egress' | 'domain'>;

export function deployedDigestsOf(parts: DeployedParts): DeployedDigests {
  return {
    connections: digestsOf(parts.connections),
    tiers: digestsOf(parts.tiers),
    egress: shortDigest(parts.egress ?? null),
    domain: parts.domain?.name,
  };
}

export const writeDeployed = (deployed: DeployedDocument): string => canonicalJson(deployed);

/** @throws ProblemError `document_damaged`, `format_unknown` */
export function parseDeployed(text: string): DeployedDocument {
  const document = 'the parameter `deployed`';
  const fields = parseFields(new TextEncoder().encode(text), document);
  const format = readableFormatOf(fields);
  onlyKnown(fields, [
    'format',
    'bucket',
    'signingKey',
    'blocksKey',
    'revocationsKey',
    'releaseKey',
    'bindingKey',
    'domain',
    'connections',
    'tiers',
    'egress',
    'addresses',
    'bundles',
    'version',
    'commit',
    'changed',
    'by',
  ]);
  const optional = <T>(key: string, read: () => T): T | undefined =>
    fields.values[key] === undefined ? undefined : read();
  const digests = (key: 'connections' | 'tiers' | 'bundles', form: RegExp): Record<string, string> => {
    const member = fieldsOf(fields.values[key], `${document}, ${key},`);
    return Object.fromEntries(Object.keys(member.values).map((name) => [name, textOf(member, name, form)]));
  };
  return {
    format,
    bucket: textOf(fields, 'bucket', /^[a-z0-9.-]{3,63}$/),
    signingKey: textOf(fields, 'signingKey', arnForm),
    blocksKey: textOf(fields, 'blocksKey', arnForm),
    revocationsKey: fields.values.revocationsKey === undefined ? undefined : textOf(fields, 'revocationsKey', arnForm),
    releaseKey: textOf(fields, 'releaseKey', arnForm),
    bindingKey: optional('bindingKey', () => textOf(fields, 'bindingKey', arnForm)),
    domain: optional('domain', () => textOf(fields, 'domain', /^[a-z0-9*.-]{1,253}$/)),
    connections: digests('connections', digestForm),
    tiers: digests('tiers', digestForm),
    egress: textOf(fields, 'egress', digestForm),
    bundles: digests('bundles', sha256Form),
    addresses: optional('addresses', () => addressesOf(fields.values.addresses, document)),
    version: optional('version', () => textOf(fields, 'version', /^[!-~]{1,40}$/)),
    commit: optional('commit', () => textOf(fields, 'commit', commitForm)),
    changed: optional('changed', () => countOf(fields, 'changed')),
    by: optional('by', () => textOf(fields, 'by', /^[^\p{Cc}]{1,200}$/u)),
  };
}

/** A problem for each connection and tier that the registry names and the deployment lacks. */
export function missingFromDeployment(
  document: RegistryDocument,
  deployed: Pick<DeployedDocument, 'connections' | 'tiers'>,
): readonly Problem[] {
  const problem = (
    what: 'connection' | 'tier',
    name: string,
    place: Problem['place'],
    has: Readonly<Record<string, string>>,
  ): Problem => ({
    code: what === 'tier' ? 'tier_not_deployed' : 'connection_not_deployed',
    message: `the ${what} ${name} is not deployed`,
    place,
    found: name,
    allowed: Object.keys(has).join(', ') || 'none',
    remedy: 'deploy first: npx cdk deploy --all, then sallyport publish',
  });
  return [
    ...document.routes
      .filter(
        ({ connection, withdrawn }) => withdrawn === undefined && !Object.hasOwn(deployed.connections, connection),
      )
      .map((route) => problem('connection', route.connection, route.at, deployed.connections)),
    ...document.clients
      .filter((client) => client.tier !== undefined && !Object.hasOwn(deployed.tiers, client.tier))
      .map((client) => problem('tier', client.tier ?? '', client.at, deployed.tiers)),
  ];
}

function addressesOf(value: unknown, document: string): readonly string[] {
  const isAddress = (each: unknown): each is string => typeof each === 'string' && isIPv4(each);
  return Array.isArray(value) && value.every(isAddress) ? value : damaged(document, 'has addresses that are none');
}

const arnForm = /^arn:[!-~]{1,2000}$/;
const digestForm = /^[0-9a-f]{16}$/;

/** Enough to see that something changed; it protects nothing. */
function shortDigest(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 16);
}

function digestsOf(values: ReadonlyMap<string, unknown>): Record<string, string> {
  return Object.fromEntries([...values].map(([name, value]) => [name, shortDigest(value)]));
}
