import { compileRegistry } from '../../../src/core/registry/compile.ts';
import { loadRegistry } from '../../../src/core/registry/load.ts';
import type { Gap } from '../../../src/partners/add/gap.ts';
import { materialOf } from '../../../src/partners/add/material.ts';
import { propose, type Wish } from '../../../src/partners/add/propose.ts';
import { inspectFile } from '../../../src/partners/inspect/inspect.ts';
import { acmeIssuing, acmeRoot, authority, client, sourceOf, subject } from '../../core/registry/sources.ts';
import { type Ca, ca, during, type IssueSpec, selfSigned } from '../../pki.ts';

const registry = loadRegistry(
  compileRegistry(
    sourceOf({
      authorities: [authority('acme-ca', [acmeIssuing, acmeRoot])],
      clients: [client('orders', [subject('acme-ca', 'CN=orders, O=Acme')])],
    }),
  ).document,
);
const day = 86_400_000;
const serverAuth = '1.3.6.1.5.5.7.3.1';
const root = ca({ subject: { O: 'Umbra', CN: 'Umbra Root' } });
const issuing = root.ca({ subject: { O: 'Umbra', CN: 'Umbra Issuing' } });
const leafOf = (spec: IssueSpec = {}, from: Ca = issuing) =>
  from.issue({ subject: { O: 'Umbra', CN: 'erp' }, ...spec });
const leaf = leafOf();
const chain = leaf.pem + issuing.pem + root.pem;
/** CAs under each other, the last one signs. */
const steps = [ca({ subject: 'Step 0' })];
for (const step of [1, 2, 3, 4]) steps.push((steps.at(-1) as Ca).ca({ subject: `Step ${step}` }));
const deep =
  leafOf({}, steps.at(-1) as Ca).pem +
  steps
    .toReversed()
    .map(({ pem }) => pem)
    .join('');
const nul = leafOf({ subject: [[{ type: 'CN', value: 'erp\0x' }]] });

function proposed(texts: readonly string[], wish: Partial<Wish> = {}) {
  const files = texts.map((text, index) => ({
    file: `f${index}`,
    report: inspectFile(Buffer.from(text), { at: during }),
  }));
  const whole = { client: 'umbra', allow: ['GET /orders'], addresses: [], rotate: false, withoutLists: 'no', ...wish };
  return propose(materialOf(files), registry, whole, during);
}

const codes = (list: readonly { readonly code: string }[]) => list.map(({ code }) => code);
const toPartner = (gaps: readonly Gap[]) => gaps.filter(({ who }) => who === 'partner');

/** What a partner does who takes the letter at its word: new files in place of, or beside, those that were sent. */
const obeys: Readonly<Record<string, (sent: readonly string[]) => readonly string[]>> = {
  certificate_missing: () => [chain],
  ca_as_client: () => [selfSigned({ subject: 'umbra-client' }).pem],
  only_cas: (sent) => [...sent, leaf.pem],
  issuer_missing: (sent) => (sent.join('').includes(issuing.pem) ? [...sent, root.pem] : [...sent, issuing.pem]),
  issuer_signature: (sent) => [...sent, issuing.pem],
  not_for_clients: () => [chain],
  weak: () => [chain],
  unfit: () => [chain],
  expired: (sent) => [leaf.pem, ...sent.slice(1)],
  ca_expired: (sent) => [...sent, issuing.pem],
  malformed: () => [chain],
  damaged: () => [chain],
  ssh_key: () => [chain],
  chain_too_long: () => [chain],
  key_sent: () => [chain],
  request_unproven: () => [chain],
  request_weak: () => [chain],
};

