import { refuse } from '../../src/core/problem.ts';
import { loadRegistry } from '../../src/core/registry/load.ts';
import type { ReleaseSource } from '../../src/core/release/compile.ts';
import type { Pointer } from '../../src/core/release/pointer.ts';
import { parsePinnedKey } from '../../src/core/release/signed.ts';
import { type FirstReleaseMeans, publishFirst } from '../../src/publish/first-release.ts';
import { readLive } from '../../src/publish/read-live.ts';
import { differsLine } from '../../src/publish/status.ts';
import { type CustomResourceEvent, type FirstReleaseProperties, parseCustomResourceEvent } from './event.ts';
import { type GiveBackMeans, giveBack, publisherOf } from './give-back.ts';
import { refuseOtherDomain, refuseStranding, refuseTurningBack, refuseUnreadableOverlays } from './refusals.ts';

/** Constant: an update must never look like a replacement, which would end in a Delete. */
export const physicalId = 'sallyport-first-release';

/** CloudFormation takes 4,096 bytes as the whole answer. */
const maximumReasonLength = 1_000;

export interface CustomResourceMeans extends GiveBackMeans {
  open(properties: FirstReleaseProperties): Promise<FirstReleaseMeans>;
  /** SPKI of a key in KMS. */
  publicKey(arn: string): Promise<Uint8Array>;
  /** Those of the front's secrets, by the names that connections have for them, that are not there. */
  missingSecrets(front: string, names: readonly string[]): Promise<readonly string[]>;
  /** The registry of the deployment's files. */
  source(): Promise<ReleaseSource>;
  /** From now on this role may not sign with the key. */
  endSigning(signingKey: string): Promise<void>;
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
  /** Of the key that signs the index of revocation lists. */
  readonly RevocationsPublicKey: string;
  /** Whether the live release is that of the files. */
  readonly Notice: string;
}

/**
 * The custom resource that publishes a front's first release. Create publishes if no pointer exists; Update changes
 * nothing, and Delete gives back what a first deployment that failed has made. Every answer to Create and Update names the truststore that is live at that moment, so a template
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
      const Data = event.requestType === 'Delete' ? await undo(means, event) : await run(means, event);
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
  await refuseTurningBack(opened, properties);
  const blocksKey = await means.publicKey(properties.blocksKey);
  const live = await readLive(opened);
  if (live !== undefined) {
    loadRegistry(live.document);
    await refuseUnreadableOverlays(opened, [parsePinnedKey(Buffer.from(blocksKey).toString('base64'))]);
    const names = [...new Set(properties.secrets.map(({ secret }) => secret))];
    refuseStranding(live, properties, await means.missingSecrets(properties.frontId, names));
  }
  const pointer = event.requestType === 'Create' ? await create(means, opened, event.stackId) : live?.pointer;
  if (pointer === undefined) {
    return refuse({
      code: 'pointer_missing',
      message: `nothing is published in ${properties.bucket}, although this front was deployed before`,
      remedy: 'restore the newest version of pointer.json in the bucket',
    });
  }
  const signing = await endSigning(means, properties.signingKey);
  return {
    TruststoreUri: opened.store.uriOf(pointer.truststore.key),
    TruststoreVersion: pointer.truststore.version,
    PointerPublicKey: Buffer.from(opened.signer.spki).toString('base64'),
    BlocksPublicKey: Buffer.from(blocksKey).toString('base64'),
    RevocationsPublicKey: Buffer.from(await means.publicKey(properties.revocationsKey)).toString('base64'),
    Notice: `${noticeOf(pointer.release === properties.release, properties)}${signing}`,
  };
}

/** An account that lets nobody tag keys has its front all the same; that the role could sign on is said. */
async function endSigning(means: CustomResourceMeans, signingKey: string): Promise<string> {
  try {
    await means.endSigning(signingKey);
    return '';
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    means.log(JSON.stringify({ format: 1, type: 'failure', message: `the key could not be tagged: ${message}` }));
    return '; the role of the first release may still sign, since it could not tag the key: its log says why';
  }
}

/** Nothing, unless a first deployment is rolled back. What cannot be told is kept, and stops nobody from deleting a stack. */
async function undo(means: CustomResourceMeans, { properties, stackId }: CustomResourceEvent): Promise<undefined> {
  try {
    const outcome = await giveBack(means, await means.open(properties), { stackId, bucket: properties.bucket });
    means.log(JSON.stringify({ format: 1, type: 'first-release', outcome }));
  } catch (error) {
    const message = `the store is kept: ${error instanceof Error ? error.message : String(error)}`;
    means.log(JSON.stringify({ format: 1, type: 'failure', message }));
  }
}

async function create(means: CustomResourceMeans, opened: FirstReleaseMeans, stackId: string): Promise<Pointer> {
  const note = { by: publisherOf(stackId), commit: null, reason: 'first deployment' };
  return (await publishFirst(opened, await means.source(), note, { listsAreFetched: true })).pointer;
}

function noticeOf(same: boolean, { lineage }: FirstReleaseProperties): string {
  const files = same ? 'the live release is that of your files' : differsLine;
  return lineage.commit === ''
    ? `${files}; deployed from no git commit: a later deploy is not compared with it`
    : files;
}
