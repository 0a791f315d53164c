import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { type AuthorizerResult, createAuthorizer } from '../../../lambdas/authorizer/authorize.ts';
import { openBinding } from '../../../src/core/binding.ts';
import { IdentityCache } from '../../../src/core/decide/identities.ts';
import { emptyOverlay } from '../../../src/core/decide/overlay.ts';
import { boundToOrders } from '../../authorize/tokens.ts';
import {
  acme,
  client,
  globexRoot,
  login,
  orders,
  registryWith,
  requiring,
  sha256,
  subjectOf,
} from '../../core/decide/fixture.ts';
import { during } from '../../pki.ts';
import { restEvent } from './example-events.ts';

/**
 * Lambda may run several invocations in one process. Whatever order the reads of each end in, every event gets what it
 * gets alone: policy, context and line in the log.
 */

const key = randomBytes(32);
const globex = globexRoot.issue({ subject: { CN: 'globex', O: 'Globex' } });
const registry = registryWith(
  [
    { ...acme, require: requiring([{ token: { issuer: 'login', scopes: ['read'] } }]) },
    client('globex', [subjectOf(globex, 'globex-ca')], { allow: ['GET /orders/**'] }),
  ],
  { tokenIssuers: [login] },
);

const withToken = (event: Record<string, unknown>, token: string) => ({
  ...event,
  multiValueHeaders: { Authorization: [`Bearer ${token}`] },
});
const events = [
  withToken(restEvent({ certificatePem: orders.pem }), 'read'),
  withToken(restEvent({ certificatePem: orders.pem, path: '/orders/8' }), 'write'),
  restEvent({ certificatePem: globex.pem, path: '/orders/9', address: '198.51.100.1' }),
  restEvent({ certificatePem: globex.pem, method: 'DELETE' }),
  restEvent({ certificatePem: globexRoot.issue({ subject: { CN: 'stranger' } }).pem }),
  restEvent({ certificatePem: globex.pem, stage: 'test-invoke-stage' }),
  restEvent(),
];

/** `paced` decides when a read that was begun ends. */
function opened(paced: <T>(value: T) => Promise<T>) {
  const lines = new Map<unknown, Record<string, unknown>[]>();
  const authorizer = createAuthorizer({
    live: () => paced({ registry, overlay: emptyOverlay }),
    macKey: () => paced(key),
    readToken: (text) => paced({ goodFor: ['login'], thumbprint: boundToOrders['x5t#S256'], scopes: [text] }),
    stage: 'live',
    domain: 'api.example.com',
    bindsExtendedRequestId: true,
    identities: new IdentityCache(),
    now: () => during,
    random: randomBytes,
    log: (line) => {
      const { reference, ...rest } = JSON.parse(line);
      lines.set(reference, [...(lines.get(reference) ?? []), rest]);
    },
  });
  return async (event: (typeof events)[number]) => {
    try {
      const result = await authorizer(event);
      return { ...plain(result, event), lines: lines.get(result.context.reference) };
    } catch (error) {
      return { error: String(error) };
    }
  };
}

/** Without what differs from one decision to the next, after it was looked at. */
function plain({ context, ...rest }: AuthorizerResult, event: Record<string, unknown>) {
  const { reference, mac, ...fixed } = context;
  expect(reference).toMatch(/^[0-9a-z]{20}$/);
  const { identity, extendedRequestId } = event.requestContext as {
    identity: { clientCert: { clientCertPem: string } | null };
    extendedRequestId: string;
  };
  const der = Buffer.from((identity.clientCert?.clientCertPem ?? '').replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const seen = {
    method: String(event.httpMethod),
    path: String(event.path),
    stage: 'live',
    certificateSha256: sha256(der),
    extendedRequestId,
  };
  return { ...rest, fixed, opens: mac !== undefined && openBinding(context, seen, [key], during) !== undefined };
}

test('invocations that overlap give what each gives alone', async () => {
  const alone = opened(async (value) => value);
  const expected: unknown[] = [];
  for (const event of events) expected.push(await alone(event));
  expect(expected.map((each) => (each as { principalId?: string }).principalId)).toEqual([
    'acme',
    '-',
    'globex',
    '-',
    '-',
    undefined,
    '-',
  ]);
  expect(expected.filter((each) => (each as { opens?: boolean }).opens)).toHaveLength(2);

  const chosen = fc.array(fc.nat({ max: events.length - 1 }), { minLength: 2, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), chosen, async (scheduler, indexes) => {
      const together = opened((value) => scheduler.schedule(Promise.resolve(value)));
      const results = Promise.all(indexes.map((index) => together(events[index] ?? {})));
      await scheduler.waitFor(results);
      expect(await results).toEqual(indexes.map((index) => expected[index]));
    }),
  );
});
