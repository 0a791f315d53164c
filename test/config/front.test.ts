import { parseFront } from '../../src/config/front.ts';
import { loadRegistry } from '../../src/core/registry/load.ts';
import {
  authorityYaml,
  brief,
  clientYaml,
  filesWith,
  globex,
  issuing,
  problemsWith,
  root,
  sallyportYaml,
} from './front-files.ts';

const front = 'sallyport.yaml';
const authority = 'truststore/authorities/acme-ca.yaml';
const client = 'truststore/clients/acme.yaml';

function only(changes: Parameters<typeof problemsWith>[0]) {
  const problems = problemsWith(changes);
  expect(problems.map(brief)).toHaveLength(1);
  const [problem] = problems;
  return { at: problem && brief(problem), ...problem };
}

test('a whole front parses into what was written', () => {
  const { config, problems } = parseFront(filesWith());
  expect(problems).toEqual([]);
  expect(config).toMatchObject({
    id: 'orders-3f9c',
    label: 'orders',
    stage: 'production',
    aws: { account: '222222222222', region: 'eu-west-1' },
    support: { email: 'api-team@example.com' },
    domain: { name: 'api.example.com', hostedZone: { id: 'Z0123456789', name: 'example.com' } },
    egress: { zones: 2 },
  });
  expect(config?.tiers.get('default')).toEqual({ perSecond: 20, burst: 40, perDay: 100_000 });
  expect(config?.connections.get('erp')).toEqual({
    name: 'erp',
    transport: { kind: 'direct' },
    url: 'https://tenant.example.com',
    serverName: undefined,
    authorities: undefined,
    allowPlaintext: false,
    credential: { kind: 'basic', user: 'front', passwordFrom: 'erp' },
    timeoutSeconds: undefined,
  });
  expect(config?.registry.clients[0]).toMatchObject({
    name: 'acme',
    identities: [
      { kind: 'subject', authority: 'acme-ca', subject: 'CN=orders-client,O=Acme\\, Inc.,C=NL' },
      { kind: 'san', san: { kind: 'dns', value: 'orders-client.acme.example' } },
      { kind: 'certificate' },
    ],
    allow: [{ pattern: 'GET /orders/**', at: { file: client, line: 7, column: 9 } }, { pattern: 'POST /orders' }],
    addresses: ['203.0.113.0/24'],
    validUntil: '2027-06-30',
    tier: 'default',
  });
  expect(config?.registry.front.disclose).toBe(true);
  expect(config && loadRegistry(config.registry).clients.size).toBe(1);
});

test('line ends, a byte order mark and quotes change nothing', () => {
  const plain = parseFront(filesWith()).config?.registry;
  const crlf = `\ufeff${clientYaml.replaceAll('\n', '\r\n')}`;
  expect(parseFront(filesWith({ [client]: crlf })).config?.registry).toEqual(plain);
});

test('refusals may be kept silent', () => {
  const { config } = parseFront(filesWith({ [front]: `${sallyportYaml}refusals: { disclose: false }\n` }));
  expect(config?.registry.front.disclose).toBe(false);
});

test('the problems of one file hide none of another', () => {
  const problems = problemsWith({
    [front]: sallyportYaml.replace('stage: production', 'stage: live'),
    [authority]: 'authority: acme-ca\n',
    [client]: 'client: [\n',
    'truststore/clients/globex.yaml': clientYaml.replace('client: acme', 'client: initech'),
  });
  expect(problems.map(brief)).toEqual([
    'sallyport.yaml:4:8 value_not_allowed',
    `${authority}:1:1 key_missing`,
    `${client}:2:1 yaml_syntax`,
    'truststore/clients/globex.yaml:1:9 name_is_not_file_name',
  ]);
});

