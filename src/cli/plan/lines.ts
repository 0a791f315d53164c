import { reasonOf } from '../../core/decide/reasons.ts';
import type { ClientImpact, Impact, Way } from '../../core/impact/impact.ts';
import type { Change } from '../../core/release/plan.ts';
import { count } from '../terminal/words.ts';

/** A plan as lines of plain text, without colour or markup: the same on a terminal and in a pull request. */

export function changeText({ subject, detail, kind, before, after }: Change): string {
  const values = kind === 'change' && detail !== '' ? `: ${before ?? 'nothing'} → ${after ?? 'nothing'}` : '';
  return [subject, detail].filter((part) => part !== '').join(', ') + values;
}

export const lostTitle = ({ lost }: Impact): string =>
  lost.length === 0
    ? 'nobody who is let in today is refused after it'
    : `let in today, refused after it: ${count(lost.length, 'client')}`;

export const gainedTitle = ({ gained }: Impact): string =>
  gained.length === 0
    ? 'nobody who is refused today is let in after it'
    : `refused today, let in after it: ${count(gained.length, 'client')}`;

/** The client first, then a line for each way. */
export function impactLines({ client, whole, ways }: ClientImpact, side: 'lost' | 'gained'): readonly string[] {
  const what = whole ? (side === 'lost' ? 'everything that it may do' : 'as a whole') : 'in part';
  return [`${client}: ${what}`, ...ways.map((way) => wayText(way))];
}

function wayText({ identities, issuers, requests, reasons, from }: Way): string {
  const parts = [
    listed(requests, 4),
    identities.length === 0 ? '' : listed(identities, 3),
    issuers.length === 0 || !reasons.some(({ code }) => issuerCodes.has(code)) ? '' : `signed by ${listed(issuers, 3)}`,
    from === undefined ? '' : `from ${from} on`,
  ].filter((part) => part !== '');
  const why = [...new Map(reasons.map((reason) => [reason.code, reason])).values()].map(
    ({ code, expected }) =>
      `${code} (${reasonOf(code).message}${expected === undefined ? '' : `; wanted: ${expected}`})`,
  );
  return `${parts.length === 0 ? '' : `${parts.join(', ')}: `}${why.join(', ')}`;
}

/** Reasons that are about the CA: of others it says nothing which of them it was. */
const issuerCodes: ReadonlySet<string> = new Set([
  'signature_invalid',
  'issuer_unknown',
  'issuer_not_allowed',
  'authority_expired',
  'authority_differs',
  'path_invalid',
]);

function listed(all: readonly string[], most: number): string {
  const shown = all.slice(0, most).join('; ');
  return all.length > most ? `${shown}; and ${all.length - most} more` : shown;
}
