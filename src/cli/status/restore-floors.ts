import { parameterPathOf } from '../../core/release/layout.ts';
import { type PinnedKey, pinnedKeyOf } from '../../core/release/signed.ts';
import { type MissingFloor, readMissingFloors, restoreFloors } from '../../publish/restore-floors.ts';
import type { ReleasePlace } from '../publish/release-place.ts';
import type { CommandContext } from '../terminal/command.ts';
import { confirm } from '../terminal/confirm.ts';
import { exitCodes } from '../terminal/failure.ts';
import type { Output } from '../terminal/output.ts';
import { count } from '../terminal/words.ts';

/** `status --restore-floors`: shown, agreed to, written. The one command that works while a floor is missing. */
export async function runRestoreFloors(
  { means: place, blocks, revocations, local }: ReleasePlace,
  asked: { readonly yes?: boolean; readonly json?: boolean },
  { output, end }: CommandContext,
): Promise<void> {
  const means = { ...place, blockKeys: [pinnedKeyOf(await blocks())], revocationKeys: await keysOf(revocations) };
  const missing = await readMissingFloors(means);
  const nameOf = ({ name }: MissingFloor) => (local ? name : parameterPathOf(means.front, name));
  if (asked.json !== true) for (const floor of missing) print(floor, nameOf(floor), output);
  if (missing.length === 0) {
    if (asked.json === true) output.json({ missing: [], restored: [] });
    else output.out('no floor is missing: nothing to restore');
    return;
  }
  const agreed =
    asked.yes === true || (asked.json === true ? undefined : await confirm(`set ${count(missing.length, 'floor')}?`));
  const restored = agreed === true ? await restoreFloors(means, missing) : [];
  if (agreed !== true) end(exitCodes.no);
  if (asked.json === true) {
    output.json({ missing: missing.map(({ name, key, sequence }) => ({ name, key, sequence })), restored });
    return;
  }
  if (agreed !== true) {
    output.err(`nothing was written${agreed === undefined ? '; --yes writes without asking' : ''}`);
    return;
  }
  for (const floor of missing) {
    const { name, sequence } = floor;
    output.out(
      restored.includes(name)
        ? `${output.good('set')}: ${nameOf(floor)} to ${sequence}`
        : `left alone: ${nameOf(floor)}, which somebody has set meanwhile`,
    );
  }
}

async function keysOf(signer: ReleasePlace['revocations']): Promise<readonly PinnedKey[]> {
  const made = await signer();
  return made === undefined ? [] : [pinnedKeyOf(made)];
}

function print(floor: MissingFloor, name: string, output: Output): void {
  const { key, sequence, version, inPlace, unreadable } = floor;
  output.out(`missing: ${name}, the floor of ${key}`);
  if (version === undefined) {
    output.out(`  there is no version of ${key}: 0`);
    return;
  }
  output.out(
    `  highest sequence among the versions: ${sequence} (version ${version.version}, ${new Date(version.modifiedAt).toISOString()})`,
  );
  if (unreadable > 0)
    output.out(
      output.bad(`  ${count(unreadable, 'version')} not readable or not signed by the front: counted for nothing`),
    );
  if (inPlace === sequence) return;
  const found = inPlace === undefined ? 'nothing readable' : `sequence ${inPlace}, an older one`;
  output.out(output.bad(`  in its place now: ${found}. Nothing is decided until version ${version.version} is back:`));
  output.out('  docs/floors.md says how');
}