test.each<[string, readonly string[]]>([
  ['nothing', ['Hello']],
  ['a subject only', ['CN=erp, O=Umbra']],
  ['a leaf only', [leaf.pem]],
  ['a leaf and its root', [leaf.pem, root.pem]],
  ['CAs only', [issuing.pem + root.pem]],
  ['a root only, or a self-signed CA as client', [ca({ subject: 'umbra-client' }).pem]],
  ['for servers only', [leafOf({ purposes: [serverAuth] }).pem]],
  ['for servers only, with its chain', [leafOf({ purposes: [serverAuth] }).pem + issuing.pem + root.pem]],
  ['expired', [leafOf({ notAfter: during - 1000 }).pem, issuing.pem + root.pem]],
  ['a weak key', [leafOf({ key: 'rsa1024' }).pem + issuing.pem]],
  ['a malformed leaf', [nul.pem + issuing.pem + root.pem]],
  ['a malformed leaf alone', [nul.pem]],
  ['cut off', [chain.slice(0, 300)]],
  ['cut off in the root', [chain.slice(0, -200)]],
  ['a chain too long', [deep]],
  ['a key alone', [leaf.keyPem]],
  ['a key, and the issuer is missing', [leaf.keyPem + leaf.pem]],
  ['a key of a weak leaf', [leafOf({ key: 'rsa1024' }).pem + issuing.pem]],
  ['a self-signed leaf with its key', [selfSigned().pem + selfSigned().keyPem]],
  [
    'a CA of the same name and another key',
    [leaf.pem, root.ca({ subject: { O: 'Umbra', CN: 'Umbra Issuing' } }).pem, root.pem],
  ],
])('%s: who does what the letter says is let in, and is never asked twice for the same', (_, first) => {
  let sent = first;
  const asked: string[] = [];
  for (let round = 0; round < 4; round += 1) {
    const { gaps, leaf: found } = proposed(sent);
    const letter = toPartner(gaps);
    if (letter.length === 0) {
      expect([gaps, found]).toEqual([[], expect.anything()]);
      return;
    }
    expect(letter).toHaveLength(1);
    const [{ code, text }] = letter as [Gap];
    expect(asked).not.toContain(text);
    asked.push(text);
    sent = (obeys[code] as (typeof obeys)[string])(sent);
  }
  throw new Error(`asked without end: ${asked.join('\n')}`);
});

describe('a key that came along', () => {
  test('with something missing: one letter, about the new certificate', () => {
    const { gaps, files } = proposed([leaf.keyPem + leaf.pem]);
    expect(toPartner(gaps)).toEqual([
      expect.objectContaining({
        code: 'issuer_missing',
        text: expect.stringMatching(
          /^You sent a private key\. .*make a new key.*send the new certificate only.*CN=Umbra Issuing,O=Umbra with it/,
        ),
      }),
    ]);
    expect(files).toEqual([]);
  });

  test('of exactly the certificate that would be registered: it is not', () => {
    const own = selfSigned({ subject: 'Initech' });
    expect(codes(proposed([own.pem + own.keyPem]).gaps)).toEqual(['key_sent']);
    expect(codes(proposed([chain + leaf.keyPem], { identity: 'certificate' }).gaps)).toEqual(['key_sent']);
  });

  test('of something else: said, and the certificate stands', () => {
    const { gaps, warnings } = proposed([chain + selfSigned().keyPem]);
    expect(gaps).toEqual([]);
    expect(warnings).toEqual([
      expect.objectContaining({ code: 'key_sent', text: expect.stringContaining('none of the') }),
    ]);
  });
});

