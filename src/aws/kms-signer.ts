import { createHash, createPublicKey } from 'node:crypto';
import {
  GetPublicKeyCommand,
  KMSClient,
  SignCommand,
  type SigningAlgorithmSpec,
  TagResourceCommand,
} from '@aws-sdk/client-kms';
import { firstWorkDone } from '../core/release/layout.ts';
import type { Signer } from '../core/release/signed.ts';
import type { ClientSettings } from './clients.ts';

/**
 * Says on a key that its first work is done: the role that did it may not sign with a key that says so (`lib/trust/access.ts`).
 * KMS heeds it within five minutes.
 */
export async function markFirstWorkDone(keyArn: string, settings: ClientSettings): Promise<void> {
  const { key: TagKey, value: TagValue } = firstWorkDone;
  await new KMSClient(settings).send(new TagResourceCommand({ KeyId: keyArn, Tags: [{ TagKey, TagValue }] }));
}

/** The signer that is an asymmetric key in KMS: ECDSA with P-256 or P-384, RSA with PKCS#1 v1.5. */
export async function openKmsSigner(keyArn: string, settings: ClientSettings): Promise<Signer> {
  const client = new KMSClient(settings);
  const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId: keyArn }));
  if (PublicKey === undefined) throw new Error(`KMS gives no public key of ${keyArn}`);
  const [SigningAlgorithm, hash] = signingAlgorithmOf(PublicKey);
  return {
    spki: PublicKey,
    async sign(message) {
      const { Signature } = await client.send(
        new SignCommand({
          KeyId: keyArn,
          // The digest, because KMS takes messages of 4,096 bytes at most and an overlay or a list may be longer.
          Message: createHash(hash).update(message).digest(),
          MessageType: 'DIGEST',
          SigningAlgorithm,
        }),
      );
      if (Signature === undefined) throw new Error('KMS gives no signature');
      return Signature;
    },
  };
}

function signingAlgorithmOf(spki: Uint8Array): readonly [SigningAlgorithmSpec, 'sha256' | 'sha384'] {
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  if (key.asymmetricKeyType === 'rsa') return ['RSASSA_PKCS1_V1_5_SHA_256', 'sha256'];
  return key.asymmetricKeyDetails?.namedCurve === 'secp384r1'
    ? ['ECDSA_SHA_384', 'sha384']
    : ['ECDSA_SHA_256', 'sha256'];
}
