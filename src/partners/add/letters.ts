import type { Gap } from './gap.ts';

/**
 * What to ask a partner for. `text` stands by itself; `withNewKey` says the same to somebody who is told, in the same letter,
 * to make a new key and have a new certificate issued, so that the two do not contradict.
 */
export interface Asking {
  readonly code: string;
  readonly text: string;
  readonly withNewKey: string;
}

const withoutKey = 'as PEM or DER, without any private key';
const upToTheRoot = 'and the certificates of the CAs above it up to the self-signed root';
const renewed = `Please have a new certificate issued and send it, ${withoutKey}, ${upToTheRoot}.`;

/** The texts to send back: one place, so that they sound like one person. */
export const letters = {
  certificate_missing: (sent?: string) => ({
    text: `${sent === undefined ? '' : `You sent ${sent}. `}Please send the certificate that your client will connect with, ${withoutKey}, ${upToTheRoot}.`,
    withNewKey: '',
  }),
  ssh_key: () => ({
    text: `You sent a private key of SSH. Whoever has read the message can log in with it: please have it replaced where it is let in. It is not for TLS: please send the certificate that your client will connect with, ${withoutKey}, ${upToTheRoot}.`,
    withNewKey: '',
  }),
  only_cas: (names: readonly string[]) => ({
    text: `You sent CA certificates only (${names.join('; ')}). Please send the certificate that your client will connect with, too, ${withoutKey}.`,
    withNewKey: '',
  }),
  ca_as_client: (name: string) => ({
    text: `You sent one certificate, ${name}, and it is a self-signed CA certificate. If your client connects with it (\`openssl req -x509\` makes such ones), it cannot be used: whoever has its key could issue certificates for anybody. Please make one that is no CA (openssl req -x509 -addext basicConstraints=critical,CA:FALSE …), or send us a certificate request (openssl req -new …). If it is the CA that issues your certificates, please send the one that your client will connect with as well. In each case without any private key.`,
    withNewKey: `${name} is a self-signed CA certificate, which no client can connect with: let the new one be no CA (openssl req -x509 -addext basicConstraints=critical,CA:FALSE …).`,
  }),
  malformed: (where: string, why: string) => ({
    text: `The certificate that you sent (${where}) breaks the rules of encoding: ${why}. Please have your CA issue it again, encoded as RFC 5280 says, and send it, ${withoutKey}, ${upToTheRoot}.`,
    withNewKey: `The certificate that you sent (${where}) breaks the rules of encoding: ${why}. The new one has to be encoded as RFC 5280 says.`,
  }),
  damaged: (where: string) => ({
    text: `The certificate that you sent was damaged on the way (${where}). Please send it again as an attachment or in a ZIP archive, ${withoutKey}, ${upToTheRoot}.`,
    withNewKey: 'Send it as an attachment or in a ZIP archive: what you sent was damaged on the way.',
  }),
  issuer_missing: (issuer: string, child: string, damaged?: string) => ({
    text: `Please send the certificate of ${issuer}, which issued ${child}, ${withoutKey}. The chain up to the self-signed root has to be complete.${damaged === undefined ? '' : ` Something that you sent was damaged on the way (${damaged}): send it as an attachment or in a ZIP archive.`}`,
    withNewKey: `Send the certificate of ${issuer} with it, which issued ${child}: the chain up to the self-signed root has to be complete.`,
  }),
  issuer_signature: (issuer: string, child: string) => ({
    text: `You sent a certificate of ${issuer}, but its key did not sign ${child}. Please send the one whose key did (it may have been renewed), ${withoutKey}.`,
    withNewKey: `You sent a certificate of ${issuer}, but its key did not sign ${child}: send the one whose key did.`,
  }),
  ca_expired: (name: string, day: string) => ({
    text: `${name}, a CA above your certificate, expired on ${day}. Please send its current certificate, ${withoutKey}.`,
    withNewKey: `${name}, a CA above your certificate, expired on ${day}: send its current certificate with it.`,
  }),
  several_clients: (names: readonly string[]) => ({
    text: `You sent ${names.length} certificates that are no CAs: ${names.join('; ')}. Which of them will your client connect with?`,
    withNewKey: `You sent ${names.length} certificates that are no CAs (${names.join('; ')}): say which of them the new one replaces.`,
  }),
  not_for_clients: (name: string) => ({
    text: `${name} is not a certificate for client authentication: its extended key usage lacks clientAuth. Please have one issued that has it (most public CAs have stopped: use a private CA, or send us a certificate request) and send it, ${withoutKey}, ${upToTheRoot}.`,
    withNewKey: `The new certificate has to be for client authentication (extended key usage clientAuth), which ${name} is not; most public CAs have stopped issuing these.`,
  }),
  weak: (name: string, detail: string) => ({
    text: `${name} cannot be accepted: ${detail}. Please have a new certificate issued with RSA 2048 or more, P-256 or P-384, signed with SHA-256 or stronger, and send it, ${withoutKey}.`,
    withNewKey: `Take RSA 2048 or more, P-256 or P-384, signed with SHA-256 or stronger: ${name} cannot be accepted (${detail}).`,
  }),
  unfit: (name: string, detail: string) => ({
    text: `${name} cannot be accepted: ${detail}. ${renewed}`,
    withNewKey: `What must be different in the new one: ${detail}.`,
  }),
  expired: (name: string, day: string) => ({
    text: `${name} expired on ${day}. Please send the current certificate, ${withoutKey}.`,
    withNewKey: '',
  }),
  chain_too_long: (count: number, maximum: number) => ({
    text: `There are ${count} CAs from your certificate up to the root, and our gateway takes at most ${maximum}. Please have a certificate issued by a CA nearer to the root, and send it, ${withoutKey}, ${upToTheRoot}.`,
    withNewKey: `Have the new one issued by a CA nearer to the root: there are ${count} CAs above yours, and our gateway takes at most ${maximum}.`,
  }),
  request_unproven: () => ({
    text: 'The certificate request is not signed with the key that it is for. Please make it again.',
    withNewKey: 'The certificate request was not signed with the key that it is for.',
  }),
  request_weak: (detail: string) => ({
    text: `The key of the certificate request cannot be accepted: ${detail}. Please make a new request with RSA 2048 or more, P-256 or P-384.`,
    withNewKey: `The new key has to be RSA 2048 or more, P-256 or P-384: ${detail}.`,
  }),
} as const;

