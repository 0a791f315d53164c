import type { ConditionDocument, RequirementDocument, TokenIssuerDocument } from '../document.ts';
import type { Report } from '../pem-source.ts';
import type { ConditionSource, RegistrySource, RequirementSource, TokenIssuerSource } from '../source.ts';

export interface ConditionCompiler {
  compile(require: readonly RequirementSource[] | undefined): readonly RequirementDocument[] | undefined;
  /** Those that some condition has named, by name; undefined when there is none. */
  tokenIssuers(): readonly TokenIssuerDocument[] | undefined;
}

/** Further conditions, held against the token issuers that there are. */
export function conditionCompiler(known: RegistrySource['tokenIssuers'], report: Report): ConditionCompiler {
  const used = new Map<string, TokenIssuerSource>();
  const compileCondition = (condition: ConditionSource): ConditionDocument => {
    if ('psd2Role' in condition) return { psd2Role: condition.psd2Role.value };
    if ('keySha256' in condition) return { keySha256: condition.keySha256.value };
    if ('addresses' in condition) return { addresses: condition.addresses.map(({ value }) => value.text) };
    const { issuer, scopes } = condition.token;
    const source = known?.get(issuer.value);
    if (source !== undefined) used.set(source.name, source);
    else if (known?.has(issuer.value) !== true) {
      const names = [...(known?.keys() ?? [])].sort();
      report({
        code: 'token_issuer_unknown',
        message: 'there is no such token issuer',
        place: issuer.place,
        found: issuer.value,
        allowed: names.length === 0 ? 'a name under truststore/token-issuers' : names.join(', '),
        remedy: `write truststore/token-issuers/${issuer.value}.yaml, or name another one`,
      });
    }
    return { token: { issuer: issuer.value, scopes } };
  };
  return {
    compile: (require) => require?.map(({ any, place }) => ({ any: any.map(compileCondition), at: place })),
    tokenIssuers: () =>
      used.size === 0
        ? undefined
        : [...used.values()]
            .sort((a, b) => (a.name < b.name ? -1 : 1))
            .map(({ name, issuer, audiences, keys, place }) => ({ name, issuer, audiences, keys, at: place })),
  };
}
