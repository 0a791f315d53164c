import { minimumKeyBytes } from './binding.ts';
import { namePattern } from './name.ts';
import { type Problem, ProblemError } from './problem.ts';

const folderForm = new RegExp(`^(.*)#(${namePattern})$`);

/**
 * Every environment variable of our functions: the one place where a name is written. What deploys a function writes
 * through `writeSettings`, a handler reads through `readSettings`. What each is for stands in src/core/settings-page.ts, which
 * no function has to carry.
 */
export interface Setting<T> {
  readonly name: string;
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
export type SecretSource =
  | { readonly kind: 'file'; readonly path: string }
  /** In Secrets Manager, under this prefix and the name that the connection gives. */
  | { readonly kind: 'secretsmanager'; readonly prefix: string }
  | { readonly kind: 'none' };
/** Keys in the variable itself, or the text of a secret in Secrets Manager, whose bytes are the key. */
export type BindingKeySource =
  | { readonly kind: 'keys'; readonly keys: readonly Uint8Array[] }
  | { readonly kind: 'secret'; readonly id: string };
export type ResponseMode = 'buffered' | 'stream';

const absolutePath = /^(?:\/(?!\/)|[A-Za-z]:[\\/])/;
const fileOf = (text: string): { readonly kind: 'file'; readonly path: string } | undefined => {
  const path = text.startsWith('file:') ? text.slice('file:'.length) : '';
  return absolutePath.test(path) && !path.includes('\0') ? { kind: 'file', path } : undefined;
};
/** A bucket or a folder holds the releases of one front, whose id every document in it must carry. */
export type ReleasePlace =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'folder'; readonly path: string; readonly frontId: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly frontId: string };

