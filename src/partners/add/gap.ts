/** Something that a proposal lacks, and who can give it. */
export interface Gap {
  /** Stable, snake_case. */
  readonly code: string;
  readonly who: 'partner' | 'operator';
  /** For a partner: the text to send. For the operator: what to type. */
  readonly text: string;
}

/** A thing that works now and will not for long, or that somebody has to know. */
export interface Warning {
  readonly code: string;
  readonly text: string;
}

const withoutKey = 'as PEM or DER, without any private key';

/** The texts to send back: one place, so that they sound like one person. */
export const letters = {
  certificate_missing: () =>
    `Please send the certificate that your client will connect with, ${withoutKey}, and the certificates of the CAs above it up to the root.`,
  only_cas: (names: readonly string[]) =>
    `You sent CA certificates only (${names.join('; ')}). Please send the certificate that your client will connect with, too, ${withoutKey}.`,
  issuer_missing: (issuer: string, child: string) =>
    `Please send the certificate of ${issuer}, which issued ${child}, ${withoutKey}. The chain up to the self-signed root has to be complete.`,
  issuer_signature: (issuer: string, child: string) =>
    `You sent a certificate of ${issuer}, but its key did not sign ${child}. Please send the one whose key did (it may have been renewed), ${withoutKey}.`,
  several_clients: (names: readonly string[]) =>
    `You sent ${names.length} certificates that are no CAs: ${names.join('; ')}. Which of them will your client connect with?`,
  key_sent: () =>
    'You sent a private key. Whoever has read the message has it: please make a new key, have a new certificate issued for it, and have the old certificate revoked. Never send a key again: we need the certificate only.',
  not_for_clients: (name: string) =>
    `${name} is not a certificate for client authentication: its extended key usage lacks clientAuth. Please ask your CA for one that has it.`,
  weak: (name: string, detail: string) =>
    `${name} cannot be accepted: ${detail}. Please have a new certificate issued with RSA 2048 or more, P-256 or P-384, signed with SHA-256 or stronger.`,
  expired: (name: string, day: string) => `${name} expired on ${day}. Please send the current certificate.`,
  request_unproven: () => 'The certificate request is not signed with the key that it is for. Please make it again.',
} as const;
