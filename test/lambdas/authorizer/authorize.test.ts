import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { type AuthorizerMeans, createAuthorizer } from '../../../lambdas/authorizer/authorize.ts';
import { openBinding } from '../../../src/core/binding.ts';
import { IdentityCache } from '../../../src/core/decide/identities.ts';
import { emptyOverlay } from '../../../src/core/decide/overlay.ts';
import type { RegistryDocument } from '../../../src/core/registry/document.ts';
import { loadRegistry } from '../../../src/core/registry/load.ts';
import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import { boundToOrders } from '../../authorize/tokens.ts';
import {
  acme,
  client,
  documentWith,
  exactly,
  globexRoot,
  login,
  orders,
  registryWith,
  requiring,
  subjectOf,
} from '../../core/decide/fixture.ts';
import { during } from '../../pki.ts';
import { type EventParts, http1Event, http2Event, restEvent } from './example-events.ts';

const key = randomBytes(32);
const stageArn = 'arn:aws:execute-api:eu-west-1:222222222222:abc123def4/live';
const deny = { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect: 'Deny', Resource: '*' }] };
const allow = (method: string) => ({
  Version: '2012-10-17',
  Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: `${stageArn}/${method}/*` }],
});

function opened(document: RegistryDocument = documentWith([acme]), means: Partial<AuthorizerMeans> = {}) {
  const lines: string[] = [];
  const refusals: string[] = [];
  const registry = loadRegistry(document);
  const decideNow = createAuthorizer({
    live: () => ({ registry, overlay: emptyOverlay }),
    macKey: () => key,
    stage: 'live',
    domain: 'api.example.com',
    bindsExtendedRequestId: true,
    identities: new IdentityCache(),
    now: () => during,
    random: randomBytes,
    log: (line) => lines.push(line),
    logRefusal: (line) => refusals.push(line),
    ...means,
  });
  // as Lambda sees it: whatever is thrown at once fails the invocation
  const authorizer = async (event: unknown) => decideNow(event);
  const ask = (parts: EventParts = {}, build = restEvent) =>
    authorizer(build({ certificatePem: orders.pem, ...parts }));
  return { authorizer, ask, lines, refusals, registry };
}

const seen = {
  method: 'GET',
  path: '/orders/7',
  stage: 'live',
  certificateSha256: parseCertificate(orders.der).sha256,
  extendedRequestId: 'JKJaXmPLvHcESHA=',
};

describe('an allowed request', () => {
  test('gets a policy for its method, the client as principal, and a context that binds it', async () => {
    const result = await opened().ask();
    expect(result.principalId).toBe('acme');
    expect(result.policyDocument).toEqual(allow('GET'));
    const bound = openBinding(result.context, seen, [key], during);
    expect(bound).toMatchObject({ client: 'acme', rule: 'allow-1', connection: 'erp', ...seen });
    expect(bound?.expiresAt).toBeLessThanOrEqual(during / 1000 + 30);
    expect(openBinding(result.context, { ...seen, path: '/orders/8' }, [key], during)).toBeUndefined();
    expect(openBinding(result.context, seen, [key], during + 31_000)).toBeUndefined();
  });

  test.each([
    ['HTTP API 1.0', http1Event],
    ['HTTP API 2.0', http2Event],
  ])('%s too', async (_, build) => {
    const result = await opened().ask({}, build);
    expect(result.policyDocument).toEqual(allow('GET'));
    const extendedRequestId = build === http1Event ? seen.extendedRequestId : undefined;
    expect(openBinding(result.context, { ...seen, extendedRequestId }, [key], during)?.client).toBe('acme');
  });

  test('the request id is bound only where that is switched on', async () => {
    const result = await opened(undefined, { bindsExtendedRequestId: false }).ask();
    const bound = openBinding(result.context, { ...seen, extendedRequestId: 'another' }, [key], during);
    expect(bound?.client).toBe('acme');
    const strict = await opened().ask();
    expect(openBinding(strict.context, { ...seen, extendedRequestId: 'another' }, [key], during)).toBeUndefined();
  });

  test('every context value is one that API Gateway can carry', async () => {
    const { context } = await opened().ask();
    for (const [name, value] of Object.entries(context)) {
      if (name !== 'to') expect(value).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
    }
  });

  test('leaves one line in the log and nothing in the refusals', async () => {
    const { ask, lines, refusals } = opened();
    const { context } = await ask();
    expect(refusals).toEqual([]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      format: 1,
      type: 'decision',
      outcome: 'allow',
      reference: context.reference,
      client: 'acme',
      rule: 'allow-1',
      route: 'route-1',
    });
  });
});

