import type { RegistryDocument } from '../../core/registry/document.ts';
import { fetchLists } from '../../revocations/fetch.ts';
import { prepareLists } from '../../revocations/prepare.ts';
import { type Output, printable } from '../terminal/output.ts';
import type { ReleasePlace } from './release-place.ts';

/** A folder is served by whoever runs the job for it; a deployed front must have its lists before they decide. */
export async function lookForLists(
  place: ReleasePlace,
  desired: RegistryDocument,
  note: { readonly by: string; readonly reason: string | null },
  output: Output,
): Promise<void> {
  if (place.local || desired.authorities.every(({ revocation }) => 'none' in revocation)) return;
  const revocations = await place.revocations();
  if (revocations === undefined) return;
  const means = { ...place.means, revocations, now: Date.now };
  const { by, reason } = note;
  const notes = await prepareLists(means, desired, fetchLists, { by, reason });
  for (const { authority = '', code, detail } of notes)
    output.err(`${code}: ${printable(authority)}: ${printable(detail)}`);
}
