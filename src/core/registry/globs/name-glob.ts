import { refuse } from '../../problem.ts';
import type { Certificate, GeneralName } from '../../x509/certificate.ts';
import { formatName, type Name } from '../../x509/name.ts';
import { canonicalText } from '../../x509/names/canonical-text.ts';
import { attributeNameOf, oid } from '../../x509/oid.ts';
import type { SanKind } from '../document.ts';
import { generalNameKey, parseSan, sanKey } from '../san.ts';

/**
 * A name cut at its borders. Two names can only match when their `space` is the same: the kind, the number of segments
 * and everything in which no `*` may stand.
 */
export interface CutName {
  readonly space: string;
  readonly segments: readonly string[];
}

export type GlobSanKind = Exclude<SanKind, 'ip'>;

export const sanGlobAllowed: Readonly<Record<GlobSanKind, string>> = {
  dns: 'a host name with `*` within its labels, the last two written out: *.clients.acme.example, orders-*.acme.example',
  uri: 'a URI with `*` within segments of its path: spiffe://acme.example/orders/*',
  email: 'an address with `*` before the @: orders-*@acme.example',
};

/** What `*` is replaced by to hold the rest to the rules of a whole name. */
const stand = 'x';

/**
 * A SAN with `*` → as it is compared.
 * @throws ProblemError `glob_without_star`, `glob_too_wide`, `san_malformed`
 */
export function parseSanGlob(kind: GlobSanKind, text: string): string {
  if (!text.includes('*')) {
    return refuse({
      code: 'glob_without_star',
      message: 'this names one certificate name: it is no glob',
      found: text,
      allowed: sanGlobAllowed[kind],
      remedy: `san: { ${kind}: '${text}' }`,
    });
  }
  if (text.includes('**')) return tooWide(text, 'a `*` stays within its label', sanGlobAllowed[kind]);
  // which characters stand beside a star is held to the rules with a letter in its place
  parseSan(kind, text.replaceAll('*', stand));
  const folded = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const value = kind === 'dns' ? folded : foldOutside(kind, text);
  const { space, segments } = cutSan(kind, value);
  if (kind === 'dns') {
    const fixed = segments.slice(-2);
    if (segments.length < 3 || fixed.some((label) => label.includes('*'))) {
      return tooWide(text, 'the last two labels are written out', sanGlobAllowed.dns);
    }
  } else if (space.includes('*')) {
    return tooWide(
      text,
      `a \`*\` stands ${kind === 'uri' ? 'in the path' : 'before the @'} only`,
      sanGlobAllowed[kind],
    );
  }
  if (
    !isPlain(
      kind,
      segments.map((segment) => segment.replaceAll('*', stand)),
    )
  ) {
    refuse({
      code: 'san_malformed',
      message: 'this has characters that a glob cannot have',
      found: text,
      allowed: sanGlobAllowed[kind],
    });
  }
  return value;
}

/** Case is folded where it does not count, by the rules of a whole name. */
function foldOutside(kind: 'uri' | 'email', text: string): string {
  const border = kind === 'uri' ? text.indexOf('/', text.indexOf('//') + 2) : text.lastIndexOf('@');
  if (border < 0) return text;
  return kind === 'uri'
    ? text.slice(0, border).toLowerCase() + text.slice(border)
    : text.slice(0, border) + text.slice(border).toLowerCase();
}

function tooWide(found: string, rule: string, allowed: string): never {
  return refuse({
    code: 'glob_too_wide',
    message: `this would match names that nobody has looked at: ${rule}`,
    found,
    allowed,
  });
}

/** `value` is folded. */
export function cutSan(kind: GlobSanKind, value: string): CutName {
  if (kind === 'dns') {
    const segments = value.split('.');
    return { space: `dns ${segments.length}`, segments };
  }
  if (kind === 'email') {
    const at = value.lastIndexOf('@');
    return { space: `email ${value.slice(at + 1)}`, segments: [value.slice(0, at)] };
  }
  // what is not a hierarchical URI without query and fragment is one segment in a space of its own
  const parts = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)\/([^?#]*)$/.exec(value);
  if (parts === null) return { space: `${kind} ${value}`, segments: [] };
  const [, origin = '', path = ''] = parts;
  const segments = path.split('/');
  return { space: `uri ${origin} ${segments.length}`, segments };
}

/**
 * A subject in which values hold `*` → as it is compared, first RDN first.
 * @throws ProblemError `glob_without_star`, `glob_too_wide`, `glob_multi_valued`
 */
export function cutSubjectGlob(subject: Name): CutName {
  const text = formatName(subject);
  const allowed = "a subject with `*` within values, another value but C written out: 'CN=orders-*, O=Acme, C=NL'";
  const values = subject.rdns.flat();
  if (!values.some(({ value }) => value.includes('*'))) {
    refuse({
      code: 'glob_without_star',
      message: 'this names one subject: it is no glob',
      found: text,
      allowed,
      remedy: `subject: '${text.replaceAll("'", "''")}'`,
    });
  }
  const cut = cutSubject(subject);
  if (cut === undefined) {
    return refuse({
      code: 'glob_multi_valued',
      message: 'a glob cannot have two attributes in one part of the subject (`+`)',
      found: text,
      allowed,
    });
  }
  if (values.some(({ value }) => value.includes('**'))) return tooWide(text, 'a `*` stays within its value', allowed);
  const fixed = values.filter(({ type, value }) => !value.includes('*') && type !== oid.country);
  if (fixed.length === 0) {
    return tooWide(text, `${attributeNameOf(values[0]?.type ?? '') ?? 'a value'} alone names nobody`, allowed);
  }
  return cut;
}

/** Undefined for a subject with a multi-valued RDN, which no glob matches. */
export function cutSubject(subject: Name): CutName | undefined {
  if (subject.rdns.length === 0 || subject.rdns.some((rdn) => rdn.length !== 1)) return undefined;
  const attributes = subject.rdns.flat();
  return {
    space: `subject ${attributes.map(({ type, value }) => (value.startsWith('#') ? `${type}#` : type)).join(',')}`,
    segments: attributes.map(({ value }) => canonicalText(value)),
  };
}

/** The names of a certificate that a glob may match. One with a `*` of its own matches none. */
export function cutNamesOf(leaf: Certificate): readonly CutName[] {
  const names = (leaf.subjectAltName ?? []).map(cutGeneralName);
  return [cutSubject(leaf.subject), ...names].filter(
    (name): name is CutName => name !== undefined && !name.segments.some((segment) => segment.includes('*')),
  );
}

function cutGeneralName(name: GeneralName): CutName | undefined {
  if (name.kind !== 'dns' && name.kind !== 'uri' && name.kind !== 'email') return undefined;
  const key = generalNameKey(name);
  if (key === undefined) return undefined;
  const cut = cutSan(name.kind, key.slice(sanKey(name.kind, '').length));
  return isPlain(name.kind, cut.segments) ? cut : undefined;
}

const plainSegment: Readonly<Record<GlobSanKind, RegExp>> = {
  dns: /^[a-z0-9_-]{1,63}$/,
  // unreserved (RFC 3986 §2.3): nothing that a later reader decodes to a border, and no dot segment
  uri: /^(?!\.{1,2}$)[A-Za-z0-9._~-]+$/,
  email: /^[A-Za-z0-9._+=~-]{1,64}$/,
};

function isPlain(kind: GlobSanKind, segments: readonly string[]): boolean {
  return segments.length > 0 && segments.every((segment) => plainSegment[kind].test(segment));
}