describe('sallyport.yaml', () => {
  const change = (from: string, to: string) => only({ [front]: sallyportYaml.replace(from, to) });

  test('is missing', () => {
    expect(only({ [front]: undefined })).toMatchObject({
      code: 'front_missing',
      remedy: expect.stringContaining('init'),
    });
  });
  test('unknown key, with the nearest known one to paste', () => {
    const problem = only({ [front]: `${sallyportYaml}refusal: { disclose: true }\n` });
    expect(problem).toMatchObject({
      at: 'sallyport.yaml:14:1 key_unknown',
      message: 'this key is not known here; did you mean refusals?',
      found: '"refusal"',
      remedy: 'refusals: { disclose: true }',
    });
    expect(problem.allowed).toContain('connections');
  });
  test('stage', () => {
    expect(change('stage: production', 'stage: prodution')).toMatchObject({
      at: 'sallyport.yaml:4:8 value_not_allowed',
      message: 'did you mean production?',
      found: '"prodution"',
      allowed: 'production, test',
      remedy: 'stage: production',
    });
  });
  test('a later format', () => {
    expect(change('format: 1', 'format: 2')).toMatchObject({
      at: 'sallyport.yaml:1:9 value_not_allowed',
      allowed: '1',
    });
  });
  test('numbers are exact', () => {
    for (const zones of ['02', '2.0', '0x2', '4', '0', '-1', '""', '1e0']) {
      expect(change('zones: 2', `zones: ${zones}`).at).toBe('sallyport.yaml:8:18 value_not_allowed');
    }
  });
  test('support needs one of its keys', () => {
    expect(change('{ email: api-team@example.com }', '{}')).toMatchObject({
      at: 'sallyport.yaml:6:10 key_missing',
      allowed: 'at least one of email, url; for example email: api-team@example.com',
      remedy: undefined,
    });
  });
  test('support that would break the body of a refusal', () => {
    expect(change('api-team@example.com', `'a"$x@example.com'`).code).toBe('value_not_allowed');
  });
  test('a transport of a later version', () => {
    expect(change('transport: direct', 'transport: vpc')).toMatchObject({
      at: 'sallyport.yaml:11:21 not_yet',
      found: 'vpc',
      allowed: 'direct',
    });
  });
  test('a password where a secret is named is refused and never repeated', () => {
    const problem = change('"secret:erp"', 'hunter2-hunter2');
    expect(problem).toMatchObject({
      at: 'sallyport.yaml:11:114 secret_literal',
      remedy: expect.stringContaining('sallyport secret set'),
    });
    expect(JSON.stringify(problem)).not.toContain('hunter2');
  });
  test('no credential is written as none', () => {
    const none = sallyportYaml.replace(/credential: .*? } }/, 'credential: none');
    expect(parseFront(filesWith({ [front]: none })).config?.connections.get('erp')?.credential).toEqual({
      kind: 'none',
    });
    expect(change(/, credential: .*? } }/.exec(sallyportYaml)?.[0] ?? '', '').code).toBe('key_missing');
  });
  test('bearer and header credentials', () => {
    const credential = (written: string) =>
      parseFront(filesWith({ [front]: sallyportYaml.replace(/credential: .*? } }/, `credential: ${written}`) }));
    expect(credential('{ bearer: { tokenFrom: "secret:t" } }').config?.connections.get('erp')?.credential).toEqual({
      kind: 'bearer',
      tokenFrom: 't',
    });
    expect(
      credential('{ header: { name: X-Api-Key, valueFrom: "secret:t" } }').config?.connections.get('erp')?.credential,
    ).toEqual({ kind: 'header', name: 'X-Api-Key', valueFrom: 't' });
    for (const name of [
      'Host',
      'x_sallyport_client',
      'Transfer-Encoding',
      'X-Forwarded-For',
      'Client-Cert',
      'Content-Length',
    ]) {
      expect(
        credential(`{ header: { name: ${name}, valueFrom: "secret:t" } }`).problems.map(({ code }) => code),
      ).toEqual(['header_name_owned']);
    }
    expect(credential('{ oauth2: {} }').problems).toMatchObject([
      { code: 'key_unknown', remedy: expect.stringContaining('not built yet') },
    ]);
    expect(credential('{ basic: { user: "a:b", passwordFrom: "secret:t" } }').problems.map(brief)).toEqual([
      'sallyport.yaml:11:93 value_not_allowed',
    ]);
  });
  test('what a connection strips, passes and never uses twice', () => {
    const with_ = (written: string) =>
      parseFront(filesWith({ [front]: sallyportYaml.replace('transport: direct', `transport: direct, ${written}`) }));
    const { config } = with_('reuse: never, strip: [X-Erp-User, "X-Legacy-*"], pass: [Accept]');
    expect(config?.connections.get('erp')).toMatchObject({
      reuse: 'never',
      strip: ['X-Erp-User', 'X-Legacy-*'],
      pass: ['Accept'],
    });
    expect(with_('reuse: always').problems.map(brief)).toEqual(['sallyport.yaml:11:36 value_not_allowed']);
    expect(with_('strip: ["*"]').problems.map(({ code }) => code)).toEqual(['value_not_allowed']);
    // What never passes cannot be passed.
    expect(with_('pass: [Accept, X-Forwarded-For]').problems).toMatchObject([
      { code: 'header_name_owned', found: 'X-Forwarded-For', remedy: 'remove X-Forwarded-For from pass' },
    ]);
  });
  test('plain HTTP only in writing', () => {
    const http = sallyportYaml.replace('"https://tenant', '"http://tenant');
    expect(only({ [front]: http })).toMatchObject({
      at: 'sallyport.yaml:11:34 plaintext_not_allowed',
      remedy:
        'write url: "https://tenant.example.com"; or, if the backend has no TLS and that is meant, allowPlaintext: true',
    });
    const agreed = http.replace('transport: direct', 'transport: direct, allowPlaintext: true');
    expect(parseFront(filesWith({ [front]: agreed })).config?.connections.get('erp')).toMatchObject({
      url: 'http://tenant.example.com',
      allowPlaintext: true,
    });
    expect(only({ [front]: agreed.replace('direct,', 'direct, serverName: a.example,') }).code).toBe('tls_unused');
    expect(change('transport: direct', 'transport: direct, allowPlaintext: true').code).toBe('plaintext_unused');
  });
  test('urls with more than an origin', () => {
    for (const url of [
      'https://u:p@h.example',
      'https://h.example/api',
      'https://h.example?x',
      'ftp://h.example',
      'https://h.example:99999',
    ]) {
      expect(change('https://tenant.example.com', url).at).toBe('sallyport.yaml:11:34 value_not_allowed');
    }
  });
  test('a private CA for a backend', () => {
    const written = sallyportYaml.replace(
      'transport: direct',
      'transport: direct, authorities: connections/erp-ca.pem',
    );
    expect(only({ [front]: written })).toMatchObject({
      at: 'sallyport.yaml:11:42 file_missing',
      found: 'connections/erp-ca.pem',
    });
    const files = { [front]: written, 'connections/erp-ca.pem': globex.pem };
    expect(parseFront(filesWith(files)).config?.connections.get('erp')?.authorities).toBe(globex.pem);
    expect(only({ ...files, 'connections/erp-ca.pem': globex.keyPem })).toMatchObject({
      at: 'connections/erp-ca.pem:1:1 private_key_in_file',
      found: 'PRIVATE KEY',
    });
    expect(only({ ...files, 'connections/erp-ca.pem': '# nothing\n' }).code).toBe('authority_empty');
  });
  test('a connection that is not there', () => {
    expect(change('connection: erp', 'connection: epr')).toMatchObject({
      at: 'sallyport.yaml:13:49 connection_unknown',
      found: 'epr',
      allowed: 'erp',
      remedy: 'connection: erp',
    });
  });
  test('to without the /** of match', () => {
    expect(change('v1/**"', 'v1"')).toMatchObject({
      at: 'sallyport.yaml:13:58 route_to_malformed',
      found: '/Orders/rest/v1',
      remedy: 'write "/Orders/rest/v1/**"',
    });
  });
  test('a pattern in another language', () => {
    expect(change('"GET,POST /orders/**"', '"/orders/{id}"')).toMatchObject({
      at: 'sallyport.yaml:13:14 pattern_malformed',
    });
  });
  test('admits', () => {
    const { config } = parseFront(
      filesWith({ [front]: sallyportYaml.replace('connection: erp,', 'connection: erp, admits: [semicolon],') }),
    );
    expect(config?.registry.routes[0]?.admits).toEqual(['semicolon']);
    expect(change('connection: erp,', 'connection: erp, admits: [slash],').code).toBe('value_not_allowed');
  });
  test('too few and too many', () => {
    expect(only({ [front]: sallyportYaml.replace(/routes:[\s\S]*/, 'routes: []\n') }).at).toBe(
      'sallyport.yaml:12:9 list_too_short',
    );
    const tiers = Array.from({ length: 51 }, (_, n) => `t${n}: { perSecond: 1, burst: 1 }`).join(', ');
    expect(change('tiers: {', `tiers: { ${tiers}, `).code).toBe('list_too_long');
  });
  test('a domain with two certificates', () => {
    expect(
      change(
        'name: example.com } }',
        'name: example.com }, certificate: "arn:aws:acm:eu-west-1:222222222222:certificate/00" }',
      ),
    ).toMatchObject({
      code: 'keys_exclude_each_other',
      allowed: 'exactly one of hostedZone, certificate',
    });
  });
});