/** A bucket's name is not checked further: while a template is made it is a placeholder. */
function parseReleasePlace(text: string): ReleasePlace | undefined {
  const [, place = text, frontId] = folderForm.exec(text) ?? [];
  if (frontId === undefined) return text.endsWith('.json') ? fileOf(text) : undefined;
  const bucket = /^s3:\/\/([^/#\s]{3,255})$/.exec(place)?.[1];
  if (bucket !== undefined) return { kind: 's3', bucket, frontId };
  const folder = fileOf(place);
  return folder === undefined ? undefined : { kind: 'folder', path: folder.path, frontId };
}

const printableWord = (text: string): string | undefined => (/^[!-~]{1,4096}$/.test(text) ? text : undefined);

const secretScheme = 'secretsmanager:';
/** A secret's name or ARN (Secrets Manager: letters, digits and /_+=.@-). */
const secretIdOf = (text: string): string | undefined => {
  const id = text.startsWith(secretScheme) ? text.slice(secretScheme.length) : '';
  return /^[A-Za-z0-9/_+=.@:-]{1,2048}$/.test(id) ? id : undefined;
};
const choice = <T extends string>(...allowed: readonly T[]) => ({
  allowed: allowed.join(' | '),
  parse: (text: string): T | undefined => allowed.find((value) => value === text),
  write: (value: T): string => value,
});

export const settings = {
  release: {
    name: 'SALLYPORT_RELEASE',
    allowed: 's3://bucket#front-id, file:/absolute/folder#front-id, or file:/absolute/path/registry.json',
    usedBy: ['authorizer'],
    sensitive: false,
    parse: parseReleasePlace,
    write: (place) =>
      place.kind === 'file'
        ? `file:${place.path}`
        : `${place.kind === 's3' ? `s3://${place.bucket}` : `file:${place.path}`}#${place.frontId}`,
  } satisfies Setting<ReleasePlace>,
  pointerKey: {
    name: 'SALLYPORT_POINTER_KEY',
    allowed: 'none (with a compiled registry), or SPKI in base64, two with a comma between them',
    usedBy: ['authorizer'],
    sensitive: false,
    default: 'none',
    parse: printableWord,
    write: (keys) => keys,
  } satisfies Setting<string>,
  blocksKey: {
    name: 'SALLYPORT_BLOCKS_KEY',
    allowed: 'none, or SPKI in base64, two with a comma between them',
    usedBy: ['authorizer'],
    sensitive: false,
    default: 'none',
    parse: printableWord,
    write: (keys) => keys,
  } satisfies Setting<string>,
  revocationsKey: {
    name: 'SALLYPORT_REVOCATIONS_KEY',
    allowed: 'none, or SPKI in base64, two with a comma between them',
    usedBy: ['authorizer'],
    sensitive: false,
    default: 'none',
    parse: printableWord,
    write: (keys) => keys,
  } satisfies Setting<string>,
  maximumAgeSeconds: {
    name: 'SALLYPORT_MAXIMUM_AGE_SECONDS',
    allowed: 'whole seconds, 15 to 86400',
    usedBy: ['authorizer'],
    sensitive: false,
    default: 900,
    parse: (text) => {
      const seconds = /^[1-9]\d{1,4}$/.test(text) ? Number(text) : 0;
      return seconds >= 15 && seconds <= 86_400 ? seconds : undefined;
    },
    write: String,
  } satisfies Setting<number>,
  bindingKeys: {
    name: 'SALLYPORT_BINDING_KEYS',
    allowed: `one or two keys, base64url, at least ${minimumKeyBytes} bytes each: current or current,previous; or secretsmanager:NAME-OR-ARN`,
    usedBy: ['authorizer', 'forwarder'],
    sensitive: true,
    parse: parseBindingKeys,
    write: (source) =>
      source.kind === 'secret'
        ? `${secretScheme}${source.id}`
        : source.keys.map((key) => Buffer.from(key).toString('base64url')).join(','),
  } satisfies Setting<BindingKeySource>,
  stage: {
    name: 'SALLYPORT_STAGE',
    allowed: '$default, or 1 to 128 of A-Z a-z 0-9 _ - but not test-invoke-stage',
    usedBy: ['authorizer', 'forwarder'],
    sensitive: false,
    parse: (text) =>
      text === '$default' || (/^[A-Za-z0-9_-]{1,128}$/.test(text) && text !== 'test-invoke-stage') ? text : undefined,
    write: (stage) => stage,
  } satisfies Setting<string>,
  domain: {
    name: 'SALLYPORT_DOMAIN',
    allowed: 'any, or the host name that requests must come through, in lower case',
    usedBy: ['authorizer'],
    sensitive: false,
    parse: (text) => (/^[a-z0-9.-]{1,253}$/.test(text) ? text : undefined),
    write: (domain) => domain,
  } satisfies Setting<string>,
  bindExtendedRequestId: {
    name: 'SALLYPORT_BIND_EXTENDED_REQUEST_ID',
    usedBy: ['authorizer'],
    sensitive: false,
    default: 'on',
    ...choice('on', 'off'),
  } satisfies Setting<'on' | 'off'>,
  keepRefusals: {
    name: 'SALLYPORT_KEEP_REFUSALS',
    usedBy: ['authorizer'],
    sensitive: false,
    default: 'on',
    ...choice('on', 'off'),
  } satisfies Setting<'on' | 'off'>,
  connections: {
    name: 'SALLYPORT_CONNECTIONS',
    allowed: 'a JSON array of connections, or file:/absolute/path/connections.json',
    usedBy: ['forwarder'],
    sensitive: false,
    parse: (text): DocumentSource | undefined =>
      fileOf(text) ?? (/^\s*\[/.test(text) ? { kind: 'text', text } : undefined),
    write: (source) => (source.kind === 'file' ? `file:${source.path}` : source.text),
  } satisfies Setting<DocumentSource>,
  secrets: {
    name: 'SALLYPORT_SECRETS',
    allowed: 'none, file:/absolute/path/secrets.json (mode 0600, outside the repository), or secretsmanager:PREFIX',
    usedBy: ['forwarder'],
    sensitive: false,
    default: { kind: 'none' },
    parse: (text): SecretSource | undefined => {
      if (text === 'none') return { kind: 'none' };
      const prefix = secretIdOf(text);
      return prefix === undefined ? fileOf(text) : { kind: 'secretsmanager', prefix };
    },
    write: (source) =>
      source.kind === 'none'
        ? 'none'
        : source.kind === 'file'
          ? `file:${source.path}`
          : `${secretScheme}${source.prefix}`,
  } satisfies Setting<SecretSource>,
  responseMode: {
    name: 'SALLYPORT_RESPONSE_MODE',
    usedBy: ['forwarder'],
    sensitive: false,
    default: 'buffered',
    ...choice('buffered', 'stream'),
  } satisfies Setting<ResponseMode>,
};

export type SettingName = keyof typeof settings;
export type SettingValue<K extends SettingName> = NonNullable<ReturnType<(typeof settings)[K]['parse']>>;
export type SettingValues<K extends SettingName> = { readonly [P in K]: SettingValue<P> };

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

/**
 * The environment that says `values`. Throws a plain Error for a value that would not be read back, unless
 * `isUnresolved` says that somebody fills a part of it in later, as CloudFormation does.
 */
export function writeSettings<K extends SettingName>(
  values: SettingValues<K>,
  isUnresolved: (text: string) => boolean = () => false,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [key, value] of Object.entries(values) as [K, unknown][]) {
    const setting: Setting<unknown> = settings[key] as Setting<never>;
    const text = setting.write(value);
    if (!isUnresolved(text) && setting.parse(text) === undefined)
      throw new Error(`${setting.name} cannot say that. Allowed: ${setting.allowed}.`);
    environment[setting.name] = text;
  }
  return environment;
}

function problemOf(setting: Setting<unknown>, text: string | undefined): Problem {
  const shared = { allowed: setting.allowed, remedy: `see ${setting.name} in docs/settings.md` };
  if (text === undefined) return { code: 'setting_missing', message: `${setting.name} is not set`, ...shared };
  const found = setting.sensitive ? `${text.length} characters (not shown)` : JSON.stringify(text.slice(0, 80));
  return { code: 'setting_invalid', message: `${setting.name} has a value that is not allowed`, found, ...shared };
}

function parseBindingKeys(text: string): BindingKeySource | undefined {
  const id = secretIdOf(text);
  if (id !== undefined) return { kind: 'secret', id };
  const keys = parseKeys(text);
  return keys === undefined ? undefined : { kind: 'keys', keys };
}

function parseKeys(text: string): readonly Uint8Array[] | undefined {
  const keys = text.split(',').map((part) => ({ part, key: new Uint8Array(Buffer.from(part, 'base64url')) }));
  const good = keys.every(
    // Re-encoded, because the decoder skips what it does not know: a mistyped key would only be a shorter key.
    ({ part, key }) => key.length >= minimumKeyBytes && Buffer.from(key).toString('base64url') === part,
  );
  return good && keys.length <= 2 ? keys.map(({ key }) => key) : undefined;
}

/** Names that AWS gives to its Lambda functions; not ours to choose, so they have no row in the table. */
export const runtimeVariables = {
  region: 'AWS_REGION',
  accessKeyId: 'AWS_ACCESS_KEY_ID',
  secretAccessKey: 'AWS_SECRET_ACCESS_KEY',
  sessionToken: 'AWS_SESSION_TOKEN',
  /** Another endpoint for every service, as the SDKs read it: emulators. */
  endpoint: 'AWS_ENDPOINT_URL',
} as const;
