import { type Problem, ProblemError, refuse } from '../../src/core/problem.ts';
import { missingFromDeployment } from '../../src/core/release/deployed.ts';
import { overlayKeyOf, overlayKinds, parameterNames } from '../../src/core/release/layout.ts';
import { openOverlay } from '../../src/core/release/overlay-document.ts';
import type { PinnedKey } from '../../src/core/release/signed.ts';
import { readObject } from '../../src/core/release/store.ts';
import { originIn, turningBack } from '../../src/core/release/turn-back.ts';
import type { Live, ReadingMeans } from '../../src/publish/read-live.ts';
import type { CustomResourceEvent, FirstReleaseProperties } from './event.ts';

/**
 * What keeps a deploy from going on. All of it stands before functions, connections and domain change: CloudFormation makes them after
 * the custom resource, so nothing has happened yet.
 */

/** A changed domain name replaces the domain: every partner's address. It must be said with the name that goes. */
export function refuseOtherDomain({ properties, oldDomainName, requestType }: CustomResourceEvent): void {
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

/**
 * Files that do not descend from what is deployed. Compared with the parameter and not with the resource before the update: when
 * CloudFormation rolls back, that one is what has just failed, and the way back must stay open.
 */
export async function refuseTurningBack(
  { parameters }: ReadingMeans,
  properties: FirstReleaseProperties,
): Promise<void> {
  const { deployed } = parameterNames;
  const text = (await parameters.get([deployed])).get(deployed);
  const problem = text === undefined ? undefined : turningBack(originIn(text), properties.lineage);
  if (problem !== undefined) throw new ProblemError([problem]);
}

/**
 * What the live release names must be there after the deploy, too: a route whose connection or secret is gone answers 502 to everybody.
 */
export function refuseStranding(
  { document }: Live,
  { connections, tiers, secrets }: FirstReleaseProperties,
  missingSecrets: readonly string[],
): void {
  const has = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, '']));
  const gone = missingFromDeployment(document, { connections: has(connections), tiers: has(tiers) }).map((problem) => ({
    ...problem,
    message: `${problem.message} any more after this deploy, and the live release uses it`,
    remedy: 'leave it in sallyport.yaml, publish without it, then deploy; or deploy from the files that are live',
  }));
  const used = new Set(document.routes.flatMap((route) => (route.withdrawn === undefined ? [route.connection] : [])));
  const unset = secrets
    .filter(({ connection, secret }) => used.has(connection) && missingSecrets.includes(secret))
    .map(
      ({ connection, secret }): Problem => ({
        code: 'secret_not_set',
        message: `after this deploy the connection ${connection} reads a secret that is not there, and the live release uses it`,
        found: `no secret ${secret}`,
        remedy: `sallyport secret set ${secret}, then deploy again`,
      }),
    );
  if (gone.length + unset.length > 0) throw new ProblemError([...gone, ...unset]);
}

/**
 * The functions of this deploy are of the version that this one is of: what it cannot read, they cannot. The pointer and the release have
 * been read already.
 *
 * @throws ProblemError `format_unknown`, `document_damaged`, `signature_…`
 */
export async function refuseUnreadableOverlays(means: ReadingMeans, keys: readonly PinnedKey[]): Promise<void> {
  for (const kind of overlayKinds) {
    const object = await readObject(means.store, overlayKeyOf(kind));
    if (object !== undefined) openOverlay(kind, object.body, keys, means.front);
  }
}
