import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { App, Stack, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Sallyport, type SallyportProps } from '../../lib/sallyport.ts';
import { stacksOf } from '../../lib/stacks.ts';
import { frontConfig } from './front-folder.ts';

export type Lines = Readonly<Record<string, string | undefined>>;
export type Resource = { readonly Type: string; readonly Properties?: Record<string, unknown> } & Record<
  string,
  unknown
>;
export type Resources = Readonly<Record<string, Resource>>;

// Synthesising loads the whole of aws-cdk-lib; on a busy machine that takes longer than a test may by default.
jest.setTimeout(120_000);

const root = resolve(import.meta.dirname, '../..');

/** The constructs take ready-made bundles; a fresh checkout has none yet. */
export function haveBundles(): void {
  const names = ['authorizer', 'forwarder', 'first-release'];
  if (names.every((name) => existsSync(resolve(root, 'dist/lambdas', name, 'index.mjs')))) return;
  execFileSync(process.execPath, [resolve(root, 'bin/bundle.ts')], { stdio: 'pipe' });
}

/** What the feature flags of cdk.json say; a test of somebody else's app leaves them out. */
const context = { '@aws-cdk/aws-iam:minimizePolicies': true };

export const newApp = (more: Readonly<Record<string, unknown>> = {}): App =>
  new App({ context: { ...context, ...more } });

export interface Split {
  readonly app: App;
  readonly trust: Template;
  readonly egress: Template;
  readonly front: Template;
  readonly stacks: ReturnType<typeof stacksOf>;
}

const made = new Map<string, Split>();

/** The three stacks, with other lines in sallyport.yaml; each variant is synthesised once. */
export function split(lines: Lines = {}): Split {
  const key = JSON.stringify(lines);
  const known = made.get(key);
  if (known !== undefined) return known;
  haveBundles();
  const app = newApp();
  const stacks = stacksOf(app, frontConfig(lines));
  const one: Split = {
    app,
    stacks,
    trust: Template.fromStack(stacks.trust),
    egress: Template.fromStack(stacks.egress),
    front: Template.fromStack(stacks.front),
  };
  made.set(key, one);
  return one;
}

export interface Single {
  readonly stack: Stack;
  readonly sallyport: Sallyport;
  readonly template: Template;
}

/** Everything in one stack of somebody's, synthesised when its template is asked for. `more` may use the stack, and `after` the construct. */
export function single(
  lines: Lines = {},
  more: (stack: Stack) => Omit<SallyportProps, 'config'> = () => ({}),
  after: (sallyport: Sallyport, stack: Stack) => void = () => {},
  props: StackProps = { env: { account: '222222222222', region: 'eu-west-1' } },
): Single {
  haveBundles();
  const stack = new Stack(newApp(), 'Existing', props);
  const sallyport = new Sallyport(stack, 'Sallyport', { config: frontConfig(lines), ...more(stack) });
  after(sallyport, stack);
  let template: Template | undefined;
  return {
    stack,
    sallyport,
    get template() {
      template ??= Template.fromStack(stack);
      return template;
    },
  };
}

export const resourcesOf = (template: Template): Resources => template.toJSON().Resources as Resources;

/** [logical id, resource] of a type. */
export function allOf(template: Template, type: string): readonly (readonly [string, Resource])[] {
  return Object.entries(resourcesOf(template)).filter(([, resource]) => resource.Type === type);
}

/** The only resource of a type. */
export function oneOf(template: Template, type: string): readonly [string, Resource] {
  const [first, ...more] = allOf(template, type);
  if (first === undefined || more.length > 0) throw new Error(`not exactly one ${type}`);
  return first;
}

export const propertiesOf = (template: Template, type: string): Record<string, unknown> =>
  oneOf(template, type)[1].Properties ?? {};

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** What a role may do: the statements of every policy attached to it. */
export function statementsOf(template: Template, role: RegExp): readonly Statement[] {
  return allOf(template, 'AWS::IAM::Policy')
    .filter(([, { Properties }]) => JSON.stringify(Properties?.Roles).match(role) !== null)
    .flatMap(
      ([, { Properties }]) => (Properties?.PolicyDocument as { Statement: Statement[] } | undefined)?.Statement ?? [],
    );
}

export const actionsOf = (statements: readonly Statement[], effect = 'Allow'): readonly string[] =>
  [...new Set(statements.filter(({ Effect }) => Effect === effect).flatMap(({ Action }) => Action))].sort();