describe('an authority', () => {
  test('says how revocation works, either way', () => {
    expect(only({ [authority]: 'authority: acme-ca\n' })).toMatchObject({
      at: `${authority}:1:1 key_missing`,
      message: 'revocation is missing',
      found: 'only authority',
      allowed: expect.stringContaining('for example revocation: { none: '),
      remedy: undefined,
    });
  });
  const withRevocation = (yaml: string) => ({ [authority]: `authority: acme-ca\nrevocation: ${yaml}\n` });
  const listed = 'lists: ["http://crl.acme.example/ca.crl", "https://crl.acme.example:8443/2?x=1"]';
  test('lists, with what they mean in writing', () => {
    const choices = 'missing: deny, stale: allow, maxAgeHours: 48';
    const compiled = (yaml: string) =>
      parseFront(filesWith(withRevocation(yaml))).config?.registry.authorities.find(({ name }) => name === 'acme-ca')
        ?.revocation;
    const lists = ['http://crl.acme.example/ca.crl', 'https://crl.acme.example:8443/2?x=1'];
    const expected = { lists, missing: 'deny', stale: 'allow', maxAgeHours: 48 };
    expect(compiled(`{ ${listed}, ${choices} }`)).toEqual(expected);
    expect(compiled(`{ ${listed}, ${choices}, exemptUnderHours: 25, withoutNextUpdate: allow }`)).toEqual({
      ...expected,
      exemptUnderHours: 25,
      withoutNextUpdate: 'allow',
    });
  });
  test.each(['missing: deny', 'stale: deny', 'maxAgeHours: 48'])('lists without %s', (left) => {
    const others = ['missing: deny', 'stale: deny', 'maxAgeHours: 48'].filter((choice) => choice !== left);
    expect(only(withRevocation(`{ ${listed}, ${others.join(', ')} }`))).toMatchObject({
      at: `${authority}:2:13 key_missing`,
      remedy: left.startsWith('maxAge') ? undefined : left,
    });
  });
  test('a choice about lists without lists', () => {
    expect(only(withRevocation('{ none: "by hand", stale: deny }'))).toMatchObject({
      at: `${authority}:2:39 keys_exclude_each_other`,
      remedy: 'remove stale',
    });
  });
  test.each([
    'ldap://crl.acme.example/cn=ca',
    'http://user@crl.acme.example/ca.crl',
    'http://crl.acme.example/#a',
    'ca.crl',
  ])('a list at %s', (address) => {
    const yaml = `{ lists: ["${address}"], missing: deny, stale: deny, maxAgeHours: 48 }`;
    expect(only(withRevocation(yaml)).code).toBe('value_not_allowed');
  });
  test('a list beside the authority, as it was fetched', () => {
    const { config } = parseFront(filesWith({ 'truststore/authorities/acme-ca.crl': new Uint8Array([1]) }));
    expect(config).toBeDefined();
    expect(only({ 'truststore/authorities/nobody.crl': new Uint8Array([1]) }).code).toBe('file_unused');
  });
  test('both or an empty reason', () => {
    expect(only({ [authority]: 'authority: acme-ca\nrevocation: { none: x, lists: ["http://a/"] }\n' }).code).toBe(
      'keys_exclude_each_other',
    );
    expect(only({ [authority]: 'authority: acme-ca\nrevocation: { none: "" }\n' }).at).toBe(
      `${authority}:2:21 value_not_allowed`,
    );
  });
  test('issuers by subject in any dialect, or by hash', () => {
    const sha256 = parseFront(filesWith()).config?.registry.authorities[0]?.issuers[0] ?? '';
    for (const issuer of [
      "'/C=NL/O=Acme, Inc./CN=Acme Issuing CA'",
      'Acme Issuing CA',
      sha256,
      `"${sha256.toUpperCase()}"`,
    ]) {
      const { config, problems } = parseFront(filesWith({ [authority]: `${authorityYaml}issuers: [${issuer}]\n` }));
      expect(problems).toEqual([]);
      expect(config?.registry.authorities[0]?.issuers).toEqual([sha256]);
    }
    expect(only({ [authority]: `${authorityYaml}issuers: ["CN=Nobody"]\n` })).toMatchObject({
      at: `${authority}:3:11 issuer_not_in_file`,
      found: 'CN=Nobody',
      remedy: "issuers: ['CN=Acme Issuing CA,O=Acme\\, Inc.,C=NL']",
    });
    expect(only({ [authority]: `${authorityYaml}issuers: ["Acme=="]\n` })).toMatchObject({
      at: `${authority}:3:11 name_text_malformed`,
      allowed: 'a common name, a whole subject, or the SHA-256 of the certificate in hex',
    });
  });
  test('its PEM file is missing, or nobody names it', () => {
    const missing = problemsWith({
      'truststore/authorities/acme-ca.pem': undefined,
      'truststore/authorities/acme.pem': root.pem,
    });
    expect(missing.map(brief)).toEqual([
      `${authority}:1:1 file_missing`,
      'truststore/authorities/acme.pem:undefined:undefined file_unused',
    ]);
    expect(missing[1]?.remedy).toContain('acme.yaml: { authority: acme, revocation:');
  });
});

