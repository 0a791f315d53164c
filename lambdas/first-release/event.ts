import { refuse } from '../../src/core/problem.ts';
import type { Lineage } from '../../src/core/release/turn-back.ts';
import { isRecord } from '../../src/core/unknown.ts';

/** What CloudFormation sends to a custom resource, as far as it concerns us. */
export interface CustomResourceEvent {
  readonly requestType: 'Create' | 'Update' | 'Delete';
  /** Pre-signed; the answer goes there with PUT. */
  readonly responseUrl: string;
  readonly stackId: string;
  readonly requestId: string;
  readonly logicalResourceId: string;
  readonly properties: FirstReleaseProperties;
  /** Of the resource before an update. */
  readonly oldDomainName?: string;
}

/** The resource's properties; strings, as CloudFormation makes everything one. */
export interface FirstReleaseProperties {
  readonly frontId: string;
  readonly bucket: string;
  /** ARN of the KMS key that signs the pointer. */
  readonly signingKey: string;
  /** ARN of the KMS key that signs blocks and lifts. */
  readonly blocksKey: string;
  /** ARN of the KMS key that signs the index of revocation lists. */
  readonly revocationsKey: string;
  /** ARN of the KMS key that encrypts releases. */
  readonly releaseKey: string;
  /** Id of the release that the deployment's files compile to. */
  readonly release: string;
  readonly domainName: string;
  /** The domain name that may be given up for `domainName`; empty when none. */
  readonly replaceDomain: string;
  /** Names of the connections and tiers that the deployment has. */
  readonly connections: readonly string[];
  readonly tiers: readonly string[];
  /** Which stored secrets the connections read. */
  readonly secrets: readonly { readonly connection: string; readonly secret: string }[];
  readonly lineage: Lineage;
}

/** @throws ProblemError `event_unreadable` */
export function parseCustomResourceEvent(event: unknown): CustomResourceEvent {
  const members = recordOf(event, 'the event');
  const requestType = textOf(members, 'RequestType');
  if (requestType !== 'Create' && requestType !== 'Update' && requestType !== 'Delete')
    return unreadable('RequestType');
  const old = members.OldResourceProperties;
  return {
    requestType,
    responseUrl: textOf(members, 'ResponseURL'),
    stackId: textOf(members, 'StackId'),
    requestId: textOf(members, 'RequestId'),
    logicalResourceId: textOf(members, 'LogicalResourceId'),
    properties: propertiesOf(recordOf(members.ResourceProperties, 'ResourceProperties')),
    oldDomainName: old === undefined ? undefined : textOf(recordOf(old, 'OldResourceProperties'), 'domainName'),
  };
}

function propertiesOf(members: Readonly<Record<string, unknown>>): FirstReleaseProperties {
  return {
    frontId: textOf(members, 'frontId'),
    bucket: textOf(members, 'bucket'),
    signingKey: textOf(members, 'signingKey'),
    blocksKey: textOf(members, 'blocksKey'),
    revocationsKey: textOf(members, 'revocationsKey'),
    releaseKey: textOf(members, 'releaseKey'),
    release: textOf(members, 'release'),
    domainName: textOf(members, 'domainName'),
    replaceDomain: textOf(members, 'replaceDomain'),
    connections: namesOf(members, 'connections'),
    tiers: namesOf(members, 'tiers'),
    secrets: namesOf(members, 'secrets').map((each) => {
      const [connection = '', secret = ''] = each.split(':');
      return { connection, secret };
    }),
    lineage: {
      commit: textOf(members, 'commit'),
      ancestors: namesOf(members, 'ancestors'),
      shallow: textOf(members, 'shallow') === 'true',
      turnBackFrom: textOf(members, 'turnBackFrom'),
    },
  };
}

function recordOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) return unreadable(name);
  return value as Readonly<Record<string, unknown>>;
}

function textOf(members: Readonly<Record<string, unknown>>, name: string): string {
  const value = members[name];
  return typeof value === 'string' ? value : unreadable(name);
}

/** With commas between them: of a list that is empty a template keeps nothing. */
function namesOf(members: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  return textOf(members, name).split(',').filter(Boolean);
}

function unreadable(member: string): never {
  return refuse({
    code: 'event_unreadable',
    message: `not an event of our custom resource: ${member} is missing or is not what it must be`,
  });
}
