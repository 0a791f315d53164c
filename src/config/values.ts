import { isoDay } from '../core/day.ts';
import { isName, namePattern } from '../core/name.ts';
import { refuse } from '../core/problem.ts';
import type { SanKind } from '../core/registry/document.ts';
import { cutSubjectGlob, type GlobSanKind, parseSanGlob, sanGlobAllowed } from '../core/registry/globs/name-glob.ts';
import { parseKeyPin } from '../core/registry/key-pin.ts';
import { parseSan, sanAllowed } from '../core/registry/san.ts';
import type { Positioned } from '../core/registry/source.ts';
import { parseAddressRange } from '../core/request/address.ts';
import { parsePattern } from '../core/request/pattern.ts';
import { parseNameText } from '../core/x509/name-text.ts';
import { checkHeaderName } from './header-name.ts';
import { type Shape, text } from './shape.ts';

/** The kinds of text that stand in the field tables. Each parses to a value that needs no second look. */

export function name(example: string) {
  return text<string>({
    allowed: 'a name: lower-case letters, digits and -, at most 63, not beginning with -',
    example,
    pattern: `^${namePattern}$`,
    parse(written) {
      if (isName(written)) return written;
      const near = written
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-+|-+$/g, '')
        .slice(0, 63);
      return refuse({
        code: 'name_malformed',
        message: 'this is no name',
        remedy: near === '' ? undefined : `write ${near}`,
      });
    },
  });
}

const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** What CloudWatch Logs takes as a retention (PutRetentionPolicy); other numbers would fail in the middle of a deploy. */
export const retentionDays: Shape<Positioned<number>> = {
  ...text<number>({
    allowed: `one of the numbers of days that CloudWatch takes: ${retentions.join(', ')}`,
    example: '365',
    parse: (written) => retentions.find((days) => String(days) === written),
  }),
  schema: { enum: retentions },
};

/** A sentence for people. */
export function oneLine(example: string, maximum = 200) {
  return text<string>({
    allowed: `one line of 1 to ${maximum} characters`,
    example,
    pattern: `^[^\\n]{1,${maximum}}$`,
    parse: (written) =>
      written.trim() !== '' && written.length <= maximum && !/[\n\t]/.test(written) ? written : undefined,
  });
}

export function matching(allowed: string, example: string, pattern: string) {
  const expression = new RegExp(pattern);
  return text<string>({
    allowed,
    example,
    pattern,
    parse: (written) => (expression.test(written) ? written : undefined),
    meant: (written) => written.trim().toLowerCase(),
  });
}

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
export const hostName = matching(
  'a host name in lower case',
  'api.example.com',
  `^(?=.{1,253}$)${label}(?:\\.${label})+$`,
);
/** Restricted to what needs no quoting in a gateway response template, where it is printed. */
export const emailAddress = matching(
  'one e-mail address',
  'api-team@example.com',
  `^[A-Za-z0-9._%+-]{1,64}@(?=.{1,253}$)${label}(?:\\.${label})+$`,
);
export const webAddress = matching(
  'an https address',
  'https://example.com/support',
  `^https://${label}(?:\\.${label})*(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/%?=-]{0,300})?$`,
);

/** What the job that fetches lists can fetch. A list that is only in a directory (ldap) has to be put on a web server. */
export const listAddress = matching(
  'an http or https address without user and fragment',
  '"http://crl.acme.example/ca.crl"',
  `^https?://${label}(?:\\.${label})*(?::[1-9][0-9]{0,4})?/[!-"$-~]{0,1000}$`,
);

export const pattern = text({
  allowed: '`METHOD[,METHOD] /path` or `ANY /path`; `*` is one segment, `/**` at the end is everything below',
  example: '"GET /orders/**"',
  pattern: '^[A-Z]+(,[A-Z]+)* /',
  parse: parsePattern,
});

/** Held against its route's `match` when the registry is compiled. */
export const target = matching('a path, ending in `/**` exactly when `match` does', '"/api/**"', '^/[!-~]{0,511}$');

export const subject = text({
  allowed: 'a whole subject in any common dialect: RFC 4514, OpenSSL, Java, Go, Node, Python',
  example: "'CN=orders-client, O=Acme\\, Inc., C=NL'",
  parse(written) {
    if (written.length > 2000) return undefined;
    return parseNameText(written);
  },
});

export function san(kind: SanKind, example: string) {
  return text<string>({ allowed: sanAllowed[kind], example, parse: (written) => parseSan(kind, written) });
}

export const subjectGlob = text({
  allowed: 'a whole subject with `*` within values; `*` stands for one or more characters',
  example: "'CN=orders-*, O=Acme, C=NL'",
  parse(written) {
    if (written.length > 2000) return undefined;
    const subject = parseNameText(written);
    cutSubjectGlob(subject);
    return subject;
  },
});

export function sanGlob(kind: GlobSanKind, example: string) {
  return text<string>({
    allowed: sanGlobAllowed[kind],
    example: `'${example}'`,
    parse: (written) => parseSanGlob(kind, written),
  });
}

/** What `sallyport client key` writes. A password that somebody has thought of is refused where it is presented, by its form. */
export const keyHash = matching(
  'SHA-256 of a generated key, 64 hex digits in lower case: made by `sallyport client key NAME`',
  '"the line that sallyport client key prints"',
  '^[0-9a-f]{64}$',
);

