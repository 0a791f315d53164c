import type { Certificate, GeneralName } from '../x509/certificate.ts';
import { formatName } from '../x509/name.ts';
import { oid } from '../x509/oid.ts';
import { Subtrees } from './subtrees.ts';

interface Compiled {
  readonly permitted: Subtrees;
  readonly excluded: Subtrees;
}

const none: readonly GeneralName[] = [];
const compiled = new WeakMap<Certificate, Compiled>();

function constraintsOf(authority: Certificate): Compiled | undefined {
  if (authority.nameConstraints === undefined) return undefined;
  const known = compiled.get(authority);
  if (known !== undefined) return known;
  const { permitted = none, excluded = none } = authority.nameConstraints;
  const made = { permitted: new Subtrees(permitted), excluded: new Subtrees(excluded) };
  compiled.set(authority, made);
  return made;
}

/** Names times constraints that one search may weigh; the same figure as Chromium's path builder. */
const defaultNameChecks = 1 << 20;

/** Bounds a whole search: many names under many constraints, on many paths, are somebody's attack. */
export class NameCheckBudget {
  #left: number;

  constructor(checks: number = defaultNameChecks) {
    this.#left = checks;
  }

  spend(checks: number): boolean {
    this.#left -= checks;
    return this.#left >= 0;
  }
}

/**
 * permitted_subtrees and excluded_subtrees of RFC 5280 §6.1.2 (b), (c), gathered from the anchor downwards. Every CA's
 * list is kept by itself: a name must satisfy each of them, which is their intersection.
 */
export class NameConstraintState {
  readonly #lists: Compiled[] = [];
  readonly #budget: NameCheckBudget;

  constructor(budget: NameCheckBudget) {
    this.#budget = budget;
  }

  /** §6.1.4 (g). */
  add(authority: Certificate): void {
    const constraints = constraintsOf(authority);
    if (constraints !== undefined) this.#lists.push(constraints);
  }

  /** §6.1.3 (b), (c): the first name of the certificate that is not allowed, as words; undefined = all are. */
  problemOf(certificate: Certificate): string | undefined {
    if (this.#lists.length === 0) return undefined;
    for (const name of namesOf(certificate)) {
      for (const { permitted, excluded } of this.#lists) {
        const permits = permitted.count(name.kind);
        const excludes = excluded.count(name.kind);
        if (!this.#budget.spend(permits + excludes)) return 'too many names under too many name constraints';
        if (permits > 0 && !permitted.within(name, 'permitted')) return `${textOf(name)} is not in a permitted subtree`;
        if (excludes > 0 && excluded.within(name, 'excluded')) return `${textOf(name)} is in an excluded subtree`;
      }
    }
    return undefined;
  }
}

/**
 * The names that constraints apply to (RFC 5280 §4.2.1.10): the subject unless empty, every subjectAltName, and without
 * a subjectAltName the e-mail addresses in the subject. Never a commonName.
 */
function* namesOf(certificate: Certificate): Generator<GeneralName> {
  const { subject, subjectAltName } = certificate;
  if (subject.rdns.length > 0) yield { kind: 'directory', name: subject };
  if (subjectAltName !== undefined) {
    yield* subjectAltName;
    return;
  }
  for (const { type, value } of subject.rdns.flat()) {
    if (type === oid.emailAddress) yield { kind: 'email', value };
  }
}

function textOf(name: GeneralName): string {
  switch (name.kind) {
    case 'directory':
      return formatName(name.name);
    case 'ip':
      return name.text;
    case 'registered-id':
      return `registeredID ${name.oid}`;
    case 'other':
      return `otherName ${name.oid ?? name.form}`;
    default:
      return name.value;
  }
}