describe('a client', () => {
  const change = (from: string, to: string) => only({ [client]: clientYaml.replace(from, to) });

  test('no client at all', () => {
    expect(
      problemsWith({ [client]: undefined, 'truststore/clients/acme.pem': undefined }).map(({ code }) => code),
    ).toEqual(['registry_empty']);
  });
  test('a name in capitals', () => {
    expect(change('client: acme', 'client: Acme Inc')).toMatchObject({
      at: `${client}:1:9 name_malformed`,
      found: '"Acme Inc"',
      remedy: 'write acme-inc',
    });
  });
  test('a subject without the authority that vouches for it', () => {
    expect(change('authority: acme-ca, subject', 'subject')).toMatchObject({
      at: `${client}:4:5 identity_without_authority`,
      found: 'subject alone',
      allowed: 'authority, a name under truststore/authorities, beside the subject',
    });
    expect(change('authority: acme-ca, san', 'san').found).toBe('san alone');
  });
  test('an authority that is not there', () => {
    expect(change('authority: acme-ca, san', 'authority: acme, san')).toMatchObject({
      at: `${client}:5:18 authority_unknown`,
      found: 'acme',
      allowed: 'acme-ca',
    });
  });
  test('an identity of two kinds, of none', () => {
    const pin = '00'.repeat(32);
    expect(change('{ certificate: acme.pem }', `{ certificate: acme.pem, key: ${pin} }`)).toMatchObject({
      at: `${client}:6:30 keys_exclude_each_other`,
      found: 'certificate, key',
    });
    expect(
      problemsWith({ [client]: clientYaml.replace('{ certificate: acme.pem }', '{ authority: acme-ca }') }).map(brief),
    ).toEqual([`${client}:6:5 key_missing`]);
    expect(change('{ certificate: acme.pem }', '{ authority: acme-ca, certificate: acme.pem }')).toMatchObject({
      at: `${client}:6:18 keys_exclude_each_other`,
      remedy: '- { certificate: acme.pem }',
    });
  });
  test('a wildcard, a malformed SAN', () => {
    expect(change('Orders-Client.acme.example', '"*.acme.example"')).toMatchObject({
      at: `${client}:5:39 san_wildcard`,
      found: '*.acme.example',
    });
    expect(change('dns: Orders-Client.acme.example', 'ip: 203.0.113.0/24')).toMatchObject({
      at: `${client}:5:38 san_malformed`,
    });
  });
  test('a subject that lost a part', () => {
    expect(change("'CN=orders-client, O=Acme\\, Inc., C=NL'", "'CN=orders-client, O=Acme, Inc., C=NL'").at).toMatch(
      /^truststore\/clients\/acme\.yaml:4:36 name_/,
    );
  });
  test('addresses with host bits give the corrected range', () => {
    expect(change('203.0.113.0/24', '203.0.113.7/24')).toMatchObject({
      at: `${client}:8:13 address_host_bits`,
      remedy: expect.stringContaining('203.0.113.0/24'),
    });
  });
  test('days are days of the calendar', () => {
    for (const day of [
      '2027-02-29',
      '2027-13-01',
      '2027-00-10',
      '2027-6-30',
      '2027-06-30T00:00:00Z',
      'tomorrow',
      '1969-12-31',
    ]) {
      expect(change('2027-06-30', day).at).toMatch(/:9:13 (date_unreal|value_not_allowed)$/);
    }
  });
  test('never valid', () => {
    expect(change('validUntil', 'validFrom: 2028-01-01\nvalidUntil')).toMatchObject({
      at: `${client}:10:13 validity_empty`,
      found: 'validUntil 2027-06-30 before validFrom 2028-01-01',
      remedy: 'correct one of the two; if they changed places: validFrom: 2027-06-30, validUntil: 2028-01-01',
    });
  });
  test('a tier that is not there', () => {
    expect(change('tier: default', 'tier: gold')).toMatchObject({
      at: `${client}:10:7 tier_unknown`,
      allowed: 'default',
      remedy: undefined,
    });
  });
  test('no rules', () => {
    expect(change('allow: ["GET /orders/**", "POST /orders"]', 'allow: []')).toMatchObject({
      at: `${client}:7:8 list_too_short`,
      allowed: '1 to 100; for example allow: ["GET /orders/**"]',
    });
  });
  test('a rule that no route serves', () => {
    expect(change('"POST /orders"', '"DELETE /orders"')).toMatchObject({
      at: `${client}:7:27 rule_unserved`,
      found: 'DELETE /orders',
      remedy:
        'remove the rule, or add a route to sallyport.yaml with match: "DELETE /orders", and decide there where it goes (connection: erp) and under which conditions',
    });
  });
  test('a certificate file that Windows wrote: what it is, and how it is converted', () => {
    const file = 'truststore/authorities/acme-ca.pem';
    const bag = Buffer.concat([Buffer.from('3082010006092a864886f70d010702', 'hex'), Buffer.alloc(20)]);
    for (const [content, command] of [
      [issuing.der, `openssl x509 -inform DER -in ${file}`],
      [bag, `openssl pkcs7 -inform DER -print_certs -in ${file}`],
      [Buffer.from('-----BEGIN PKCS7-----\nMAA=\n-----END PKCS7-----\n'), `openssl pkcs7 -print_certs -in ${file}`],
    ] as const) {
      const { problems } = parseFront(new Map([...filesWith(), [file, content]]));
      expect(problems).toContainEqual(
        expect.objectContaining({ code: 'not_pem', place: { file }, remedy: expect.stringContaining(command) }),
      );
    }
  });
  test('the pinned certificate is missing, misspelt or a bundle', () => {
    expect(problemsWith({ [client]: clientYaml.replace('acme.pem', 'acne.pem') })).toMatchObject([
      {
        code: 'file_missing',
        remedy: 'write acme.pem',
        message: 'a certificate file is missing; did you mean acme.pem?',
        place: { line: 6, column: 20 },
      },
    ]);
    expect(only({ 'truststore/clients/acme.pem': issuing.pem + root.pem })).toMatchObject({
      code: 'one_certificate',
      found: '2',
    });
    expect(only({ 'truststore/clients/acme.pem': root.pem }).code).toBe('pinned_ca');
    expect(only({ 'truststore/clients/acme.pem': globex.issue().pem })).toMatchObject({
      at: `${client}:6:5 certificate_unreachable`,
      found: 'issued by CN=Globex Root CA,O=Globex',
    });
    expect(parseFront(filesWith({ 'truststore/clients/acme.pem': issuing.issue().pem })).problems).toEqual([]);
  });
  test('a file with another ending', () => {
    expect(only({ 'truststore/clients/globex.yml': clientYaml }).remedy).toBe('rename it to globex.yaml');
    expect(problemsWith({ 'truststore/README.md': 'x', 'truststore/clients/.gitkeep': '' })).toEqual([]);
  });
});
