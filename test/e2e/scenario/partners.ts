import { expect, expectEqual } from '../steps.ts';
import { ok } from '../world/aws.ts';
import { callFront } from '../world/calls.ts';
import { newPartner } from '../world/front.ts';
import { findInLog } from '../world/logs.ts';
import type { World } from '../world/world.ts';

/** Calls over mutual TLS: one that is allowed, and one for each place where others are refused. */
export async function partners({ steps, edge, front, acme, backend, aws }: World): Promise<void> {
  await steps.step('a partner is served: edge, authorizer, forwarder, backend with its credential', async () => {
    const sent = { 'x-sallyport-client': 'root', 'x-emu-client-cert': 'forged', 'x-custom': 'kept' };
    const reply = await callFront(edge, front, acme, '/orders/7?a=1&a=2', { headers: sent });
    expect(reply.status === 200, '200', reply);
    const seen = backend.received.at(-1);
    expect(seen?.target.startsWith('/Orders/rest/v1/7?') === true, 'the route rewrites the path', seen);
    expectEqual(seen?.headers['x-sallyport-client'], 'acme', 'the backend is told who it is, by us');
    expectEqual(seen?.headers['x-custom'], 'kept', 'other headers pass');
    expect(seen?.headers['client-cert'] !== undefined, 'Client-Cert (RFC 9440) is there', seen?.headers);
  });

  await steps.step('a body arrives as it was sent', async () => {
    const body = JSON.stringify({ order: 7, note: 'é' });
    const reply = await callFront(edge, front, acme, '/orders', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(reply.status === 200, '200', reply);
    expectEqual(backend.received.at(-1)?.body, body, 'the body');
  });

  await steps.step('no certificate: the connection ends', async () => {
    expectEqual((await callFront(edge, front, undefined, '/orders/7')).status, 0, 'status');
  });

  await steps.step('a certificate of an unknown CA: 403 at the edge', async () => {
    const reply = await callFront(edge, front, newPartner('acme'), '/orders/7');
    expectEqual([reply.status, reply.text], [403, '{"message":"Forbidden"}'], 'answer');
  });

  await steps.step('execute-api without a certificate: 403', async () => {
    const apis = JSON.parse((await ok(aws.rest('apigateway', 'GET', '/restapis'))).text) as { item: { id: string }[] };
    for (const { id } of apis.item) {
      const reply = await aws.rest('execute-api', 'GET', `/restapis/${id}/live/_user_request_/orders/7`);
      expectEqual(reply.status, 403, 'status of the direct address');
    }
  });

  await steps.step('a refused call: 403 with a reference that is in the log', async () => {
    const reply = await callFront(edge, front, acme, '/orders/7', { method: 'DELETE' });
    expect(reply.status === 403, '403', reply);
    const body = JSON.parse(reply.text) as Record<string, string>;
    expectEqual(reply.headers['x-sallyport-reference'], body.reference, 'the reference as a header');
    expectEqual([body.message, body.support], ['Forbidden', 'api-team@example.com'], 'what the caller is told');
    const lines = await findInLog(aws, [front.id, 'Authorizer'], body.reference ?? '');
    const decision = lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .find(({ type }) => type === 'decision');
    expectEqual([decision?.outcome, decision?.client], ['deny', 'acme'], 'the log');
  });
}
