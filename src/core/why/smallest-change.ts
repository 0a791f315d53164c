import { type DecideInput, type Decision, decide } from '../decide/decide.ts';
import { ProblemError } from '../problem.ts';
import type { RegistryDocument } from '../registry/document.ts';
import { loadRegistry } from '../registry/load.ts';
import type { Edit } from './edit.ts';
import { editFor } from './edits.ts';

/** Everything that `decide` asks for, except that the registry is still its document. */
interface Refused extends Omit<DecideInput, 'registry' | 'identities'> {
  readonly document: RegistryDocument;
  /** DER of what came behind the client's own certificate. */
  readonly presented?: readonly Uint8Array[];
}

/** More rounds than reasons that can appear one behind the other: identity, then client, then request. */
const MAX_ROUNDS = 6;

/**
 * The edits of the registry, none of them to spare, with which the request is allowed: decided again with each set, never
 * inferred. Undefined when no edit helps, or when it is allowed already.
 */
export function smallestChange(refused: Refused): readonly Edit[] | undefined {
  let edits: readonly Edit[] = [];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const document = applied(refused.document, edits);
    const decision = decideWith(refused, document);
    if (decision === undefined) return undefined;
    if (decision.outcome === 'allow') return edits.length === 0 ? undefined : withoutSpare(refused, edits);
    const next = nextEdit(refused, document, decision);
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
    });
    if (edit !== undefined) return edit;
  }
  return undefined;
}

function withoutSpare(refused: Refused, edits: readonly Edit[]): readonly Edit[] {
  const spare = edits.find((one) => {
    const rest = edits.filter((other) => other !== one);
    return decideWith(refused, applied(refused.document, rest))?.outcome === 'allow';
  });
  return spare === undefined
    ? edits
    : withoutSpare(
        refused,
        edits.filter((one) => one !== spare),
      );
}

function applied(document: RegistryDocument, edits: readonly Edit[]): RegistryDocument {
  return edits.reduce((changed, edit) => edit.apply(changed), document);
}

/** Undefined: the changed document is not a registry, for example because the path cannot be written as a pattern. */
function decideWith(
  { document: _, presented: _rest, ...input }: Refused,
  document: RegistryDocument,
): Decision | undefined {
  try {
    return decide({ ...input, registry: loadRegistry(document) });
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}
