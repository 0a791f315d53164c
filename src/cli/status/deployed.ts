import type { FrontConfig } from '../../config/front.ts';
import { type DeployedDocument, deployedDigestsOf } from '../../core/release/deployed.ts';
import { shortCommit } from '../../core/release/turn-back.ts';
import { isAncestor } from '../terminal/git.ts';
import { type Output, printable } from '../terminal/output.ts';
import { count } from '../terminal/words.ts';

/** What the deployment says of itself, and how it compares with the files. */
export interface DeployedFacts {
  readonly version: string | null;
  readonly commit: string | null;
  /** Files that differed from the commit. */
  readonly changed: number;
  readonly by: string | null;
  /** Whether the files descend from it; null where git cannot tell. */
  readonly descends: boolean | null;
  /** Connections, tiers and other parts of sallyport.yaml that are not deployed as they are written. */
  readonly undeployed: readonly string[];
}

export async function deployedFacts(
  deployed: DeployedDocument,
  config: FrontConfig,
  folder: string,
): Promise<DeployedFacts> {
  const { version = null, commit = null, changed = 0, by = null } = deployed;
  return {
    version,
    commit,
    changed,
    by,
    descends: commit === null ? null : ((await isAncestor(folder, commit)) ?? null),
    undeployed: undeployedIn(deployed, config),
  };
}

function undeployedIn(deployed: DeployedDocument, config: FrontConfig): readonly string[] {
  const files = deployedDigestsOf(config);
  const named = (what: 'connection' | 'tier', key: 'connections' | 'tiers'): readonly string[] => {
    const [there, here] = [deployed[key], files[key]];
    return [...new Set([...Object.keys(there), ...Object.keys(here)])]
      .filter((name) => there[name] !== here[name])
      .sort()
      .map((name) => `${what} ${name}`);
  };
  return [
    ...named('connection', 'connections'),
    ...named('tier', 'tiers'),
    ...(deployed.egress === files.egress ? [] : ['egress']),
    ...(deployed.domain === files.domain ? [] : ['domain']),
  ];
}

export function printDeployed(facts: DeployedFacts, output: Output): void {
  const { version, commit, changed, by, descends, undeployed } = facts;
  const from =
    commit === null
      ? 'from no git commit'
      : `from commit ${shortCommit(commit)}${changed === 0 ? '' : ` and ${count(changed, 'file')} that differed from it`}`;
  output.out(`deployed: version ${version ?? 'unknown'}, ${from}${by === null ? '' : `, by ${printable(by)}`}`);
  if (descends === false)
    output.out(output.bad('  your files do not descend from that commit: a deploy from here is refused (git pull)'));
  if (commit !== null && descends === null)
    output.out('  whether your files descend from it cannot be told here: git does not know that commit');
  if (undeployed.length > 0)
    output.out(`  sallyport.yaml says otherwise: ${undeployed.join(', ')} → npx cdk deploy --all`);
}
