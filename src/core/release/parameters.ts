import { type ParameterName, parameterNames } from './layout.ts';

/** Small values that CloudFormation and cold functions read: SSM on AWS, a file locally. There are no conditional writes. */
export interface Parameters {
  /** Those that exist. */
  get(names: readonly ParameterName[]): Promise<ReadonlyMap<ParameterName, string>>;
  put(name: ParameterName, value: string): Promise<void>;
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

/** Raises a floor; never lowers it. */
export async function raiseFloor(parameters: Parameters, name: ParameterName, sequence: number): Promise<void> {
  const known = floorIn(await parameters.get([name]), name);
  if (known < sequence) await parameters.put(name, String(sequence));
}

/** The floor as a number; 0 when there is none yet. A value that is no number is misuse of the parameter, and closes. */
export function floorIn(values: ReadonlyMap<ParameterName, string>, name: ParameterName): number {
  const text = values.get(name);
  if (text === undefined) return 0;
  if (/^(?:0|[1-9]\d{0,14})$/.test(text)) return Number(text);
  throw new Error(`the parameter ${name} holds ${JSON.stringify(text.slice(0, 40))}, which is not a sequence`);
}
