import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CloudFormationCustomResourceHandler } from 'aws-lambda';
import { emptyBucket } from '../../src/aws/empty-bucket.ts';
import { markFirstWorkDone, openKmsSigner } from '../../src/aws/kms-signer.ts';
import { openRuntimeReader } from '../../src/aws/read.ts';
import { openS3Store } from '../../src/aws/s3-store.ts';
import { missingSecrets } from '../../src/aws/secrets.ts';
import { deleteSsmParameters, openSsmParameters } from '../../src/aws/ssm-parameters.ts';
import type { RegistryDocument } from '../../src/core/registry/document.ts';
import { loadRegistry, truststoreOf } from '../../src/core/registry/load.ts';
import { secretPrefixOf } from '../../src/core/release/layout.ts';
import { pinnedKeyOf } from '../../src/core/release/signed.ts';
import { runtimeVariables } from '../../src/core/settings.ts';
import { createCustomResource } from './custom-resource.ts';

const client = {
  region: process.env[runtimeVariables.region] ?? '',
  endpoint: process.env[runtimeVariables.endpoint],
};

export const handler: CloudFormationCustomResourceHandler = createCustomResource({
  async open({ frontId, bucket, signingKey, releaseKey }) {
    const signer = await openKmsSigner(signingKey, client);
    return {
      store: openS3Store({ ...client, bucket, releaseKey }),
      parameters: openSsmParameters(frontId, client),
      signer,
      keys: [pinnedKeyOf(signer)],
      front: frontId,
      now: Date.now,
    };
  },
  publicKey: async (arn) => (await openKmsSigner(arn, client)).spki,
  missingSecrets: (front, names) => missingSecrets(secretPrefixOf(front), names, client),
  endSigning: (key) => markFirstWorkDone(key, client),
  stackStatus: (stackId) => openRuntimeReader(process.env).stackStatus(stackId),
  emptyBucket: (bucket) => emptyBucket(bucket, client),
  deleteParameters: (front, names) => deleteSsmParameters(front, names, client),
  // Deployed beside this file.
  async source() {
    const text = await readFile(join(import.meta.dirname, 'first-release.json'), 'utf8');
    const { document } = JSON.parse(text) as { readonly document: RegistryDocument };
    return { document, truststore: truststoreOf(loadRegistry(document)) };
  },
  async answer(url, body) {
    // The URL is signed without a content type, so none may be sent: bytes have none of their own.
    const response = await fetch(url, { method: 'PUT', body: new TextEncoder().encode(body) });
    if (!response.ok) throw new Error(`CloudFormation did not take the answer: status ${response.status}`);
  },
  log: (line) => void process.stdout.write(`${line}\n`),
});