export function ask<Code extends keyof typeof letters>(
  code: Code,
  ...about: Parameters<(typeof letters)[Code]>
): Asking {
  const write = letters[code] as (...about: readonly unknown[]) => Omit<Asking, 'code'>;
  return { code, ...write(...about) };
}

/** The letter about private keys, by how they came. */
export function keyLetter(protection: 'open' | 'password', askings: readonly Asking[]): string {
  const sent =
    protection === 'open'
      ? 'You sent a private key. Whoever has read the message has it'
      : 'You sent a private key, protected by a password only. Whoever has read the message and the password has it';
  const more = askings.map(({ withNewKey }) => withNewKey).filter((text) => text !== '');
  return [
    `${sent}: please make a new key, have a new certificate issued for it, have the old certificate revoked, and send the new certificate only, never a key${askings.length === 0 ? '' : `, ${upToTheRoot}`}.`,
    ...more,
  ].join(' ');
}

/** One letter: with a leaked key everything else is asked for of the new certificate. */
export function gapsFor(askings: readonly Asking[], leaked: 'open' | 'password' | undefined): readonly Gap[] {
  if (askings.length === 0) return [];
  if (leaked === undefined) return askings.map(({ code, text }) => ({ code, who: 'partner', text }));
  const [first] = askings;
  return [{ code: first?.code ?? 'key_sent', who: 'partner', text: keyLetter(leaked, askings) }];
}
