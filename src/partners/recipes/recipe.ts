/** One thing that the reader does. `code.file` is what to save it as; `code.language` is `sh` when it is a command. */
export interface RecipeStep {
  readonly text: string;
  readonly code?: { readonly language: string; readonly text: string; readonly file?: string };
}

/**
 * How one tool presents a client certificate. Texts hold `{{host}} {{port}} {{path}} {{method}} {{verb}} (the method in
 * lower case) {{url}} {{certificate}} {{key}} {{p12}} {{passwordFile}}`, `{{#serverChain}}…{{/serverChain}}` around what is only needed when the server's
 * certificate is from a private CA, `{{#clientKey}}` and `{{#token}}` around headers that only some clients send,
 * `{{#asks}}` around what either needs, `{{#reads}}` around what any of the three does.
 */
export interface Recipe {
  /** The name of its page. */
  readonly id: string;
  readonly title: string;
  readonly needs: 'pem' | 'p12';
  readonly steps: readonly RecipeStep[];
  /** What goes wrong with this tool. */
  readonly traps: readonly string[];
}
