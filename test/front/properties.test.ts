import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { createAuthorizer } from '../../lambdas/authorizer/authorize.ts';
import { createForwarder } from '../../lambdas/forwarder/forward-event.ts';
import { parseFront } from '../../src/config/front.ts';
import { IdentityCache } from '../../src/core/decide/identities.ts';
import { emptyOverlay } from '../../src/core/decide/overlay.ts';
import { loadRegistry } from '../../src/core/registry/load.ts';
import type { Registry } from '../../src/core/registry/registry.ts';
import { pemFromDer } from '../../src/core/x509/pem.ts';
import { authorityYaml, clientYaml, filesWith, globex, issuing, sallyportYaml } from '../config/front-files.ts';
import { http1Event, http2Event, restEvent } from '../lambdas/authorizer/example-events.ts';
import { restEvent as proxyEvent } from '../lambdas/forwarder/fixture.ts';
import { during } from '../pki.ts';

/** From the bytes that strangers send to what the two functions answer, with a registry compiled from files. */

function registryOf(files = filesWith()): Registry | undefined {
  const { config, problems } = parseFront(files);
  expect(config === undefined).toBe(problems.length > 0);
  return config === undefined ? undefined : loadRegistry(config.registry);
}

const whole = registryOf();
if (whole === undefined) throw new Error('the front of these tests has problems');

const acme = issuing.issue({ subject: { C: 'NL', O: 'Acme, Inc.', CN: 'orders-client' } });
const stranger = globex.issue({ subject: { C: 'NL', O: 'Acme, Inc.', CN: 'orders-client' } });
const allowedCall = { address: '203.0.113.9', path: '/orders/7', method: 'GET' };

interface Asked {
  readonly answer: 'allow' | 'deny' | 'cannot decide';
  readonly policy?: string;
  readonly lines: readonly string[];
}

async function asked(event: unknown, registry: Registry = whole as Registry): Promise<Asked> {
  const lines: string[] = [];
  const authorize = createAuthorizer({
    live: () => ({ registry, overlay: emptyOverlay }),
    macKey: () => Buffer.alloc(32, 7),
    stage: 'live',
    domain: 'api.example.com',
    bindsExtendedRequestId: true,
    identities: new IdentityCache(),
    now: () => during,
    random: (bytes) => randomBytes(bytes),
    log: (line) => lines.push(line),
    logRefusal: (line) => lines.push(line),
  });
  try {
    const { policyDocument, context } = await authorize(event);
    const effect = policyDocument.Statement[0].Effect;
    for (const value of Object.values(context)) expect(value).toMatch(/^[A-Za-z0-9._-]{0,684}$/);
    return { answer: effect === 'Allow' ? 'allow' : 'deny', policy: JSON.stringify(policyDocument), lines };
  } catch (error) {
    // What cannot be decided is closed, and tells nobody why but the log.
    expect(error).toEqual(new Error('cannot decide'));
    return { answer: 'cannot decide', lines };
  }
}

/** One whole JSON object a line, printable ASCII. */
function expectClean(lines: readonly string[]): void {
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) {
    expect(line).toMatch(/^\{"format":1,"type":"(?:decision|refusal|failure)",[\x20-\x7e]*\}$/);
    expect(['event_malformed', 'domain_unknown']).toContain(JSON.parse(line).code ?? 'event_malformed');
  }
}

test('the certificate of these tests is allowed as it is', async () => {
  expect((await asked(restEvent({ ...allowedCall, certificatePem: acme.pem }))).answer).toBe('allow');
});

describe('certificates', () => {
  const changes = fc.array(
    fc.tuple(fc.nat(), fc.nat({ max: 255 }), fc.constantFrom('set', 'insert', 'remove', 'cut')),
    {
      minLength: 1,
      maxLength: 4,
    },
  );

  test('with changed bytes are refused by name, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(changes, async (edits) => {
        const bytes = [...acme.der];
        for (const [at, value, how] of edits) {
          const index = at % Math.max(1, bytes.length);
          if (how === 'set') bytes[index] = value;
          else if (how === 'insert') bytes.splice(index, 0, value);
          else if (how === 'remove') bytes.splice(index, 1);
          else bytes.length = Math.max(1, index);
        }
        const der = Uint8Array.from(bytes);
        const { answer, lines } = await asked(restEvent({ ...allowedCall, certificatePem: pemFromDer(der) }));
        expect(answer).toBe(Buffer.compare(der, acme.der) === 0 ? 'allow' : 'deny');
        expectClean(lines);
      }),
      { numRuns: 400 },
    );
  });

  test('in a damaged PEM are refused by name', async () => {
    const spliced = fc.tuple(fc.nat({ max: acme.pem.length }), fc.nat({ max: 80 }), fc.string({ maxLength: 40 }));
    await fc.assert(
      fc.asyncProperty(spliced, async ([at, cut, inserted]) => {
        const certificatePem = acme.pem.slice(0, at) + inserted + acme.pem.slice(at + cut);
        fc.pre(certificatePem !== '' && certificatePem.replace(/\s/g, '') !== acme.pem.replace(/\s/g, ''));
        const { answer, lines } = await asked(restEvent({ ...allowedCall, certificatePem }));
        expect(answer).toBe('deny');
        expectClean(lines);
      }),
      { numRuns: 200 },
    );
  });
});

