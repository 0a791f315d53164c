import type { RegistryDocument } from '../registry/document.ts';

/** The header that repeats the reference. In a gateway response its value is `context.authorizer.reference`. */
export const referenceHeader = 'X-Sallyport-Reference';

/** What stands in `reason` when the caller may not be told why. */
export const undisclosed = 'undisclosed';

/** The variables of the template: with `$` in the body, without it in API Gateway's response parameters. */
export const referenceVariable = 'context.authorizer.reference';
const reasonVariable = 'context.authorizer.reason';
const addressVariable = 'context.identity.sourceIp';

/**
 * The body of a refusal, as API Gateway's ACCESS_DENIED response template. A gateway response only substitutes
 * `$context.…` and knows no conditions, so every refusal has this one shape, whoever writes it.
 */
export function refusalTemplate(front: Pick<RegistryDocument['front'], 'support'>): string {
  return JSON.stringify({
    message: 'Forbidden',
    reference: `$${referenceVariable}`,
    reason: `$${reasonVariable}`,
    yourAddress: `$${addressVariable}`,
    // `$` from a file must not become a variable.
    support: (front.support.email ?? front.support.url ?? '').replaceAll('$', '%24'),
  });
}

/**
 * The template with its variables replaced; `values` are keyed by the variable's name without `$`. A variable without a
 * value becomes empty, as in API Gateway. Values are escaped as the inside of a JSON string, which API Gateway does not
 * do: ours are made of characters that need no escape.
 */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\$(context(?:\.[A-Za-z][A-Za-z0-9]*)+)/g, (_, name: string) =>
    JSON.stringify(Object.hasOwn(values, name) ? values[name] : '').slice(1, -1),
  );
}

/** The values that fill a refusal. */
export function refusalValues(refusal: { reference: string; reason: string; address: string }): Record<string, string> {
  return {
    [referenceVariable]: refusal.reference,
    [reasonVariable]: refusal.reason,
    [addressVariable]: refusal.address,
  };
}
