import { NameCheckBudget, NameConstraintState } from '../../../src/core/path/name-constraints.ts';
import { validatePath } from '../../../src/core/path/path.ts';
import { hostOfUri } from '../../../src/core/path/uri-host.ts';
import { parseCertificate } from '../../../src/core/x509/certificate.ts';
import { encodeName, extension } from '../../../src/core/x509/write.ts';
import { nullValue } from '../../../src/core/x509/write-der.ts';
import type { GeneralNameSpec } from '../../../src/core/x509/write-extension.ts';
import { ca, during, nameSpec, type SubjectSpec } from '../../pki.ts';

type Names = readonly GeneralNameSpec[];
const ip = (...octets: number[]) => ({ ip: Uint8Array.from(octets) });
const ipv6 = (hex: string) => ({ ip: Uint8Array.from(Buffer.from(hex, 'hex')) });
const directory = (subject: SubjectSpec) => ({ directory: encodeName(nameSpec(subject)) });

/** Whether a leaf with these names stands under a CA with these constraints; what is wrong otherwise. */
function verdict(
  constraints: { permitted?: Names; excluded?: Names },
  names: Names | undefined,
  subject: SubjectSpec = [],
): string {
  const authority = parseCertificate(ca({ extra: [extension.nameConstraints(constraints)] }).der);
  const leaf = parseCertificate(ca().issue({ subject, names }).der);
  const state = new NameConstraintState(new NameCheckBudget());
  state.add(authority);
  return state.problemOf(leaf)?.replace(/^.* (not in|is in) an? (permitted|excluded) subtree$/, '$2') ?? 'ok';
}

const permits = (subtree: GeneralNameSpec, name: GeneralNameSpec) => verdict({ permitted: [subtree] }, [name]) === 'ok';
const excludes = (subtree: GeneralNameSpec, name: GeneralNameSpec) => verdict({ excluded: [subtree] }, [name]) !== 'ok';

describe('dNSName', () => {
  test.each([
    ['example.com', 'example.com', true, true],
    ['example.com', 'EXAMPLE.com', true, true],
    ['Example.Com', 'a.b.example.com', true, true],
    ['example.com', 'myexample.com', false, false],
    ['a.example.com', 'example.com', false, false],
    ['', 'anything.example', true, true],
    ['com', 'example.com', true, true],
    // a wildcard is permitted if all it stands for is, and excluded if any of it is
    ['example.com', '*.example.com', true, true],
    ['example.com', '*.a.example.com', true, true],
    ['a.example.com', '*.example.com', false, true],
    ['a.b.example.com', '*.example.com', false, false],
    ['a.example.com', '*.b.example.com', false, false],
    ['', '*.example.com', true, true],
    ['example.com', '*', false, true],
    ['example.com', 'a.*.example.com', false, true],
    ['example.com', 'f*.example.com', true, true],
    ['example.com', '*.com', false, true],
    // not RFC 5280, but common: only what is below; excluded, the stricter reading
    ['.example.com', 'a.example.com', true, true],
    ['.example.com', 'example.com', false, true],
    ['.example.com', '*.example.com', true, true],
    // malformed names are never in a permitted subtree and always in an excluded one
    ['example.com', '.example.com', false, true],
    ['example.com', 'a..example.com', false, true],
    ['example.com', 'a.example.com.', false, true],
  ])('%s over %s', (subtree, name, permitted, excluded) => {
    expect(permits({ dns: subtree }, { dns: name })).toBe(permitted);
    expect(excludes({ dns: subtree }, { dns: name })).toBe(excluded);
  });
  test('a commonName is no dNSName', () => {
    expect(verdict({ permitted: [{ dns: 'example.com' }] }, undefined, 'www.example.net')).toBe('ok');
  });
});

describe('rfc822Name', () => {
  test.each([
    ['a@example.com', 'a@example.com', true],
    ['a@example.com', 'a@EXAMPLE.com', true],
    ['a@example.com', 'A@example.com', false],
    ['a@example.com', 'b@example.com', false],
    ['example.com', 'a@example.com', true],
    ['example.com', 'a@b.example.com', false],
    ['.example.com', 'a@b.example.com', true],
    ['.example.com', 'a@example.com', false],
    ['', 'a@example.com', true],
    ['*@example.com', 'a@example.com', false],
    ['*@example.com', '*@example.com', true],
  ])('%s over %s', (subtree, name, within) => {
    expect(permits({ email: subtree }, { email: name })).toBe(within);
    expect(excludes({ email: subtree }, { email: name })).toBe(within);
  });
  test.each(['example.com', 'a@b@example.com', '@example.com', 'a@'])('malformed %s', (name) => {
    expect(permits({ email: 'example.com' }, { email: name })).toBe(false);
    expect(excludes({ email: 'example.org' }, { email: name })).toBe(true);
  });
  test('a quoted local part may hold an @', () => {
    expect(permits({ email: 'example.com' }, { email: '"a@b"@example.com' })).toBe(true);
  });
  test('the address in a subject counts when there is no subjectAltName', () => {
    const constraints = { permitted: [{ email: 'example.com' }] };
    expect(verdict(constraints, undefined, { CN: 'x', emailAddress: 'x@example.net' })).toBe('permitted');
    expect(verdict(constraints, undefined, { CN: 'x', emailAddress: 'x@example.com' })).toBe('ok');
    expect(verdict(constraints, [{ dns: 'x.example' }], { CN: 'x', emailAddress: 'x@example.net' })).toBe('ok');
  });
});