describe('events', () => {
  const builders = [restEvent, http1Event, http2Event] as const;

  test('with anything anywhere: a decision, or closed with a typed problem', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...builders),
        fc.nat(),
        fc.jsonValue({ maxDepth: 3 }),
        async (build, at, value) => {
          const event = build({ ...allowedCall, certificatePem: stranger.pem });
          const { answer, lines } = await asked(withMember(event, at, value));
          expect(answer).not.toBe('allow');
          expectClean(lines);
        },
      ),
      { numRuns: 400 },
    );
  });

  test('that are no events at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (event) => {
        const { answer, lines } = await asked(event);
        expect(answer).toBe('cannot decide');
        expectClean(lines);
      }),
    );
  });

  test('of the forwarder: refused, and nothing is forwarded', async () => {
    let forwarded = 0;
    const forward = createForwarder({
      connection: () => {
        forwarded += 1;
        return undefined;
      },
      macKeys: () => [Buffer.alloc(32, 7)],
      stage: 'live',
      now: () => during,
      log: (line) => expect(line).toMatch(/^\{"format":1,"type":"forward",[\x20-\x7e]*\}$/),
    });
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.nat(), fc.anything(), async (whole, at, value) => {
        const result = await forward(whole ? value : withMember(proxyEvent(), at, value));
        expect(result.statusCode).toBe(403);
      }),
      { numRuns: 400 },
    );
    expect(forwarded).toBe(0);
  });
});

/** The event with one of its members, at any depth, replaced. */
function withMember(event: Record<string, unknown>, at: number, value: unknown): unknown {
  const copy = structuredClone(event);
  const places: { readonly of: Record<string, unknown>; readonly name: string }[] = [];
  const collect = (of: Record<string, unknown>): void => {
    for (const [name, member] of Object.entries(of)) {
      places.push({ of, name });
      if (typeof member === 'object' && member !== null && !Array.isArray(member)) {
        collect(member as Record<string, unknown>);
      }
    }
  };
  collect(copy);
  const place = places[at % places.length];
  if (place !== undefined) place.of[place.name] = value;
  return copy;
}

test('no byte of a request appears in a policy', async () => {
  const own = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'].map((method) => policyOf('Allow', method));
  const every = new Set([...own, policyOf('Deny')]);
  const files = filesWith({
    'sallyport.yaml': sallyportYaml
      .replace('"GET,POST /orders/**"', '"ANY /**"')
      .replace(', to: "/Orders/rest/v1/**"', ''),
    'truststore/clients/acme.yaml': clientYaml.replace('["GET /orders/**", "POST /orders"]', '["ANY /**"]'),
  });
  const open = registryOf(files);
  let allowed = 0;
  const text = fc.oneof(fc.string(), fc.constantFrom('*', '?', '\u0024{aws:x}', '/**', '","Resource":"*', 'GET/*'));
  await fc.assert(
    fc.asyncProperty(
      // half of the requests in every part well formed, so that there are policies that allow
      fc.oneof({ weight: 3, arbitrary: fc.constantFrom('GET', 'POST') }, text),
      fc.oneof(fc.constantFrom('orders', 'orders/7', '*'), fc.webPath()),
      fc.oneof({ weight: 2, arbitrary: fc.constant('') }, text),
      async (method, path, tail) => {
        const event = restEvent({ ...allowedCall, method, path: `/${path}${tail}`, certificatePem: acme.pem });
        const { answer, policy } = await asked(event, open);
        if (policy !== undefined) expect(every).toContain(policy);
        if (answer === 'allow') allowed += 1;
      },
    ),
    { numRuns: 400 },
  );
  expect(allowed).toBeGreaterThan(10);
});

function policyOf(Effect: 'Allow' | 'Deny', method?: string): string {
  const stage = 'arn:aws:execute-api:eu-west-1:222222222222:abc123def4/live';
  const Resource = method === undefined ? '*' : `${stage}/${method}/*`;
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect, Resource }] });
}

test('changed files give problems or a registry, and no registry lets a stranger in', async () => {
  const targets = {
    'sallyport.yaml': sallyportYaml,
    'truststore/authorities/acme-ca.yaml': authorityYaml,
    'truststore/clients/acme.yaml': clientYaml,
  };
  const pieces = fc.constantFrom(
    '*',
    '"*"',
    '[]',
    '{}',
    '/**',
    'ANY',
    '\n',
    '- ',
    ': ',
    '#',
    "'",
    '=',
    ',',
    '\\',
    '0.0.0.0/0',
  );
  const edit = fc.tuple(
    fc.constantFrom(...(Object.keys(targets) as (keyof typeof targets)[])),
    fc.nat(),
    fc.nat({ max: 8 }),
    fc.oneof(pieces, fc.string({ maxLength: 6 })),
  );
  let compiled = 0;
  await fc.assert(
    fc.asyncProperty(edit, async ([file, at, cut, inserted]) => {
      const text = targets[file];
      const from = at % text.length;
      const registry = registryOf(filesWith({ [file]: text.slice(0, from) + inserted + text.slice(from + cut) }));
      if (registry === undefined) return;
      compiled += 1;
      for (const leaf of [stranger, globex.issue({ subject: '*' }), globex]) {
        expect((await asked(restEvent({ ...allowedCall, certificatePem: leaf.pem }), registry)).answer).toBe('deny');
      }
    }),
    { numRuns: 200 },
  );
  expect(compiled).toBeGreaterThan(10);
});
