import { type DecideInput, type Decision, decide } from '../decide/decide.ts';
import { readRequest } from '../decide/request.ts';
import { ProblemError } from '../problem.ts';
import type { RegistryDocument } from '../registry/document.ts';
import { loadRegistry } from '../registry/load.ts';
import type { Registry } from '../registry/registry.ts';
import type { Edit } from './edit.ts';
import { editFor } from './edits.ts';
import { anyAddress, usualAddressOf } from './usual-address.ts';

/** Everything that `decide` asks for, except the registry; without an address the question is about everything else. */
export interface AskedInput extends Omit<DecideInput, 'registry' | 'identities' | 'request'> {
  readonly request: Omit<DecideInput['request'], 'address'> & { readonly address: string | undefined };
}

interface Refused extends AskedInput {
  readonly document: RegistryDocument;
  /** DER of what came behind the client's own certificate. */
  readonly presented?: readonly Uint8Array[];
}

/** More rounds than reasons that can appear one behind the other: identity, then client, then request. */
const MAX_ROUNDS = 6;

/** As it is asked; without an address from one that the client, if it is one, may use. */
export function decideAsUsual(
  input: AskedInput,
  registry: Registry,
): { readonly decision: Decision; readonly address: string } {
  const from = (address: string) => decide({ ...input, request: { ...input.request, address }, registry });
  const given = input.request.address;
  const first = from(given ?? anyAddress);
  if (given !== undefined) return { decision: first, address: given };
  const address = usualAddressOf(first.client, readRequest(input.request, registry).require);
  return { decision: address === anyAddress ? first : from(address), address };
}

/**
 * The edits of the registry, none of them to spare, with which the request is allowed: decided again with each set, never
 * inferred. Undefined when no edit helps that is made from what is written, or when it is allowed already.
 */
export function smallestChange(refused: Refused): readonly Edit[] | undefined {
  let edits: readonly Edit[] = [];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const document = applied(refused.document, edits);
    const decided = decideWith(refused, document);
    if (decided === undefined) return undefined;
    if (decided.decision.outcome === 'allow') {
      return edits.length === 0 ? undefined : withoutSpare(refused, edits);
    }
    const next = nextEdit(refused, document, decided.decision);
    if (next === undefined) return undefined;
    edits = [...edits, next];
  }
  return undefined;
}

function nextEdit(refused: Refused, document: RegistryDocument, decision: Decision): Edit | undefined {
  if (decision.outcome === 'allow') return undefined;
  for (const reason of decision.reasons) {
    const edit = editFor(reason, {
      document,
      decision,
      request: refused.request,
      now: refused.now,
      presented: refused.presented ?? [],
      certificate: refused.certificate,
    });
    if (edit !== undefined) return edit;
  }
  return undefined;
}

function withoutSpare(refused: Refused, edits: readonly Edit[]): readonly Edit[] {
  const spare = edits.find((one) => {
    const rest = edits.filter((other) => other !== one);
    return decideWith(refused, applied(refused.document, rest))?.decision.outcome === 'allow';
  });
  return spare === undefined
    ? edits
    : withoutSpare(
        refused,
        edits.filter((one) => one !== spare),
      );
}

export function applied(document: RegistryDocument, edits: readonly Edit[]): RegistryDocument {
  return edits.reduce((changed, edit) => edit.apply(changed), document);
}

/** Undefined: the changed document is not a registry, for example because the path cannot be written as a pattern. */
function decideWith(
  { document: _, presented: _rest, ...input }: Refused,
  document: RegistryDocument,
): ReturnType<typeof decideAsUsual> | undefined {
  try {
    return decideAsUsual(input, loadRegistry(document));
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}