describe('uniformResourceIdentifier', () => {
  test.each([
    ['example.com', 'https://example.com/x', true],
    ['example.com', 'https://user@EXAMPLE.com:8443?q', true],
    ['example.com', 'https://a.example.com/', false],
    ['.example.com', 'https://a.example.com/', true],
    ['.example.com', 'https://example.com/', false],
    ['trust.example', 'spiffe://trust.example/orders', true],
    ['', 'https://example.com/', true],
  ])('%s over %s', (subtree, name, within) => {
    expect(permits({ uri: subtree }, { uri: name })).toBe(within);
    expect(excludes({ uri: subtree }, { uri: name })).toBe(within);
  });
  test.each([
    'https://evil.example\\@example.com/',
    'https://example.com\\.evil.example/',
    'https://example.com/\\evil',
    'https://example.com/ x',
    'https://a"b@example.com/',
    'urn:x:y',
    'https://192.0.2.1/',
    'https://[2001:db8::1]/',
    'https:///x',
    'https://a..b/',
    'nothing',
  ])('without a host name: %s', (name) => {
    expect(hostOfUri(name)).toBeUndefined();
    expect(permits({ uri: 'example.com' }, { uri: name })).toBe(false);
    expect(excludes({ uri: 'example.com' }, { uri: name })).toBe(true);
  });
});

describe('iPAddress', () => {
  test('ranges', () => {
    const range = ip(192, 0, 2, 0, 255, 255, 255, 0);
    expect(permits(range, ip(192, 0, 2, 7))).toBe(true);
    expect(permits(range, ip(192, 0, 3, 7))).toBe(false);
    expect(excludes(range, ip(192, 0, 2, 7))).toBe(true);
    expect(excludes(range, ip(192, 0, 3, 7))).toBe(false);
    const six = ipv6(`20010db8${'00'.repeat(12)}ffffffff${'00'.repeat(12)}`);
    expect(permits(six, ipv6(`20010db8${'00'.repeat(11)}01`))).toBe(true);
    expect(permits(six, ipv6(`20010db9${'00'.repeat(11)}01`))).toBe(false);
  });
  test('an address of the other family is in no range', () => {
    const all = ip(0, 0, 0, 0, 0, 0, 0, 0);
    expect(permits(all, ip(198, 51, 100, 1))).toBe(true);
    expect(permits(all, ipv6('00'.repeat(16)))).toBe(false);
    expect(excludes(all, ipv6('00'.repeat(16)))).toBe(false);
  });
});

describe('directoryName', () => {
  const subtree = directory({ C: 'NL', O: 'Acme, Inc.' });
  test.each<[SubjectSpec, boolean]>([
    [{ C: 'NL', O: 'Acme, Inc.', CN: 'x' }, true],
    [{ C: 'NL', O: 'ACME,  inc.' }, true],
    [{ C: 'NL', O: 'Acme' }, false],
    [{ C: 'NL' }, false],
    [{ O: 'Acme, Inc.', C: 'NL' }, false],
    [{ C: 'NL', O: 'Acme, Inc.evil' }, false],
    [
      [
        [
          { type: 'C', value: 'NL' },
          { type: 'O', value: 'Acme, Inc.' },
        ],
      ],
      false,
    ],
  ])('%j', (subject, within) => {
    expect(verdict({ permitted: [subtree] }, undefined, subject)).toBe(within ? 'ok' : 'permitted');
    expect(verdict({ excluded: [subtree] }, undefined, subject)).toBe(within ? 'excluded' : 'ok');
    expect(permits(subtree, directory(subject))).toBe(within);
  });
  test('a value that ends like a separator does not hide what follows', () => {
    const slash = directory({ O: 'a\\' });
    expect(permits(slash, directory({ O: 'a\\', CN: 'x' }))).toBe(true);
    expect(permits(slash, directory({ O: 'a\\,2.5.4.3=x' }))).toBe(false);
    expect(permits(directory([]), directory({ O: 'a' }))).toBe(true);
  });
  test('subject and subjectAltName must both be inside', () => {
    const constraints = { permitted: [subtree] };
    expect(verdict(constraints, [subtree], { CN: 'elsewhere' })).toBe('permitted');
    expect(verdict(constraints, [directory('elsewhere')], { C: 'NL', O: 'Acme, Inc.' })).toBe('permitted');
  });
});