describe('several certificates of one CA', () => {
  const old = ca({ subject: { O: 'Elder', CN: 'Old Root' } });
  const over = ca({ subject: { O: 'Elder', CN: 'Expired Root' }, notAfter: during - day });
  const spec = {
    subject: { O: 'Umbra', CN: 'Umbra Root' },
    key: { publicKey: root.publicKey, privateKey: root.privateKey },
  };
  const cross = old.ca({ ...spec, notAfter: during + 200 * day });
  const crossOver = over.ca({ ...spec, notAfter: during - day });

  test.each<[string, readonly Ca[], readonly string[]]>([
    ['its own root first', [root, cross, old], ['Umbra Root', 'Old Root']],
    ['cross-signed first', [cross, old, root], ['Umbra Root', 'Old Root']],
    ['the other root missing', [cross, root], ['Umbra Root']],
    ['expired ones first', [crossOver, over, root], ['Umbra Root', 'Expired Root']],
  ])('%s: the chain that lasts, and what was left out is named', (_, cas, left) => {
    const { files, gaps, warnings } = proposed([leaf.pem + issuing.pem + cas.map(({ pem }) => pem).join('')]);
    expect(gaps).toEqual([]);
    expect(files[0]?.text).toBe(issuing.pem + root.pem);
    const named = warnings.filter(({ code }) => code === 'left_out').map(({ text }) => text);
    expect(named).toEqual(left.map((name) => expect.stringContaining(`CN=${name}`)));
  });

  test('only what is missing on the way that is there is asked for', () => {
    expect(toPartner(proposed([leaf.pem + issuing.pem + cross.pem]).gaps)).toEqual([
      expect.objectContaining({ text: expect.stringContaining('certificate of CN=Old Root,O=Elder, which') }),
    ]);
    expect(toPartner(proposed([leaf.pem + issuing.pem + crossOver.pem + over.pem]).gaps)).toEqual([
      expect.objectContaining({ code: 'ca_expired' }),
    ]);
  });

  test('a root that the front has is not asked for', () => {
    const second = acmeRoot.ca({ subject: { O: 'Acme', CN: 'Acme Issuing 2' } });
    const { gaps, files, warnings } = proposed([leafOf({}, second).pem + second.pem]);
    expect(gaps).toEqual([]);
    expect(files[0]?.text).toBe(second.pem + acmeRoot.pem);
    expect(codes(warnings)).toContain('from_the_front');
  });
});

describe('which of several', () => {
  const other = leafOf({ subject: { O: 'Umbra', CN: 'erp-test' } });
  const both = leaf.pem + other.pem + issuing.pem + root.pem;
  const sha256 = (from: string) =>
    inspectFile(Buffer.from(from), { at: during }).items[0]?.facts.find(([name]) => name === 'sha256')?.[1] ?? '';

  test('is asked, or said by number or SHA-256', () => {
    expect(codes(proposed([both]).gaps)).toEqual(['several_clients', 'certificate_choice']);
    for (const certificate of [
      '2',
      sha256(other.pem),
      sha256(other.pem)
        .toUpperCase()
        .replace(/..(?=.)/g, '$&:'),
    ]) {
      const { gaps, identity, warnings } = proposed([both], { certificate });
      expect([gaps, identity]).toEqual([[], "{ authority: umbra-issuing, subject: 'CN=erp-test,O=Umbra' }"]);
      expect(warnings[0]).toMatchObject({ code: 'left_out', text: expect.stringContaining('CN=erp,O=Umbra') });
    }
    expect(codes(proposed([both], { certificate: '3' }).gaps)).toEqual(['certificate_unknown']);
  });

  test('is not asked when one alone can connect, and the other is named', () => {
    const web = leafOf({ subject: 'www.umbra.example', purposes: [serverAuth] });
    const { gaps, leaf: found, warnings } = proposed([web.pem + chain]);
    expect(gaps).toEqual([]);
    expect(Buffer.from(found?.der ?? []).equals(leaf.der)).toBe(true);
    expect(warnings).toContainEqual(
      expect.objectContaining({ code: 'left_out', text: expect.stringContaining('www.umbra') }),
    );
  });
});

test('a certificate of a public CA is known by its root, not by its name', () => {
  const self = ca({ subject: { C: 'US', O: 'DigiCert Inc', CN: 'DigiCert Global Root G2' } });
  const { warnings } = proposed([leafOf({ names: [{ dns: 'erp.umbra.example' }] }, self).pem + self.pem]);
  expect(warnings).toEqual([
    expect.objectContaining({ code: 'public_name_only', text: expect.stringContaining('calls itself DigiCert Inc') }),
  ]);
});
