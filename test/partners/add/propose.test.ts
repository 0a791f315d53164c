import { compileRegistry } from '../../../src/core/registry/compile.ts';
import { loadRegistry } from '../../../src/core/registry/load.ts';
import { extension } from '../../../src/core/x509/write-extension.ts';
import { materialOf } from '../../../src/partners/add/material.ts';
import { propose, type Wish } from '../../../src/partners/add/propose.ts';
import { inspectFile } from '../../../src/partners/inspect/inspect.ts';
import {
  acmeIssuing,
  acmeRoot,
  authority,
  client,
  globexRoot,
  sourceOf,
  subject,
} from '../../core/registry/sources.ts';
import { type Ca, ca, during, type IssueSpec, selfSigned } from '../../pki.ts';

const registry = loadRegistry(
  compileRegistry(
    sourceOf({
      authorities: [authority('acme-ca', [acmeIssuing, acmeRoot]), authority('globex-ca', [globexRoot])],
      clients: [client('orders', [subject('acme-ca', 'CN=orders, O=Acme')])],
    }),
  ).document,
);
const root = ca({ subject: { O: 'Umbra', CN: 'Umbra Root' } });
const crl = (name: string) => extension.crlDistributionPoints([`http://crl.umbra.example/${name}.crl`]);
const issuing = root.ca({ subject: { O: 'Umbra', CN: 'Umbra Issuing' } });
const leafOf = (from: Ca = issuing, spec: IssueSpec = {}) =>
  from.issue({ subject: { O: 'Umbra', CN: 'erp' }, ...spec });

function proposed(texts: readonly string[], wish: Partial<Wish> = {}, now = during) {
  const files = texts.map((text, index) => ({
    file: `f${index}`,
    report: inspectFile(Buffer.from(text), { at: now }),
  }));
  const whole = { client: 'umbra', allow: ['GET /orders'], addresses: [], rotate: false, ...wish };
  return propose(materialOf(files), registry, whole, now);
}

const codes = (list: readonly { readonly code: string }[]) => list.map(({ code }) => code);

test('a certificate of an authority that is there needs nothing but the client', () => {
  const { files, authority: found, identity, gaps, warnings } = proposed([leafOf(acmeIssuing).pem]);
  expect(found).toEqual({ name: 'acme-ca', isNew: false });
  expect(identity).toBe("{ authority: acme-ca, subject: 'CN=erp,O=Umbra' }");
  expect(files.map(({ file }) => file)).toEqual(['truststore/clients/umbra.yaml']);
  expect([gaps, warnings]).toEqual([[], []]);
});

test('what is missing of a chain is asked for by name', () => {
  expect(proposed([leafOf().pem]).gaps).toEqual([
    expect.objectContaining({
      code: 'issuer_missing',
      who: 'partner',
      text: expect.stringContaining(
        'Please send the certificate of CN=Umbra Issuing,O=Umbra, which issued CN=erp,O=Umbra,',
      ),
    }),
  ]);
  expect(proposed([leafOf().pem, issuing.pem]).gaps[0]?.text).toContain('certificate of CN=Umbra Root,O=Umbra, which');
  const other = root.ca({ subject: { O: 'Umbra', CN: 'Umbra Issuing' } });
  expect(codes(proposed([leafOf().pem, other.pem, root.pem]).gaps)).toEqual(['issuer_signature']);
});

test('a whole chain, in any order, is an authority with its issuer named', () => {
  const { files, gaps } = proposed([root.pem + leafOf().pem, issuing.pem], { withoutLists: "it's by hand" });
  expect(gaps).toEqual([]);
  expect(files.map(({ file }) => file)).toEqual([
    'truststore/authorities/umbra-issuing.pem',
    'truststore/authorities/umbra-issuing.yaml',
    'truststore/clients/umbra.yaml',
  ]);
  expect(files[0]?.text).toBe(issuing.pem + root.pem);
  expect(files[1]?.text).toContain("issuers: ['CN=Umbra Issuing,O=Umbra']\nrevocation: { none: 'it''s by hand' }");
});

