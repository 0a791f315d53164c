import type { ShownToken } from '../../core/decide/caller/token.ts';
import type { Decision } from '../../core/decide/decide.ts';
import type { Overlay } from '../../core/decide/overlay.ts';
import { admits, type EdgeVerdict } from '../../core/edge/admits.ts';
import { edgeDifference } from '../../core/edge/stock-servers.ts';
import type { RegistryDocument } from '../../core/registry/document.ts';
import { loadRegistry, truststoreOf } from '../../core/registry/load.ts';
import type { Registry } from '../../core/registry/registry.ts';
import type { RevocationIndex } from '../../core/revocation/index.ts';
import type { Edit } from '../../core/why/edit.ts';
import { type NearestClient, nearestClient } from '../../core/why/nearest-client.ts';
import { isProvenVain } from '../../core/why/proven-vain.ts';
import { applied, decideAsUsual, smallestChange } from '../../core/why/smallest-change.ts';
import type { Certificate } from '../../core/x509/certificate.ts';
import type { RequestLine } from '../terminal/request-line.ts';

export interface Question {
  readonly presented: readonly Uint8Array[];
  readonly leaf: Certificate | undefined;
  readonly request: RequestLine;
  readonly address: string | undefined;
  readonly key: string | undefined;
  readonly token: ShownToken | undefined;
  /** What the lists beside the authorities say; undefined: there is none. */
  readonly revocations: RevocationIndex | undefined;
  /** Names of the authorities with such a list. */
  readonly listed: ReadonlySet<string>;
  readonly at: number;
  readonly document: RegistryDocument;
  readonly registry: Registry;
  /** The certificate was made by `dev`, so it is judged by the twins of the authorities. */
  readonly twin: boolean;
  /** The question is about a reference: a request that has been refused. */
  readonly refusedBefore: boolean;
  readonly overlay: Overlay;
}

export interface Answer {
  readonly allowed: boolean;
  readonly edge: EdgeVerdict;
  /** Why stock servers let in what API Gateway refuses. */
  readonly difference?: string;
  readonly decision: Decision;
  readonly address: string;
  /** Edits of the registry that would allow it; absent when none is known, or when the edge refuses anyway. */
  readonly change?: readonly Edit[];
  /** Where the request comes from in the decision with the change. */
  readonly changeAddress?: string;
  /** No edit of the files whatever would allow it: proven, see `isProvenVain`. */
  readonly isVain: boolean;
  /** When no client is registered with the certificate. */
  readonly nearest?: NearestClient;
}

export function answerTo(question: Question): Answer {
  const { presented, document, registry, at, request } = question;
  const truststore = truststoreOf(registry);
  const edge = admits(truststore, presented, at);
  const input = {
    certificate: presented[0],
    request: { method: request.method, path: request.path, address: question.address, key: question.key },
    token: question.token,
    revocations: question.revocations,
    overlay: question.overlay,
    now: at,
  };
  const { decision, address } = decideAsUsual(input, registry);
  // what the edge refuses for want of a CA that came along can be mended; one that `dev` made up belongs into no file
  const rest = question.twin ? [] : presented.slice(1);
  const mayHelp = edge.admitted || rest.length > 0;
  const change = mayHelp ? smallestChange({ ...input, document, presented: rest }) : undefined;
  const unknown =
    decision.outcome === 'deny' && decision.client === undefined
      ? decision.certificate?.parsed(() => presented[0])
      : undefined;
  const nearest = unknown === undefined ? undefined : nearestClient(unknown, document);
  const difference = edgeDifference(edge, truststore, presented, at);
  return {
    allowed: edge.admitted && decision.outcome === 'allow',
    edge,
    difference,
    decision,
    address,
    change,
    changeAddress:
      change === undefined ? undefined : decideAsUsual(input, loadRegistry(applied(document, change))).address,
    isVain: decision.outcome === 'deny' && change === undefined && isProvenVain(input, document),
    nearest,
  };
}
