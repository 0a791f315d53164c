import type { Reason } from '../decide/reasons.ts';
import type { Place } from '../problem.ts';
import type { ConditionDocument, RegistryDocument } from '../registry/document.ts';

/** What would meet the one condition that a reason is about: of each of its alternatives, who does what. */
export function conditionRemedy({ code, at, client }: Reason, document: RegistryDocument): string | undefined {
  if (code !== 'condition_unmet' || at === undefined) return undefined;
  const owners = [...document.clients, ...document.routes];
  const requirement = owners.flatMap(({ require }) => require ?? []).find((one) => samePlace(one.at, at));
  const ways = requirement?.any.map((one) => wayOf(one, client));
  return ways === undefined || ways.length === 0 ? undefined : [...new Set(ways)].join('; or ');
}

function wayOf(condition: ConditionDocument, client: string | undefined): string {
  if ('addresses' in condition) {
    return 'the caller comes from one of the addresses that `expected` names, or, if it has others now, they are added where `see` says';
  }
  if ('keySha256' in condition) {
    return `the caller sends its key in X-Sallyport-Key (here: \`--key-file FILE\`); if it is lost, \`sallyport client key ${client ?? 'NAME'}\` makes another`;
  }
  if ('psd2Role' in condition) {
    return `the partner gets a certificate with the role ${condition.psd2Role} (ETSI TS 119 495)`;
  }
  return `the caller sends an access token of ${condition.token.issuer} that is bound to its certificate (here: \`--token-file FILE\`)`;
}

function samePlace(a: Place, b: Place): boolean {
  return a.file === b.file && a.line === b.line && a.column === b.column;
}
