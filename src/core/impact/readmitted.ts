import type { Block } from '../decide/block.ts';
import type { Problem } from '../problem.ts';
import type { RegistryDocument } from '../registry/document.ts';
import { loadRegistry } from '../registry/load.ts';
import { isIdentityDenied } from '../release/block-target.ts';
import type { Lift } from '../release/overlay-document.ts';
import { describeIdentity } from '../release/plan.ts';
import { keyOfIdentity, withoutWithdrawn } from '../release/reduce.ts';

/**
 * Whoever is blocked and comes into the files again, by whatever name: a block ends by being lifted, never by an old checkout.
 * A client that is still live as it was when it was blocked comes back nowhere, and stops no other publication.
 */
export function readmittedBlocked(
  live: RegistryDocument | undefined,
  desired: RegistryDocument,
  { blocks, lifts }: { readonly blocks: readonly Block[]; readonly lifts: readonly Lift[] },
  now: number,
): readonly Problem[] {
  const lifted = new Set(lifts.map(({ block }) => block));
  const standing = blocks.filter(
    ({ id, until }) => !lifted.has(id) && (until === undefined || Date.parse(until) > now),
  );
  if (standing.length === 0) return [];
  const before = new Map(
    (live === undefined ? [] : withoutWithdrawn(live).clients).map(({ name, identities }) => [
      name,
      new Set(identities.map(keyOfIdentity)),
    ]),
  );
  const registry = loadRegistry(desired);
  return desired.clients.flatMap(({ name, identities, at }): readonly Problem[] => {
    const own = before.get(name);
    const loaded = registry.clients.get(name)?.identities ?? [];
    return standing.flatMap((block): readonly Problem[] => {
      const remedy = `leave it out; or, if it may come back, sallyport unblock ${block.id} --reason "why" first`;
      const problem = (found: string): Problem => ({
        code: 'block_readmitted',
        message: `${name} is blocked, and would come back: ${block.target}, ${block.reason}`,
        place: at,
        found,
        remedy,
      });
      if (own === undefined && block.denies.some((denial) => 'client' in denial && denial.client === name))
        return [problem(`client ${name}`)];
      const come = identities.findIndex((identity, index) => {
        const one = loaded[index];
        if (one === undefined || own?.has(keyOfIdentity(identity)) === true) return false;
        return isIdentityDenied(one, block.denies, registry);
      });
      const identity = identities[come];
      return identity === undefined ? [] : [problem(describeIdentity(identity))];
    });
  });
}
