import { refuse } from '../../../core/problem.ts';
import { rangeOf } from '../written-address.ts';

/** What `ACCESS_RESTRICTIONS` says about one path. An empty list is not no list. */
export interface Restriction {
  readonly addresses?: readonly string[];
  readonly certificate: boolean;
  /** Subjects as the portal wrote them; an empty list asks nothing, as in the template. */
  readonly issuers: readonly string[];
  readonly password: boolean;
  readonly satisfy: 'any' | 'all';
}

const known: ReadonlySet<string> = new Set([
  'ipfilter',
  'client_cert',
  'client-cert',
  'issuer_dn',
  'basic_auth',
  'satisfy',
]);

/**
 * The value of `ACCESS_RESTRICTIONS`, or an object that holds it. Everything has the type that the buildpack documents:
 * what it would make of another one (the text "false" counts as true) nobody should have to know.
 *
 * @throws ProblemError `restrictions_malformed`
 */
export function parseRestrictions(text: string, file: string): ReadonlyMap<string, Restriction> {
  const value = parsed(text) ?? malformed(file, 'no JSON');
  const held = isObject(value) && 'ACCESS_RESTRICTIONS' in value ? value.ACCESS_RESTRICTIONS : value;
  const inner = typeof held === 'string' ? parsed(held) : held;
  if (!isObject(inner) || !Object.keys(inner).every((path) => path.startsWith('/'))) {
    return malformed(file, 'no object of paths');
  }
  return new Map(Object.entries(inner).map(([path, rule]) => [path, readRule(rule, path, file)]));
}

function readRule(rule: unknown, path: string, file: string): Restriction {
  if (!isObject(rule)) return malformed(file, `${path} is no object`);
  const strange = Object.keys(rule).find((key) => !known.has(key));
  if (strange !== undefined) return malformed(file, `${path} has ${strange}: what it asks nobody knows here`);
  const addresses = 'ipfilter' in rule ? textsOf(rule.ipfilter, `${path}: ipfilter`, file) : undefined;
  const { satisfy = 'any', basic_auth: password } = rule;
  if (satisfy !== 'any' && satisfy !== 'all') return malformed(file, `${path}: satisfy is neither any nor all`);
  if ('basic_auth' in rule && !isObject(password)) return malformed(file, `${path}: basic_auth is no object of users`);
  return {
    addresses: addresses?.map((range) => rangeOf(range) ?? malformed(file, `${path}: ${range} is no address or range`)),
    certificate: flagOf(rule, 'client_cert', path, file) || flagOf(rule, 'client-cert', path, file),
    issuers: 'issuer_dn' in rule ? textsOf(rule.issuer_dn, `${path}: issuer_dn`, file) : [],
    // also with no user in it: then nobody has the password
    password: 'basic_auth' in rule,
    satisfy,
  };
}

function flagOf(rule: Record<string, unknown>, key: string, path: string, file: string): boolean {
  const { [key]: value = false } = rule;
  return typeof value === 'boolean' ? value : malformed(file, `${path}: ${key} is ${JSON.stringify(value)}`);
}

function textsOf(value: unknown, what: string, file: string): readonly string[] {
  if (!Array.isArray(value)) return malformed(file, `${what} is no list`);
  const texts = value.filter((one) => typeof one === 'string');
  return texts.length === value.length ? texts : malformed(file, `${what} has something that is no text`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(file: string, found: string): never {
  return refuse({
    code: 'restrictions_malformed',
    message: 'this is no ACCESS_RESTRICTIONS of Mendix',
    place: { file },
    found,
    allowed:
      '{"/path": {"client_cert": true, "issuer_dn": ["CN=…"], "ipfilter": ["203.0.113.0/24"], "basic_auth": {"user": "…"}, "satisfy": "any"}}',
  });
}
