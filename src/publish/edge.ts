import type { TruststoreLocation } from '../core/release/parameters.ts';

/** The custom domain: what checks certificates before our code runs. */
export interface Edge {
  /** undefined while there is no domain. */
  read(): Promise<EdgeState | undefined>;
  /**
   * Starts to move the domain to another truststore.
   *
   * @throws EdgeBusyError when the account has used up its one call in 30 s
   * @throws EdgeRefusedError when the domain says that the truststore is no good, and has not changed
   */
  update(truststore: TruststoreLocation): Promise<EdgeState>;
}

export interface EdgeState {
  readonly truststore?: TruststoreLocation;
  readonly status: 'available' | 'updating' | 'needs-attention';
  /** The domain's own words about its status, when it needs attention. */
  readonly detail?: string;
  /** What AWS says about certificates in the truststore; only after an update. */
  readonly warnings: readonly string[];
}

export class EdgeBusyError extends Error {
  constructor(cause?: unknown) {
    super('the edge takes one update in 30 seconds', { cause });
    this.name = 'EdgeBusyError';
  }
}

export class EdgeRefusedError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'EdgeRefusedError';
  }
}

const edgePauseMilliseconds = 30_000;
const attempts = 8;
const pollMilliseconds = 5_000;
const polls = 36;

export interface Waiting {
  wait(milliseconds: number): Promise<void>;
  say(line: string): void;
}

export const sameTruststore = (a: TruststoreLocation | undefined, b: TruststoreLocation): boolean =>
  a?.uri === b.uri && a.version === b.version;

/**
 * Moves the domain to a truststore and waits until it is there. Does nothing when it is there already, so a crash at
 * any point is mended by calling it again.
 */
export async function moveEdge(
  edge: Edge,
  truststore: TruststoreLocation,
  waiting: Waiting,
): Promise<EdgeState | undefined> {
  let state = await edge.read();
  if (state === undefined) {
    waiting.say('there is no domain yet: the next deploy gives it this truststore');
    return undefined;
  }
  if (!sameTruststore(state.truststore, truststore)) {
    // A domain that is being updated takes no other update.
    await settled(edge, state, waiting);
    state = await startUpdate(edge, truststore, waiting);
  }
  return settled(edge, state, waiting);
}

async function startUpdate(edge: Edge, truststore: TruststoreLocation, waiting: Waiting): Promise<EdgeState> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await edge.update(truststore);
    } catch (error) {
      if (!(error instanceof EdgeBusyError) || attempt === attempts) throw error;
      waiting.say('AWS takes one domain update in 30 s from an account: waiting 30 s');
      await waiting.wait(edgePauseMilliseconds);
      // Somebody who continues the same publication may have done it meanwhile.
      const seen = await edge.read();
      if (seen !== undefined && sameTruststore(seen.truststore, truststore)) return seen;
    }
  }
}

async function settled(edge: Edge, first: EdgeState, waiting: Waiting): Promise<EdgeState> {
  let state = first;
  for (let poll = 0; state.status === 'updating'; poll += 1) {
    if (poll === polls) throw new Error('the domain is still updating after 3 minutes');
    if (poll === 0) waiting.say('the domain is updating: waiting until it is available');
    await waiting.wait(pollMilliseconds);
    const seen = await edge.read();
    if (seen === undefined) throw new Error('the domain disappeared while it was updating');
    state = { ...seen, warnings: seen.warnings.length > 0 ? seen.warnings : state.warnings };
  }
  if (state.status === 'needs-attention')
    throw new EdgeRefusedError(`the domain needs attention: ${state.detail ?? 'AWS does not say why'}`);
  return state;
}
