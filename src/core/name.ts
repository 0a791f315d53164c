/** Names of fronts, authorities, clients, groups, connections, tiers, token issuers and secrets, in a regular expression's words. */
export const namePattern = '[a-z0-9][a-z0-9-]{0,62}';
const name = new RegExp(`^${namePattern}$`);

export function isName(text: string): boolean {
  return name.test(text);
}
