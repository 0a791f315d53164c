import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openS3Store } from '../../src/aws/s3-store.ts';
import { openSsmParameters } from '../../src/aws/ssm-parameters.ts';
import { type ParameterName, parameterPathOf } from '../../src/core/release/layout.ts';
import type { Parameters } from '../../src/core/release/parameters.ts';
import type { Store } from '../../src/core/release/store.ts';
import { openDirectoryParameters } from '../../src/folder/parameters.ts';
import { openDirectoryStore } from '../../src/folder/store.ts';
import { openFakeAws } from '../aws/fake-aws.ts';
import { front } from './fixture.ts';

/** A place where releases live, as a publisher finds it, and what only an attacker or a mishap does to it. */
export interface Twin {
  /** Another process of the same front. */
  open(): { readonly store: Store; readonly parameters: Parameters };
  deleteParameter(name: ParameterName): void;
  valueOf(name: ParameterName): string | undefined;
  /** Whoever may write to the store without a condition. */
  overwrite(key: string, body: Uint8Array): void;
  /** So many reads of parameters give what was there before the last write. */
  goStale(reads: number): void;
  close(): Promise<void>;
}

const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'not-a-secret' };

async function openAws(): Promise<Twin> {
  const aws = await openFakeAws();
  const settings = { region: 'eu-west-1', endpoint: aws.endpoint, credentials };
  return {
    open: () => ({
      store: openS3Store({ ...settings, bucket: 'front-bucket' }),
      parameters: openSsmParameters(front, settings),
    }),
    deleteParameter: (name) => void aws.parameters.delete(parameterPathOf(front, name)),
    valueOf: (name) => aws.parameters.get(parameterPathOf(front, name)),
    overwrite: (key, body) =>
      void aws.objects.set(key, [
        ...(aws.objects.get(key) ?? []),
        { body: Buffer.from(body), version: `by-hand-${aws.requests.length}`, headers: {} },
      ]),
    goStale: (reads) => {
      aws.stale.reads = reads;
    },
    close: aws.close,
  };
}

async function openFolder(): Promise<Twin> {
  const folder = mkdtempSync(join(tmpdir(), 'twin-'));
  const path = join(folder, 'parameters.json');
  const values = () =>
    existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Partial<Record<ParameterName, string>>) : {};
  return {
    open: () => ({ store: openDirectoryStore(folder), parameters: openDirectoryParameters(folder) }),
    deleteParameter: (name) => writeFileSync(path, JSON.stringify({ ...values(), [name]: undefined })),
    valueOf: (name) => values()[name],
    overwrite: (key, body) => writeFileSync(join(folder, key), body),
    goStale: () => {},
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

export const twins: readonly (readonly [string, () => Promise<Twin>])[] = [
  ['S3 and SSM', openAws],
  ['a folder', openFolder],
];
