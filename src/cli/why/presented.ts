import { readPemBlocks } from '../../core/x509/pem.ts';
import { cannotDecide, wrongUsage } from '../terminal/failure.ts';
import { readBytesFile } from '../terminal/files.ts';
import { printable } from '../terminal/output.ts';
import { type PasswordOptions, passwordOf } from '../terminal/password.ts';

/** What a caller with this file would present: DER of the leaf, then of the rest. */
export async function readPresented(file: string, options: PasswordOptions): Promise<readonly Uint8Array[]> {
  const bytes = readBytesFile(file, 'the certificate');
  if (isPkcs12(bytes)) return readPkcs12(file, bytes, await passwordOf(options));
  if (bytes[0] === 0x30) return [bytes]; // a DER SEQUENCE; PEM begins with text
  const blocks = readPemBlocks(bytes.toString('latin1')).filter(({ label }) => label === 'CERTIFICATE');
  if (blocks.length > 0) return blocks.map(({ der }) => der);
  return wrongUsage(
    `${printable(file)} holds no certificate`,
    'give a PEM file (-----BEGIN CERTIFICATE-----), DER or PKCS#12',
  );
}

/** A SEQUENCE that begins with the version, INTEGER 3; a certificate begins with another SEQUENCE. */
function isPkcs12(bytes: Uint8Array): boolean {
  const length = bytes[1] ?? 0;
  const content = length < 0x80 || length === 0x80 ? 2 : 2 + (length & 0x7f);
  return bytes[0] === 0x30 && bytes[content] === 0x02 && bytes[content + 1] === 1 && bytes[content + 2] === 3;
}

async function readPkcs12(
  file: string,
  bytes: Uint8Array,
  password: string | undefined,
): Promise<readonly Uint8Array[]> {
  // Loaded here: it brings node-forge, which PEM and DER do not need.
  const { openPkcs12 } = await import('../../partners/pkcs12.ts');
  const { keys, certificates } = openPkcs12(bytes, { password });
  const [key, ...others] = keys;
  const own = key?.certificate;
  if (own === undefined || others.length > 0) {
    return cannotDecide(
      `${printable(file)} does not hold exactly one key with its certificate`,
      'give the certificate by itself, as PEM',
    );
  }
  return [own.der, ...certificates.filter((one) => one !== own).map(({ der }) => der)];
}
