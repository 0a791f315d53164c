import type { Recipe } from './recipe.ts';

/** What a recipe's placeholders stand for. Without `serverChain` the server's certificate is from a public CA. */
export interface RecipeValues {
  readonly host: string;
  readonly port: number;
  /** Begins with a slash; only characters that need no quoting anywhere. */
  readonly path: string;
  readonly method: string;
  readonly certificate: string;
  readonly key: string;
  readonly p12: string;
  readonly passwordFile: string;
  readonly serverChain?: string;
  /** There when requests carry a key of ours: the header's name. */
  readonly clientKey?: string;
  /** There when requests carry an access token: whose. */
  readonly token?: string;
}

/** @throws Error for a placeholder that does not exist */
export function fill(text: string, values: RecipeValues): string {
  const { host, port, path } = values;
  const url = `https://${host}${port === 443 ? '' : `:${port}`}${path}`;
  const known = new Map(
    Object.entries({ ...values, url, verb: values.method.toLowerCase() }).map(([name, value]) => [name, String(value)]),
  );
  const asks = known.has('clientKey') || known.has('token');
  const there = (name: string) =>
    name === 'asks' ? asks : name === 'reads' ? asks || known.has('serverChain') : known.has(name);
  const section = /\{\{#(serverChain|clientKey|token|asks|reads)\}\}(.*?)\{\{\/\1\}\}/gs;
  const shown = (whole: string) =>
    whole.replace(section, (_, name: string, inner: string) => (there(name) ? inner : ''));
  // twice: one may stand in another
  return shown(shown(text)).replace(/\{\{(.*?)\}\}/g, (_, name: string) => {
    const value = known.get(name);
    if (value === undefined) throw new Error(`recipes: unknown placeholder {{${name}}}`);
    return value;
  });
}

/** The recipe with its values; what is empty without a server chain is left out. */
export function fillRecipe(recipe: Recipe, values: RecipeValues): Recipe {
  return {
    ...recipe,
    steps: recipe.steps
      .map(({ text, code }) => ({
        text: fill(text, values),
        ...(code === undefined ? {} : { code: { ...code, text: fill(code.text, values) } }),
      }))
      .filter(({ text }) => text !== ''),
    traps: recipe.traps.map((trap) => fill(trap, values)).filter((trap) => trap !== ''),
  };
}