describe('a refused request', () => {
  test('gets an explicit Deny for everything, its reference and what it may know', async () => {
    const { ask, lines, refusals } = opened();
    const result = await ask({ path: '/invoices' });
    expect(result).toEqual({
      principalId: '-',
      policyDocument: deny,
      context: { reference: expect.stringMatching(/^[0-9a-z]{20}$/), reason: 'path_not_allowed' },
    });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      outcome: 'deny',
      reference: result.context.reference,
      client: 'acme',
    });
    expect(JSON.parse(refusals[0] ?? '')).toMatchObject({
      type: 'refusal',
      reference: result.context.reference,
      path: '/invoices',
      certificate: orders.pem,
    });
  });

  test.each([
    ['no certificate', { certificatePem: undefined }],
    ['a PEM that is none', { certificatePem: 'hello' }],
    ['two PEM blocks', { certificatePem: orders.pem + orders.pem }],
    ['a PEM around something else', { certificatePem: orders.pem.replaceAll('CERTIFICATE', 'PUBLIC KEY') }],
    ['an unknown certificate', { certificatePem: globexRoot.issue().pem }],
  ])('%s: a Deny that says nothing', async (_, parts) => {
    const result = await opened().ask(parts);
    expect(result.policyDocument).toEqual(deny);
    expect(result.context.reason).toBe('undisclosed');
  });

  test('a front that discloses nothing says nothing', async () => {
    const result = await opened(documentWith([acme], { disclose: false })).ask({ path: '/invoices' });
    expect(result.context.reason).toBe('undisclosed');
  });

  test('refusals are kept only where that is switched on', async () => {
    const { ask, lines } = opened(undefined, { logRefusal: undefined });
    await ask({ path: '/invoices' });
    expect(lines.map((line) => JSON.parse(line).type)).toEqual(['decision']);
    expect(lines.join()).not.toContain('/BEGIN/');
  });

  test.each(['TRACE', 'CONNECT', 'PROPFIND', 'M-SEARCH', 'get', 'ANY', '*'])(
    'method %s is not one of a REST API: refused even by a rule for ANY',
    async (method) => {
      const any = client('acme', [subjectOf(orders, 'acme-ca')], { allow: ['ANY /orders/**'] });
      const result = await opened(documentWith([any])).ask({ method });
      expect(result.policyDocument).toEqual(deny);
    },
  );
});

describe('what cannot be decided is thrown, with a line in the log and no detail in the error', () => {
  test.each([
    ['an event that is none', undefined, {}],
    ['another stage', restEvent({ certificatePem: orders.pem, stage: 'test-invoke-stage' }), {}],
    [
      'no registry',
      restEvent(),
      {
        live: () => {
          throw new Error('secret detail');
        },
      },
    ],
    ['a key that is too short', restEvent({ certificatePem: orders.pem }), { macKey: () => new Uint8Array(3) }],
  ])('%s', async (_, event, means: Partial<AuthorizerMeans>) => {
    const { authorizer, lines } = opened(undefined, means);
    await expect(authorizer(event)).rejects.toThrow(/^cannot decide$/);
    expect(lines.map((line) => JSON.parse(line).type)).toEqual(['failure']);
  });
});

describe('no byte of the request enters the policy', () => {
  const everything = client('acme', [exactly(orders)], { allow: ['ANY /**'] });
  const { ask } = opened(documentWith([everything], { routes: [{ match: 'ANY /**' }] }));
  const policies = [deny, ...['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'].map(allow)];

  test.each(['/*', '/orders/*', '/?', '/\u0024{aws:x}', '/%2A', '/a"},{"Effect":"Allow', '/orders/7/../../POST/*'])(
    '%s',
    async (path) => {
      expect(policies).toContainEqual((await ask({ path })).policyDocument);
    },
  );

  test('for any path and method', async () => {
    const method = fc.oneof(
      fc.constantFrom('GET', 'POST', 'get', '*', 'GET/*'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 40 }), method, async (path, verb) => {
        const result = await ask({ path: `/${path}`, method: verb }).catch(() => ({ policyDocument: deny }));
        expect(policies).toContainEqual(result.policyDocument);
      }),
    );
  });
});

test('registries are those of the fixture', () => {
  expect(opened().registry.id).toBe(registryWith([acme]).id);
});

describe('a token', () => {
  const require = requiring([{ token: { issuer: 'login', scopes: ['orders.read'] } }]);
  const shown = { goodFor: ['login'], thumbprint: boundToOrders['x5t#S256'], scopes: ['orders.read'] };
  const multiValueHeaders = { Authorization: ['Bearer a.b.c'] };
  const withTokens = (clients: Parameters<typeof documentWith>[0]) => {
    const read: string[] = [];
    const { authorizer } = opened(documentWith(clients, { tokenIssuers: [login] }), {
      readToken: async (text) => {
        read.push(text);
        return shown;
      },
    });
    const ask = (certificatePem: string, headers: object = multiValueHeaders) =>
      authorizer({ ...restEvent({ certificatePem }), multiValueHeaders: headers });
    return { ask, read };
  };

  test('is looked at for a client that is asked for one, and decides', async () => {
    const { ask, read } = withTokens([{ ...acme, require }]);
    expect((await ask(orders.pem)).principalId).toBe('acme');
    expect(read).toEqual(['a.b.c']);
    expect((await ask(orders.pem, {})).context).toMatchObject({ reason: 'token_missing' });
    expect(read).toHaveLength(1);
  });

  test('as one of several conditions', async () => {
    const either = requiring([{ psd2Role: 'PSP_AI' }, { token: { issuer: 'login', scopes: [] } }]);
    expect((await withTokens([{ ...acme, require: either }]).ask(orders.pem)).principalId).toBe('acme');
  });

  test('costs nothing for a stranger, or for a client that is not asked', async () => {
    const globex = globexRoot.issue({ subject: { CN: 'globex', O: 'Globex' } });
    const { ask, read } = withTokens([{ ...acme, require }, client('globex', [subjectOf(globex, 'globex-ca')])]);
    expect((await ask(globex.pem)).principalId).toBe('globex');
    expect((await ask(globexRoot.issue({ subject: { CN: 'stranger' } }).pem)).principalId).toBe('-');
    expect(read).toEqual([]);
  });
});
