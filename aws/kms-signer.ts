import { createHash } from 'node:crypto';
import { GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import type { Signer } from '../core/release/signed.ts';
import type { ClientSettings } from './clients.ts';

/** The signer that is an ECDSA P-256 key in KMS. */
export async function openKmsSigner(keyArn: string, settings: ClientSettings): Promise<Signer> {
  const client = new KMSClient(settings);
  const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId: keyArn }));
  if (PublicKey === undefined) throw new Error('KMS gives no public key of the key that signs releases');
  return {
    spki: PublicKey,
    async sign(message) {
      const { Signature } = await client.send(
        new SignCommand({
          KeyId: keyArn,
          // The digest, because KMS takes messages of 4,096 bytes at most and an overlay may be longer.
          Message: createHash('sha256').update(message).digest(),
          MessageType: 'DIGEST',
          SigningAlgorithm: 'ECDSA_SHA_256',
        }),
      );
      if (Signature === undefined) throw new Error('KMS gives no signature');
      return Signature;
    },
  };
}
