import { refuse } from '../problem.ts';
import { type ParameterName, parameterNames } from './layout.ts';

/**
 * Small values that CloudFormation and cold functions read: SSM on AWS, a file locally. The only conditional write is
 * `create`; whoever puts must read again.
 */
export interface Parameters {
  /** Those that exist: never an older value than this instance has read or written. */
  get(names: readonly ParameterName[]): Promise<ReadonlyMap<ParameterName, string>>;
  put(name: ParameterName, value: string): Promise<void>;
  /** Writes it if there is none; false when there is one, which stays. */
  create(name: ParameterName, value: string): Promise<boolean>;
}

export interface TruststoreLocation {
  readonly uri: string;
  readonly version: string;
}

/**
 * Both parameters of the truststore, together. A crash between the two leaves a version that the object of the URI does
 * not have: a deploy then fails rather than bring an older truststore back, and the next publication mends it.
 */
export async function writeTruststoreParameters(parameters: Parameters, truststore: TruststoreLocation): Promise<void> {
  const { truststoreUri, truststoreVersion } = parameterNames;
  const known = await parameters.get([truststoreUri, truststoreVersion]);
  if (known.get(truststoreUri) !== truststore.uri) await parameters.put(truststoreUri, truststore.uri);
  if (known.get(truststoreVersion) !== truststore.version) await parameters.put(truststoreVersion, truststore.version);
}

/** The floor as a number; undefined when there is none. A value that is no number is misuse of the parameter, and closes. */
export function floorIn(values: ReadonlyMap<ParameterName, string>, name: ParameterName): number | undefined {
  const text = values.get(name);
  if (text === undefined) return undefined;
  if (/^(?:0|[1-9]\d{0,14})$/.test(text)) return Number(text);
  throw new Error(`the parameter ${name} holds ${JSON.stringify(text.slice(0, 40))}, which is not a sequence`);
}

/**
 * The floor of a front on which something was published. The first publication makes all of them, so one that is not
 * there was deleted, and without it any older document would pass for the newest.
 *
 * @throws ProblemError `floor_missing`
 */
export function requiredFloorIn(values: ReadonlyMap<ParameterName, string>, name: ParameterName): number {
  return (
    floorIn(values, name) ??
    refuse({
      code: 'floor_missing',
      message: `the parameter ${name} is not there: nothing says which document is too old to count`,
      found: 'none',
      allowed: 'the highest sequence that was ever published',
      remedy: 'sallyport status --restore-floors',
    })
  );
}
