import { awsLimits } from '../../core/aws-limits.ts';

/** What a function is given beside its event. */
interface InvocationContext {
  readonly awsRequestId: string;
  readonly functionName: string;
  getRemainingTimeInMillis(): number;
}

export type LambdaFunction = (event: unknown, context: InvocationContext) => Promise<unknown>;

export type Invocation =
  | { readonly outcome: 'returned'; readonly result: unknown }
  | { readonly outcome: 'threw'; readonly error: unknown }
  | { readonly outcome: 'timed-out' }
  | { readonly outcome: 'too-large' };

export interface InvocationTerms {
  readonly functionName: string;
  readonly requestId: string;
  readonly milliseconds: number;
}

/**
 * Invokes a function in this process as Lambda would: event and result pass through JSON, both are bounded, and its time
 * is. A function that runs on after its time is not stopped, only no longer waited for.
 */
export async function invoke(handler: LambdaFunction, event: unknown, terms: InvocationTerms): Promise<Invocation> {
  const payload = JSON.stringify(event);
  if (Buffer.byteLength(payload) > awsLimits.lambdaPayloadBytes) return { outcome: 'too-large' };
  const deadline = performance.now() + terms.milliseconds;
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<Invocation>((resolve) => {
    timer = setTimeout(() => resolve({ outcome: 'timed-out' }), terms.milliseconds);
  });
  try {
    return await Promise.race([
      timedOut,
      run(handler, JSON.parse(payload), {
        awsRequestId: terms.requestId,
        functionName: terms.functionName,
        getRemainingTimeInMillis: () => Math.max(0, deadline - performance.now()),
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

async function run(handler: LambdaFunction, event: unknown, context: InvocationContext): Promise<Invocation> {
  try {
    const text = JSON.stringify((await handler(event, context)) ?? null);
    if (Buffer.byteLength(text) > awsLimits.lambdaPayloadBytes) {
      return { outcome: 'threw', error: new Error('The result is larger than Lambda returns.') };
    }
    return { outcome: 'returned', result: JSON.parse(text) };
  } catch (error) {
    return { outcome: 'threw', error };
  }
}
