import { ProblemError, refuse } from '../../src/core/problem.ts';
import type { RegistryDocument } from '../../src/core/registry/document.ts';
import type { ReleaseSource } from '../../src/core/release/compile.ts';
import { missingFromDeployment } from '../../src/core/release/deployed.ts';
import type { Pointer } from '../../src/core/release/pointer.ts';
import { type FirstReleaseMeans, publishFirst } from '../../src/publish/first-release.ts';
import { readLive } from '../../src/publish/read-live.ts';
import { differsLine } from '../../src/publish/status.ts';
import { type CustomResourceEvent, type FirstReleaseProperties, parseCustomResourceEvent } from './event.ts';

/** Constant: an update must never look like a replacement, which would end in a Delete. */
export const physicalId = 'sallyport-first-release';

/** CloudFormation takes 4,096 bytes as the whole answer. */
const maximumReasonLength = 1_000;

export interface CustomResourceMeans {
  open(properties: FirstReleaseProperties): Promise<FirstReleaseMeans>;
  /** SPKI of a key in KMS. */
  publicKey(arn: string): Promise<Uint8Array>;
  /** The registry of the deployment's files. */
  source(): Promise<ReleaseSource>;
  /** PUT of an answer to CloudFormation's URL. */
  answer(url: string, body: string): Promise<void>;
  log(line: string): void;
}

/** Attributes of the resource, for templates. */
interface FirstReleaseAttributes {
  readonly TruststoreUri: string;
  readonly TruststoreVersion: string;
  /** SPKI in base64 of the key that signs the pointer. */
  readonly PointerPublicKey: string;
  /** Of the key that signs blocks and lifts. */
  readonly BlocksPublicKey: string;
  /** Whether the live release is that of the files. */
  readonly Notice: string;
}

/**
 * The custom resource that publishes a front's first release. Create publishes if no pointer exists; Update and Delete
 * change nothing. Every answer to Create and Update names the truststore that is live at that moment, so a template
 * that reads it never brings an older one back.
 */
export function createCustomResource(means: CustomResourceMeans): (event: unknown) => Promise<void> {
  return async (raw) => {
    const event = parseCustomResourceEvent(raw);
    const head = {
      PhysicalResourceId: physicalId,
      StackId: event.stackId,
      RequestId: event.requestId,
      LogicalResourceId: event.logicalResourceId,
    };
    try {
      const Data = event.requestType === 'Delete' ? undefined : await run(means, event);
      await means.answer(event.responseUrl, JSON.stringify({ Status: 'SUCCESS', ...head, Data }));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      means.log(JSON.stringify({ format: 1, type: 'failure', message: reason }));
      const body = { Status: 'FAILED', Reason: reason.slice(0, maximumReasonLength), ...head };
      // Without an answer CloudFormation waits an hour.
      await means.answer(event.responseUrl, JSON.stringify(body));
    }
  };
}

async function run(means: CustomResourceMeans, event: CustomResourceEvent): Promise<FirstReleaseAttributes> {
  const { properties } = event;
  refuseOtherDomain(event);
  const opened = await means.open(properties);
  const live = await readLive(opened);
  if (live !== undefined) refuseStranding(live.document, properties);
  const pointer = event.requestType === 'Create' ? await create(means, opened, event.stackId) : live?.pointer;
  if (pointer === undefined) {
    return refuse({
      code: 'pointer_missing',
      message: `nothing is published in ${properties.bucket}, although this front was deployed before`,
      remedy: 'restore the newest version of pointer.json in the bucket',
    });
  }
  return {
    TruststoreUri: opened.store.uriOf(pointer.truststore.key),
    TruststoreVersion: pointer.truststore.version,
    PointerPublicKey: Buffer.from(opened.signer.spki).toString('base64'),
    BlocksPublicKey: Buffer.from(await means.publicKey(properties.blocksKey)).toString('base64'),
    Notice: pointer.release === properties.release ? 'the live release is that of your files' : differsLine,
  };
}

async function create(means: CustomResourceMeans, opened: FirstReleaseMeans, stackId: string): Promise<Pointer> {
  const note = { by: `CloudFormation ${stackId}`.slice(0, 300), commit: null, reason: 'first deployment' };
  return (await publishFirst(opened, await means.source(), note)).pointer;
}

/**
 * What the live release names must be there after the deploy, too: a route whose connection is gone answers 502 to
 * everybody. This stands before the functions and connections change, so nothing has happened yet.
 */
function refuseStranding(document: RegistryDocument, { connections, tiers }: FirstReleaseProperties): void {
  const has = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, '']));
  const missing = missingFromDeployment(document, { connections: has(connections), tiers: has(tiers) });
  if (missing.length === 0) return;
  throw new ProblemError(
    missing.map((problem) => ({
      ...problem,
      message: `${problem.message} any more after this deploy, and the live release uses it`,
      remedy: 'leave it in sallyport.yaml, publish without it, then deploy; or deploy from the files that are live',
    })),
  );
}

/** A changed domain name replaces the domain: every partner's address. It must be said with the name that goes. */
function refuseOtherDomain({ properties, oldDomainName, requestType }: CustomResourceEvent): void {
  if (requestType !== 'Update' || oldDomainName === undefined || oldDomainName === properties.domainName) return;
  if (properties.replaceDomain === oldDomainName) return;
  refuse({
    code: 'domain_changed',
    message: 'the domain name has changed: the old one would stop answering',
    found: properties.domainName,
    allowed: oldDomainName,
    remedy: `to give it up, write replaceDomain: ${oldDomainName} under domain in sallyport.yaml`,
  });
}
