import { pointerKey } from '../../../src/core/release/layout.ts';
import { type Aws, ok } from './aws.ts';
import { readDomain } from './edge.ts';
import type { FrontFolder } from './front.ts';

/** What a deploy must leave alone: the domain's truststore, its parameters, the pointer and the floor. */
export interface LiveState {
  readonly domain: { readonly uri: string; readonly version: string };
  readonly parameters: Readonly<Record<string, string>>;
  readonly pointer: string;
}

const names = ['truststore-uri', 'truststore-version', 'floor'];

export async function readParameters(
  aws: Aws,
  front: FrontFolder,
  ...wanted: string[]
): Promise<Record<string, string>> {
  const { text } = await ok(
    aws.json('ssm', 'AmazonSSM.GetParameters', { Names: wanted.map((name) => `/sallyport/${front.id}/${name}`) }),
  );
  const { Parameters } = JSON.parse(text) as { Parameters: { Name: string; Value: string }[] };
  return Object.fromEntries(Parameters.map(({ Name, Value }) => [Name.split('/').at(-1) ?? '', Value]));
}

async function bucketOf(aws: Aws, front: FrontFolder): Promise<string> {
  const { deployed = '{}' } = await readParameters(aws, front, 'deployed');
  return (JSON.parse(deployed) as { bucket: string }).bucket;
}

export async function readLiveState(aws: Aws, front: FrontFolder): Promise<LiveState> {
  const [{ uri, version }, parameters, bucket] = await Promise.all([
    readDomain(aws, front.domain),
    readParameters(aws, front, ...names),
    bucketOf(aws, front),
  ]);
  const pointer = await ok(aws.s3('GET', `/${bucket}/${pointerKey}`));
  return { domain: { uri, version }, parameters, pointer: pointer.text };
}