export const scope = matching(
  'a scope, without spaces (RFC 6749 §3.3)',
  'orders.read',
  '^[\\x21\\x23-\\x5B\\x5D-\\x7E]{1,200}$',
);

/** `iss` or `aud`: a URI or a name, as the issuer writes it. */
export const claim = (example: string) =>
  matching('1 to 500 characters without spaces', example, '^[\\x21-\\x7E]{1,500}$');

export const keySetFile = matching(
  'a file name ending in .json, beside this file',
  'login.jwks.json',
  '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\\.json$',
);

export const keyPin = text({
  allowed: 'SHA-256 of the public key (SubjectPublicKeyInfo) in hex or base64',
  example: '"sha256 of the key in hex or base64"',
  parse: parseKeyPin,
});

export const addressRange = text({
  allowed: 'an IPv4 or IPv6 address or range: 203.0.113.7, 203.0.113.0/24, 2001:db8::/32',
  example: '203.0.113.0/24',
  parse(written) {
    const range = parseAddressRange(written);
    if (range.address.length === 16 || !written.includes(':')) return range;
    const ipv4 = range.text.replace(/[/]32$/, '');
    return refuse({
      code: 'address_mapped',
      message: 'this is an IPv4 address in the form of an IPv6 one (RFC 4291 2.5.5.2); no caller comes from it',
      found: written,
      allowed: 'IPv4 addresses as such',
      remedy: `write ${ipv4}`,
    });
  },
});

export const date = text<string>({
  allowed: 'a calendar day, YYYY-MM-DD, in UTC',
  example: '2027-06-30',
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
  parse(written) {
    const parts = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(written);
    if (parts === null) return undefined;
    const [year = 0, month = 0, day = 0] = parts.slice(1).map(Number);
    if (year < 1970 || isoDay(Date.UTC(year, month - 1, day)) !== written) {
      refuse({ code: 'date_unreal', message: 'the calendar has no such day' });
    }
    return written;
  },
  meant: dayMeant,
});

/** `30-06-2027`, `2027/6/30`, `20270630`, a day with a time; not `05-06-2027`, which is May for some and June for others. */
function dayMeant(written: string): string | undefined {
  const date = written.trim().replace(/[T ][0-9]{2}:[0-9]{2}.*$/, '');
  const yearFirst = /^([0-9]{4})([-/.]?)([0-9]{1,2})\2([0-9]{1,2})$/.exec(date);
  if (yearFirst !== null) return dayText(yearFirst[1], yearFirst[3], yearFirst[4]);
  const yearLast = /^([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})$/.exec(date);
  const [first = '', second = '', year] = [yearLast?.[1], yearLast?.[3], yearLast?.[4]];
  if (Number(first) > 12) return dayText(year, second, first);
  return Number(second) > 12 || first === second ? dayText(year, first, second) : undefined;
}

function dayText(year = '', month = '', day = ''): string {
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}

/** In the same folder, so that a reviewer sees both files of one change beside each other. */
export const besideFile = matching(
  'the name of a .pem file beside this one',
  'acme.pem',
  '^[A-Za-z0-9][A-Za-z0-9._-]{0,100}\\.pem$',
);
export const connectionFile = matching(
  'a .pem file in the folder connections/',
  'connections/erp-ca.pem',
  '^connections/[A-Za-z0-9][A-Za-z0-9._-]{0,100}\\.pem$',
);

const secretForm = new RegExp(`^secret:(${namePattern})$`);

export const secretReference = text<string>({
  allowed: '"secret:NAME", the name of a stored secret',
  example: '"secret:erp"',
  pattern: `^secret:${namePattern}$`,
  hidden: true,
  parse(written) {
    const reference = secretForm.exec(written);
    if (reference?.[1] !== undefined) return reference[1];
    return refuse({
      code: 'secret_literal',
      message: 'a secret is named here, never written: this file is reviewed, copied and printed',
      remedy:
        'write "secret:NAME" and store the value with: sallyport secret set NAME. What stood here is no secret any more: change it',
    });
  },
});

export const headerName = text<string>({
  allowed: 'the name of a header that the front does not set or remove itself',
  example: 'X-Api-Key',
  pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$",
  parse: checkHeaderName,
});

/** For lists of what a connection strips or passes. */
export const headerNames = matching(
  'the name of a header, or the beginning of names and *: X-Erp-User, X-Erp-*',
  'X-Erp-User',
  '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}[*]?$',
);

/** RFC 7617 §2: no colon and no control character. */
export const basicUser = text<string>({
  allowed: 'a user name without a colon',
  example: 'front',
  pattern: '^[^:\\n]{1,255}$',
  parse: (written) => (/^[^:\p{Cc}]{1,255}$/u.test(written) ? written : undefined),
});

export function notYet<T>(shape: Shape<T>, words: readonly string[], what: string): Shape<T> {
  return {
    ...shape,
    read(tree, reading) {
      if (tree.kind === 'scalar' && words.includes(tree.text)) {
        reading.report({
          code: 'not_yet',
          message: `${what} ${tree.text} is not built yet`,
          place: tree.place,
          found: tree.text,
          allowed: shape.allowed,
        });
        return undefined;
      }
      return shape.read(tree, reading);
    },
  };
}
