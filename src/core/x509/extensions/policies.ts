import { type DerCursor, tag } from '../der.ts';
import { oid, readOid } from '../oid.ts';

export interface PolicyMapping {
  readonly issuerDomainPolicy: string;
  readonly subjectDomainPolicy: string;
}

/** Numbers of certificates to skip (RFC 5280 §4.2.1.11). */
export interface PolicyConstraints {
  readonly requireExplicitPolicy?: number;
  readonly inhibitPolicyMapping?: number;
}

const maxSkip = 0xffff_ffff;

/** certificatePolicies, RFC 5280 §4.2.1.4: the dotted OIDs. Qualifiers are checked and dropped, nothing decides on them. */
export function readPolicies(cursor: DerCursor, critical: boolean): readonly string[] {
  const outer = cursor.enter(tag.sequence, 'certificatePolicies');
  if (!cursor.more) cursor.fail('certificatePolicies is empty');
  const policies = new Set<string>();
  while (cursor.more) {
    const information = cursor.enter(tag.sequence, 'a policy');
    const policy = readOid(cursor, 'a policy');
    if (policies.has(policy)) cursor.fail(`policy ${policy} stands twice`);
    policies.add(policy);
    if (cursor.more) readQualifiers(cursor, policy, critical);
    cursor.leave(information);
  }
  cursor.leave(outer);
  return [...policies];
}

function readQualifiers(cursor: DerCursor, policy: string, critical: boolean): void {
  const outer = cursor.enter(tag.sequence, 'the policy qualifiers');
  if (!cursor.more) cursor.fail('the policy qualifiers are empty');
  while (cursor.more) {
    const information = cursor.enter(tag.sequence, 'a policy qualifier');
    const qualifier = readOid(cursor, 'a policy qualifier');
    const known = qualifier === oid.cpsQualifier || qualifier === oid.userNoticeQualifier;
    if (policy === oid.anyPolicy && !known) cursor.fail('anyPolicy with a qualifier that it cannot have');
    // RFC 5280 §4.2.1.4: a critical extension must be understood down to its qualifiers
    if (critical && !known) cursor.fail(`a critical policy with the unknown qualifier ${qualifier}`);
    if (!cursor.more) cursor.fail('a policy qualifier without a value');
    cursor.skipStrictly();
    cursor.leave(information);
  }
  cursor.leave(outer);
}

/** policyMappings, RFC 5280 §4.2.1.5. */
export function readPolicyMappings(cursor: DerCursor): readonly PolicyMapping[] {
  const outer = cursor.enter(tag.sequence, 'policyMappings');
  if (!cursor.more) cursor.fail('policyMappings is empty');
  const mappings: PolicyMapping[] = [];
  while (cursor.more) {
    const mapping = cursor.enter(tag.sequence, 'a policy mapping');
    mappings.push({
      issuerDomainPolicy: readOid(cursor, 'issuerDomainPolicy'),
      subjectDomainPolicy: readOid(cursor, 'subjectDomainPolicy'),
    });
    cursor.leave(mapping);
  }
  cursor.leave(outer);
  return mappings;
}

/** policyConstraints, RFC 5280 §4.2.1.11. An empty one constrains nothing and is let through. */
export function readPolicyConstraints(cursor: DerCursor): PolicyConstraints {
  const outer = cursor.enter(tag.sequence, 'policyConstraints');
  const requireExplicitPolicy =
    cursor.peek() === 0x80 ? cursor.smallInteger('requireExplicitPolicy', maxSkip, 0x80) : undefined;
  const inhibitPolicyMapping =
    cursor.peek() === 0x81 ? cursor.smallInteger('inhibitPolicyMapping', maxSkip, 0x81) : undefined;
  cursor.leave(outer);
  return { requireExplicitPolicy, inhibitPolicyMapping };
}

/** inhibitAnyPolicy, RFC 5280 §4.2.1.14. */
export function readInhibitAnyPolicy(cursor: DerCursor): number {
  return cursor.smallInteger('inhibitAnyPolicy', maxSkip);
}