test('lists are taken from the certificates, all of them or none', () => {
  const withList = root.ca({ subject: { O: 'Umbra', CN: 'Umbra Issuing' }, extra: [crl('root')] });
  const leaf = leafOf(withList, { extra: [crl('issuing')] });
  const { files, gaps, warnings } = proposed([leaf.pem, withList.pem, root.pem]);
  expect(gaps).toEqual([]);
  expect(files[1]?.text).toContain(
    "lists: ['http://crl.umbra.example/issuing.crl', 'http://crl.umbra.example/root.crl']\n  missing: deny\n  stale: deny",
  );
  expect(codes(warnings)).toEqual(['lists_not_on_aws']);
  expect(codes(proposed([leafOf(withList).pem, withList.pem, root.pem]).gaps)).toEqual(['revocation_unsaid']);
});

test('a self-signed certificate is registered itself', () => {
  const own = selfSigned({ subject: 'Initech' });
  const { files, identity } = proposed([own.pem]);
  expect(identity).toBe('{ certificate: umbra.pem }');
  expect(files.map(({ file }) => file)).toEqual(['truststore/clients/umbra.pem', 'truststore/clients/umbra.yaml']);
});

test.each<[string, IssueSpec, string]>([
  ['a certificate for servers', { purposes: ['1.3.6.1.5.5.7.3.1'] }, 'not_for_clients'],
  ['an expired one', { notAfter: during - 1000 }, 'expired'],
  ['a weak key', { key: 'rsa1024' }, 'weak'],
])('%s is sent back', (_, spec, code) => {
  const { gaps } = proposed([leafOf(acmeIssuing, spec).pem]);
  expect(gaps).toEqual([expect.objectContaining({ code, who: 'partner' })]);
});

test('a key that was sent is told of and nowhere written', () => {
  const leaf = leafOf(acmeIssuing);
  const { files, warnings } = proposed([leaf.pem + leaf.keyPem]);
  expect(codes(warnings)).toEqual(['key_sent', 'key_sent_here']);
  expect(JSON.stringify(files)).not.toContain('PRIVATE KEY');
});

test('what will not last, and what API Gateway will not take', () => {
  const day = 86_400_000;
  const soon = ca({ subject: 'Soon', notAfter: during + 10 * day });
  const steps = [ca({ subject: 'Step 0' })];
  for (const step of [1, 2, 3, 4]) steps.push((steps.at(-1) as Ca).ca({ subject: `Step ${step}` }));
  const pems = (cas: readonly Ca[]) => cas.map(({ pem }) => pem).join('');
  const without = { withoutLists: 'no' };
  expect(codes(proposed([leafOf(soon, { notAfter: during + 9 * day }).pem, soon.pem], without).warnings)).toEqual([
    'expires_soon',
    'ca_expires_soon',
  ]);
  expect(codes(proposed([leafOf(steps.at(-1) as Ca).pem, pems(steps)], without).gaps)).toEqual(['chain_too_long']);
});

test('a public CA is warned of, and known by a name that it verifies', () => {
  const digicert = ca({ subject: { C: 'US', O: 'DigiCert Inc', CN: 'DigiCert Example CA' } });
  const { identity, warnings } = proposed(
    [leafOf(digicert, { names: [{ dns: 'erp.umbra.example' }] }).pem, digicert.pem],
    { withoutLists: 'no' },
  );
  expect(identity).toBe("{ authority: digicert-example-ca, san: { dns: 'erp.umbra.example' } }");
  expect(codes(warnings)).toEqual(['public_name_only']);
  expect(codes(proposed([leafOf(digicert).pem, digicert.pem], { withoutLists: 'no' }).gaps)).toEqual([
    'nothing_to_know_it_by',
  ]);
});

test('a CA of an authority that may not sign clients is the operator’s to decide', () => {
  expect(codes(proposed([leafOf(acmeRoot).pem]).gaps)).toEqual(['issuer_not_allowed']);
});

test('two clients, none, and nothing that it may do', () => {
  expect(codes(proposed([leafOf(acmeIssuing).pem + leafOf(globexRoot).pem]).gaps)).toEqual([
    'several_clients',
    'certificate_choice',
  ]);
  expect(proposed([root.pem]).gaps).toEqual([
    expect.objectContaining({ code: 'ca_as_client', text: expect.stringContaining('CN=Umbra Root,O=Umbra') }),
  ]);
  expect(codes(proposed(['nothing']).gaps)).toEqual(['certificate_missing']);
  const { gaps } = proposed([leafOf(acmeIssuing).pem], { allow: [] });
  expect(gaps).toEqual([
    expect.objectContaining({ code: 'allow_missing', text: expect.stringContaining('--allow "ANY /**"') }),
  ]);
});
