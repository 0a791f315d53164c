import { createPublicKey } from 'node:crypto';
import { signatureAlgorithmOf } from '../../core/x509/write.ts';
import type { CaKey } from '../../partners/ca/certificates.ts';
import { cannotDecide, wrongUsage } from '../terminal/failure.ts';
import { printable } from '../terminal/output.ts';

/** Of a key, not of an alias: an alias can be made to name another key. */
const arnForm = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:key\/[A-Za-z0-9-]+$/;

/** The asymmetric signing key in KMS. Its Region is that of the ARN. */
export async function openKmsKey(arn: string, profile: string | undefined): Promise<CaKey> {
  const region = arnForm.exec(arn)?.[1];
  if (region === undefined) {
    return wrongUsage(
      `${printable(arn)} is not the ARN of a key in KMS`,
      'arn:aws:kms:REGION:ACCOUNT:key/ID of an asymmetric key with usage SIGN_VERIFY (an alias will not do)',
    );
  }
  // Loaded only now: the SDK takes longer to load than most commands to run.
  const { openKmsSigner } = await import('../../aws/kms-signer.ts');
  const signer = await openKmsSigner(arn, { region, profile }).catch((error: unknown) =>
    cannotDecide(
      `KMS does not give the public key of ${printable(arn)}: ${error instanceof Error ? printable(error.name) : 'no answer'}`,
      'check the ARN, the credentials (--profile), and that they may kms:GetPublicKey and kms:Sign',
      { cause: error },
    ),
  );
  const publicKey = createPublicKey({ key: Buffer.from(signer.spki), format: 'der', type: 'spki' });
  const { namedCurve, modulusLength } = publicKey.asymmetricKeyDetails ?? {};
  if (namedCurve !== 'prime256v1' && namedCurve !== 'secp384r1' && (modulusLength ?? 0) < 2048) {
    return cannotDecide(
      `${printable(arn)} is a ${namedCurve ?? publicKey.asymmetricKeyType} key, which API Gateway would not accept`,
      'aws kms create-key --key-spec ECC_NIST_P256 --key-usage SIGN_VERIFY',
    );
  }
  return { publicKey, signer: { algorithm: signatureAlgorithmOf(publicKey), sign: (message) => signer.sign(message) } };
}
