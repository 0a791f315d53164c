import { minimumKeyBytes } from './binding.ts';
import { type Problem, ProblemError } from './problem.ts';

/**
 * Every environment variable of our functions: the one place where a name is written. What deploys a function writes
 * through `writeSettings`, a handler reads through `readSettings`; docs/settings.md is generated from `settingsTable`.
 */
export interface Setting<T> {
  readonly name: string;
  readonly description: string;
  /** What may stand there, for people. */
  readonly allowed: string;
  readonly usedBy: readonly ('authorizer' | 'forwarder')[];
  /** Never printed, not even when it is wrong. */
  readonly sensitive: boolean;
  /** Without a default the setting is required. */
  readonly default?: T;
  /** undefined: not an allowed value. */
  parse(text: string): T | undefined;
  write(value: T): string;
}

/** Where a document is: in a file, or in the variable itself. */
export type DocumentSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'text'; readonly text: string };
export type SecretSource = { readonly kind: 'file'; readonly path: string } | { readonly kind: 'none' };
export type ResponseMode = 'buffered' | 'stream';

const absolutePath = /^(?:\/(?!\/)|[A-Za-z]:[\\/])/;
const fileOf = (text: string): { readonly kind: 'file'; readonly path: string } | undefined => {
  const path = text.startsWith('file:') ? text.slice('file:'.length) : '';
  return absolutePath.test(path) && !path.includes('\0') ? { kind: 'file', path } : undefined;
};
const choice = <T extends string>(...allowed: readonly T[]) => ({
  allowed: allowed.join(' | '),
  parse: (text: string): T | undefined => allowed.find((value) => value === text),
  write: (value: T): string => value,
});

