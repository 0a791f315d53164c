import type { RequirementDocument } from '../document.ts';

/** An entry of `require` as one line of YAML, as a person would write it. */
export function requirementYaml({ any }: Pick<RequirementDocument, 'any'>): string {
  const [only, second] = any.map(conditionYaml);
  return only !== undefined && second === undefined ? only : `{ any: [${any.map(conditionYaml).join(', ')}] }`;
}

function conditionYaml(condition: RequirementDocument['any'][number]): string {
  if ('addresses' in condition) {
    return `{ addresses: [${condition.addresses.map((one) => (one.includes(':') ? `"${one}"` : one)).join(', ')}] }`;
  }
  if ('psd2Role' in condition) return `{ psd2Role: ${condition.psd2Role} }`;
  if ('keySha256' in condition) return `{ keySha256: "${condition.keySha256}" }`;
  const { issuer, scopes } = condition.token;
  const list = scopes.length === 0 ? '' : `, scopes: [${scopes.map((scope) => `"${scope}"`).join(', ')}]`;
  return `{ token: { issuer: ${issuer}${list} } }`;
}
