import type { RegistryDocument } from '../core/registry/document.ts';
import type { Release } from '../core/release/compile.ts';
import { type DeployedDocument, missingFromDeployment } from '../core/release/deployed.ts';
import { parameterNames } from '../core/release/layout.ts';
import { floorIn, type TruststoreLocation } from '../core/release/parameters.ts';
import { type Plan, plan } from '../core/release/plan.ts';
import type { Pointer } from '../core/release/pointer.ts';
import { underWayIn } from './claim.ts';
import { type Edge, type EdgeState, sameTruststore } from './edge.ts';
import type { Publication } from './publication.ts';
import { type Live, type ReadingMeans, readLive } from './read-live.ts';

export interface Status {
  readonly pointer: Pointer;
  /** Who made it live, when and why; absent when its record is gone. */
  readonly publication?: Publication;
  /** A publication that has begun and is not done. */
  readonly underWay?: Publication;
  /** Between the live release and the files; absent when no files were given. */
  readonly plan?: Plan;
  /** Whether the files are live: a publication would change nothing that counts. */
  readonly same?: boolean;
  readonly edge?: EdgeState;
  /** Where domain or parameters differ from the live release, in words; empty when they agree. */
  readonly drift: readonly string[];
  readonly counts: Live['manifest']['counts'];
}

/** What is deployed, beside what is published. */
export type DeployedBeside = Pick<DeployedDocument, 'connections' | 'tiers'>;

export const differsLine = 'the live release differs from your files: run `sallyport publish`';

/** What is live, compared with files, domain and parameters; undefined before the first publication. Changes nothing. */
export async function readStatus(
  means: ReadingMeans & { readonly edge: Edge },
  files?: { readonly release: Release; readonly document: RegistryDocument },
  deployed?: DeployedBeside,
): Promise<Status | undefined> {
  const live = await readLive(means);
  if (live === undefined) return undefined;
  const { truststoreUri, truststoreVersion, floor } = parameterNames;
  const [{ current, open }, edge, values] = await Promise.all([
    underWayIn(means, live),
    means.edge.read(),
    means.parameters.get([truststoreUri, truststoreVersion, floor]),
  ]);
  const { key, version } = live.pointer.truststore;
  const expected = { uri: means.store.uriOf(key), version };
  const named = { uri: values.get(truststoreUri) ?? 'nothing', version: values.get(truststoreVersion) ?? 'nothing' };
  return {
    pointer: live.pointer,
    publication: current,
    underWay: open,
    edge,
    drift: [
      ...(edge === undefined ? [] : driftOf('the domain', edge.truststore, expected)),
      ...driftOf('the parameters', named, expected),
      ...(floorIn(values, floor) === live.pointer.sequence
        ? []
        : [`the floor is ${values.get(floor)}, the live pointer ${live.pointer.sequence}`]),
      ...(deployed === undefined ? [] : notDeployed(live, deployed)),
    ],
    counts: live.manifest.counts,
    ...(files === undefined ? {} : comparison(live, files)),
  };
}

function comparison(live: Live, files: { readonly release: Release; readonly document: RegistryDocument }) {
  const compared = plan({ document: live.document }, { document: files.document });
  // Another order of the same rules is another release, and no change.
  const same = files.release.id === live.pointer.release || compared.changes.length === 0;
  return { plan: compared, same };
}

function notDeployed({ document }: Live, deployed: DeployedBeside): readonly string[] {
  const messages = missingFromDeployment(document, deployed).map(({ message }) => message);
  return [...new Set(messages)].map((message) => `the live release uses what is not there: ${message}`);
}

function driftOf(who: string, found: TruststoreLocation | undefined, expected: TruststoreLocation): readonly string[] {
  if (sameTruststore(found, expected)) return [];
  const what = found === undefined ? 'no truststore' : `${found.uri} version ${found.version}`;
  return [`${who} name ${what}; the live release says ${expected.uri} version ${expected.version}`];
}