export const settings = {
  release: {
    name: 'SALLYPORT_RELEASE',
    description: 'Where the authorizer reads the compiled registry.',
    allowed: 'file:/absolute/path/registry.json',
    usedBy: ['authorizer'],
    sensitive: false,
    parse: fileOf,
    write: (source) => `file:${source.path}`,
  } satisfies Setting<{ readonly kind: 'file'; readonly path: string }>,
  bindingKeys: {
    name: 'SALLYPORT_BINDING_KEYS',
    description:
      'Keys of the MAC that binds a decision to its request. The first one signs; while rotating, the second one still opens.',
    allowed: `one or two keys, base64url, at least ${minimumKeyBytes} bytes each: current or current,previous`,
    usedBy: ['authorizer', 'forwarder'],
    sensitive: true,
    parse: parseKeys,
    write: (keys) => keys.map((key) => Buffer.from(key).toString('base64url')).join(','),
  } satisfies Setting<readonly Uint8Array[]>,
  stage: {
    name: 'SALLYPORT_STAGE',
    description: 'The API stage that requests must come through; a console test invocation comes through another one.',
    allowed: '$default, or 1 to 128 of A-Z a-z 0-9 _ - but not test-invoke-stage',
    usedBy: ['authorizer', 'forwarder'],
    sensitive: false,
    parse: (text) =>
      text === '$default' || (/^[A-Za-z0-9_-]{1,128}$/.test(text) && text !== 'test-invoke-stage') ? text : undefined,
    write: (stage) => stage,
  } satisfies Setting<string>,
  bindExtendedRequestId: {
    name: 'SALLYPORT_BIND_EXTENDED_REQUEST_ID',
    description:
      "Whether the MAC also covers the request's extendedRequestId. Off only if AWS spells it differently in the two events.",
    usedBy: ['authorizer'],
    sensitive: false,
    default: 'on',
    ...choice('on', 'off'),
  } satisfies Setting<'on' | 'off'>,
  connections: {
    name: 'SALLYPORT_CONNECTIONS',
    description: 'The connections to the backends. Secrets are named there, never held.',
    allowed: 'a JSON array of connections, or file:/absolute/path/connections.json',
    usedBy: ['forwarder'],
    sensitive: false,
    parse: (text): DocumentSource | undefined =>
      fileOf(text) ?? (/^\s*\[/.test(text) ? { kind: 'text', text } : undefined),
    write: (source) => (source.kind === 'file' ? `file:${source.path}` : source.text),
  } satisfies Setting<DocumentSource>,
  secrets: {
    name: 'SALLYPORT_SECRETS',
    description: 'Where the forwarder reads the secrets that connections name.',
    allowed: 'none, or file:/absolute/path/secrets.json (mode 0600, outside the repository)',
    usedBy: ['forwarder'],
    sensitive: false,
    default: { kind: 'none' },
    parse: (text): SecretSource | undefined => (text === 'none' ? { kind: 'none' } : fileOf(text)),
    write: (source) => (source.kind === 'none' ? 'none' : `file:${source.path}`),
  } satisfies Setting<SecretSource>,
  responseMode: {
    name: 'SALLYPORT_RESPONSE_MODE',
    description: 'Whether the forwarder answers with one document (6 MB at most) or streams the response.',
    usedBy: ['forwarder'],
    sensitive: false,
    default: 'buffered',
    ...choice('buffered', 'stream'),
  } satisfies Setting<ResponseMode>,
};

export type SettingName = keyof typeof settings;
export type SettingValue<K extends SettingName> = NonNullable<ReturnType<(typeof settings)[K]['parse']>>;
export type SettingValues<K extends SettingName> = { readonly [P in K]: SettingValue<P> };

/** For the documentation, in order of the table. */
export const settingsTable: readonly Setting<never>[] = Object.values(settings) as readonly Setting<never>[];

/** The named settings, or a ProblemError that lists every one that is missing or wrong, with what is allowed there. */
export function readSettings<K extends SettingName>(
  environment: Readonly<Record<string, string | undefined>>,
  names: readonly K[],
): SettingValues<K> {
  const problems: Problem[] = [];
  const values: Record<string, unknown> = {};
  for (const key of names) {
    const setting: Setting<unknown> = settings[key] as Setting<never>;
    const text = environment[setting.name];
    const value = text === undefined ? setting.default : setting.parse(text);
    if (value === undefined) problems.push(problemOf(setting, text));
    else values[key] = value;
  }
  if (problems.length > 0) throw new ProblemError(problems);
  return values as SettingValues<K>;
}

/** The environment that says `values`. Throws a plain Error for a value that would not be read back. */
export function writeSettings<K extends SettingName>(values: SettingValues<K>): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [key, value] of Object.entries(values) as [K, unknown][]) {
    const setting: Setting<unknown> = settings[key] as Setting<never>;
    const text = setting.write(value);
    if (setting.parse(text) === undefined)
      throw new Error(`${setting.name} cannot say that. Allowed: ${setting.allowed}.`);
    environment[setting.name] = text;
  }
  return environment;
}

function problemOf(setting: Setting<unknown>, text: string | undefined): Problem {
  const shared = { allowed: setting.allowed, remedy: `${setting.name}: ${setting.description}` };
  if (text === undefined) return { code: 'setting_missing', message: `${setting.name} is not set`, ...shared };
  const found = setting.sensitive ? `${text.length} characters (not shown)` : JSON.stringify(text.slice(0, 80));
  return { code: 'setting_invalid', message: `${setting.name} has a value that is not allowed`, found, ...shared };
}

function parseKeys(text: string): readonly Uint8Array[] | undefined {
  const keys = text.split(',').map((part) => ({ part, key: new Uint8Array(Buffer.from(part, 'base64url')) }));
  const good = keys.every(
    // Re-encoded, because the decoder skips what it does not know: a mistyped key would only be a shorter key.
    ({ part, key }) => key.length >= minimumKeyBytes && Buffer.from(key).toString('base64url') === part,
  );
  return good && keys.length <= 2 ? keys.map(({ key }) => key) : undefined;
}