describe('forms without subtrees are refused where a constraint names them', () => {
  const other = { other: nullValue(), oid: '1.2.3' };
  const id = { registeredId: '1.2.3' };
  test.each<[string, GeneralNameSpec]>([
    ['otherName', other],
    ['registeredID', id],
  ])('%s', (_, name) => {
    expect(permits(name, name)).toBe(false);
    expect(excludes(name, name)).toBe(true);
    expect(verdict({ excluded: [name] }, [{ dns: 'a.example' }])).toBe('ok');
    expect(verdict({ permitted: [{ dns: 'example' }] }, [{ dns: 'a.example' }, name])).toBe('ok');
  });
  test('said by name', () => {
    expect(verdict({ permitted: [id] }, [id])).toBe('permitted');
    expect(verdict({ permitted: [other] }, [other])).toBe('permitted');
  });
});

describe('several names, several CAs', () => {
  test('every name counts, and only constraints of its form', () => {
    const constraints = { permitted: [{ dns: 'example.com' }, { dns: 'example.org' }] };
    expect(verdict(constraints, [{ dns: 'a.example.com' }, { dns: 'example.org' }])).toBe('ok');
    expect(verdict(constraints, [{ dns: 'a.example.com' }, { dns: 'example.net' }])).toBe('permitted');
    expect(verdict(constraints, [{ email: 'x@example.net' }, ip(192, 0, 2, 1)], 'x')).toBe('ok');
  });
  test('excluded wins over permitted', () => {
    const constraints = { permitted: [{ dns: 'example.com' }], excluded: [{ dns: 'a.example.com' }] };
    expect(verdict(constraints, [{ dns: 'b.example.com' }])).toBe('ok');
    expect(verdict(constraints, [{ dns: 'a.example.com' }])).toBe('excluded');
  });

  const top = ca({ subject: 'Top', extra: [extension.nameConstraints({ permitted: [{ dns: 'example.com' }] })] });
  const codes = (names: Names, authority: typeof top, below: readonly (typeof top)[] = []) => {
    const result = validatePath({
      leaf: parseCertificate(authority.issue({ names }).der),
      anchors: [parseCertificate(top.der)],
      intermediates: below.map(({ der }) => parseCertificate(der)),
      at: during,
      purpose: 'clientAuth',
    });
    return result.ok ? 'ok' : result.failures.map(({ code }) => code).join(' ');
  };
  test("an anchor's constraints count, and a CA below can only narrow them", () => {
    expect(codes([{ dns: 'a.example.com' }], top)).toBe('ok');
    expect(codes([{ dns: 'a.example.org' }], top)).toBe('name_constraints');
    const wider = top.ca({
      subject: 'Wider',
      extra: [extension.nameConstraints({ permitted: [{ dns: 'com' }, { dns: 'example.org' }] })],
    });
    expect(codes([{ dns: 'example.com' }], wider, [wider])).toBe('ok');
    expect(codes([{ dns: 'example.org' }], wider, [wider])).toBe('name_constraints');
    const narrower = top.ca({
      subject: 'Narrower',
      extra: [extension.nameConstraints({ permitted: [{ dns: 'a.example.com' }] })],
    });
    expect(codes([{ dns: 'example.com' }], narrower, [narrower])).toBe('name_constraints');
  });
  test('names of CAs count, but not those of self-issued ones', () => {
    const named = top.ca({ subject: 'Named', names: [{ dns: 'ca.example.net' }] });
    expect(codes([{ dns: 'a.example.com' }], named, [named])).toBe('name_constraints');
    const same = top.ca({ subject: 'Top', names: [{ dns: 'ca.example.net' }] });
    expect(codes([{ dns: 'a.example.com' }], same, [same])).toBe('ok');
  });
});

test('too many names under too many constraints are refused', () => {
  const hosts = Array.from({ length: 40 }, (_, index) => ({ dns: `h${index}.example.com` }));
  const authority = parseCertificate(ca({ extra: [extension.nameConstraints({ permitted: hosts })] }).der);
  const leaf = parseCertificate(ca().issue({ names: hosts }).der);
  const state = new NameConstraintState(new NameCheckBudget(1000));
  state.add(authority);
  expect(state.problemOf(leaf)).toContain('too many');
});

test('a host longer than any host is malformed, however many labels it has', () => {
  const long = `${'a.'.repeat(30_000)}example.com`;
  for (const name of [{ dns: long }, { email: `x@${long}` }, { uri: `https://${long}/` }]) {
    for (const subtree of [{ dns: 'example.com' }, { email: '.example.com' }, { uri: '.example.com' }]) {
      const same = Object.keys(name)[0] === Object.keys(subtree)[0];
      expect(permits(subtree, name)).toBe(!same);
      expect(excludes(subtree, name)).toBe(same);
    }
  }
});
