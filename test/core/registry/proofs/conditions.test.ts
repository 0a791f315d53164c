import { parseFront } from '../../../../src/config/front.ts';
import { clientYaml, filesWith } from '../../../config/front-files.ts';

const plain = clientYaml.replace(/^addresses:.*\n/m, '');
const problemsOf = (client: string, files: Readonly<Record<string, string>> = {}) =>
  parseFront(filesWith({ 'truststore/clients/acme.yaml': `${plain}${client}\n`, ...files })).problems;
const group = (name: string, addresses: string) => ({
  [`truststore/groups/${name}.yaml`]: `group: ${name}\nallow: ["GET /orders/*"]\naddresses: ${addresses}\n`,
});
const [one, two] = ['a'.repeat(64), 'b'.repeat(64)];

test.each([
  [
    'addresses of the client and of a condition',
    'addresses: [203.0.113.0/24]\nrequire: [{ addresses: [198.51.100.0/24] }]',
  ],
  ['two conditions', 'require: [{ addresses: [203.0.113.0/24] }, { addresses: ["2001:db8::/32"] }]'],
  [
    'three, two of which go together',
    'require: [{ addresses: [192.0.2.1, 192.0.2.2] }, { addresses: [192.0.2.2, 192.0.2.3] }, { addresses: [192.0.2.1, 192.0.2.3] }]',
  ],
  ['two keys', `require: [{ keySha256: "${one}" }, { keySha256: "${two}" }]`],
])('%s can never hold together', (_, client) => {
  const problems = problemsOf(client);
  expect(problems.map(({ code }) => code)).toEqual(['conditions_exclusive']);
  expect(problems[0]?.message).toContain('client acme could never call');
});

test('two groups, and where each of them says so', () => {
  const files = { ...group('office', '[203.0.113.0/24]'), ...group('plant', '[198.51.100.0/24]') };
  const client = plain.replace(/^allow:.*$/m, 'groups: [office, plant]');
  const problems = parseFront(filesWith({ 'truststore/clients/acme.yaml': client, ...files })).problems;
  expect(problems.find(({ code }) => code === 'conditions_exclusive')).toMatchObject({
    place: { file: 'truststore/groups/plant.yaml', line: 3 },
    found: '198.51.100.0/24, and 203.0.113.0/24 (truststore/groups/office.yaml:3)',
  });
});

test('tokens of two issuers; of one under two names it is one token', () => {
  const jwks = '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"a"}]}';
  const issuer = (name: string, iss: string) => ({
    [`truststore/token-issuers/${name}.yaml`]: `tokenIssuer: ${name}\nissuer: ${iss}\naudiences: [https://${name}.example]\nkeys: ${name}.json\n`,
    [`truststore/token-issuers/${name}.json`]: jwks,
  });
  const client = 'require: [{ token: { issuer: a } }, { token: { issuer: b } }]';
  const codes = (...files: Readonly<Record<string, string>>[]) =>
    problemsOf(client, Object.assign({}, ...files)).map(({ code }) => code);
  expect(codes(issuer('a', 'https://a.example'), issuer('b', 'https://b.example'))).toEqual(['conditions_exclusive']);
  expect(codes(issuer('a', 'https://a.example'), issuer('b', 'https://a.example'))).toEqual([]);
});

test.each([
  'addresses: [203.0.113.0/24]\nrequire: [{ addresses: [203.0.113.7] }]',
  'require: [{ addresses: [203.0.113.0/24] }, { any: [{ addresses: [198.51.100.0/24] }, { psd2Role: PSP_AI }] }]',
  `require: [{ any: [{ keySha256: "${one}" }, { keySha256: "${two}" }] }, { keySha256: "${two}" }]`,
])('%s can', (client) => {
  expect(problemsOf(client)).toEqual([]);
});
