import { expect, expectEqual } from '../steps.ts';
import { callFront, callUntil } from '../world/calls.ts';
import { readDomain } from '../world/edge.ts';
import type { Partner } from '../world/front.ts';
import type { World } from '../world/world.ts';

const trusts = (certificates: readonly { readonly der: Uint8Array }[], partner: Partner): boolean =>
  certificates.some(({ der }) => Buffer.compare(der, partner.authority.der) === 0);

/** A partner comes without a deploy. */
export async function addition({ steps, operator, front, globex, edge, aws }: World): Promise<void> {
  await steps.step('sallyport publish: a new partner with a CA of its own', async () => {
    front.add(globex);
    const report = await operator.publish(front, 'Globex joins');
    expectEqual([report.outcome, report.sequence], ['published', 2], 'one pointer on');
    const { certificates } = await readDomain(aws, front.domain);
    expect(trusts(certificates, globex), 'the domain names a truststore with the new CA');
  });
  await steps.step('the new partner is served within 15 s', async () => {
    const reply = await callUntil(200, () => callFront(edge, front, globex, '/orders/7'));
    expectEqual(reply.status, 200, 'status');
  });
}

/** A partner leaves without a deploy: refused by the edge, and by the decision for whoever gets past an edge. */
export async function removal(world: World): Promise<void> {
  const { steps, operator, front, globex, acme, edge, aws } = world;
  await steps.step('sallyport publish: a partner leaves; the edge no longer trusts its CA', async () => {
    front.remove(globex);
    const report = await operator.publish(front, 'Globex leaves');
    // Removed first, under the old truststore; then the edge; then what is new.
    expectEqual([report.outcome, report.sequence], ['published', 4], 'two pointers on');
    const { certificates } = await readDomain(aws, front.domain);
    expect(!trusts(certificates, globex) && certificates.length > 0, 'the domain names a truststore without that CA');
    expectEqual((await callFront(edge, front, globex, '/orders/7')).status, 403, 'status at the edge');
    expectEqual((await callFront(edge, front, acme, '/orders/7')).status, 200, 'the other partner');
  });
  await steps.step('the partner that left is refused by the decision too, within 15 s', () =>
    refusedBehindTheEdge(world),
  );
}

/** Refused by the authorizer although an edge has let it through. */
export async function refusedBehindTheEdge({ edge, front, globex }: World): Promise<void> {
  const reply = await callUntil(403, () => callFront(edge, front, globex, '/orders/7', { pastTheEdge: true }));
  const { reason, reference } = JSON.parse(reply.text) as Record<string, string>;
  expectEqual([reply.status, reason, reference?.length], [403, 'undisclosed', 20], 'a refusal of ours');
}
