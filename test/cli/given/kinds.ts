import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { integer, objectIdentifier, sequence, setOf, text, tlv } from '../../../src/core/x509/write-der.ts';
import { zipOf } from '../../../src/partners/kit/zip.ts';
import { encodePkcs12 } from '../../../src/partners/pkcs12.ts';
import { pkcs8From } from '../../partners/pkcs8.ts';
import { ca, type Issued } from '../../pki.ts';

/** The days around the tests' run: commands have the clock of this machine. */
const day = 86_400_000;
const now = Math.floor(Date.now() / 1000) * 1000;
const years = { notBefore: now - day, notAfter: now + 1000 * day };

export const root = ca({ subject: { O: 'Umbra', CN: 'Umbra Root' }, ...years });
export const issuing = root.ca({ subject: { O: 'Umbra', CN: 'Umbra Issuing' }, ...years });
export const leaf = issuing.issue({
  subject: { O: 'Umbra', CN: 'erp-sync' },
  names: [{ dns: 'erp-sync.umbra.example' }],
  ...years,
});
const chain = leaf.pem + issuing.pem + root.pem;
const password = 'Zomer2026!';

export interface Kind {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** How many of leaf, issuing CA and root it holds, in that order. Default all three. */
  readonly holds?: 1 | 3;
  readonly password?: string;
}

const bytes = (content: string | Uint8Array): Uint8Array =>
  typeof content === 'string' ? Buffer.from(content) : content;
const lines = (content: string | Uint8Array, width = 76) =>
  Buffer.from(bytes(content))
    .toString('base64')
    .replace(new RegExp(`.{${width}}`, 'g'), '$&\r\n');
const base64 = (content: string | Uint8Array) => Buffer.from(bytes(content)).toString('base64');
const one = (pem: string) => pem.trimEnd().replaceAll('\n', ' ');

/** A bag of certificates (RFC 5652 §5.1), as `openssl crl2pkcs7 -nocrl` writes it. */
function pkcs7Of(...issued: readonly Issued[]): Uint8Array {
  const data = objectIdentifier('1.2.840.113549.1.7.1');
  const certificates = tlv(0xa0, Buffer.concat(issued.map(({ der }) => der)));
  const signed = sequence(integer(1), setOf(), sequence(data), certificates, setOf());
  return sequence(objectIdentifier('1.2.840.113549.1.7.2'), tlv(0xa0, signed));
}

function tarOf(name: string, content: Uint8Array): Uint8Array {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\0' + '00', 257);
  const sum = header.reduce((total, octet) => total + octet, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)]);
}

const zip = (files: Readonly<Record<string, string | Uint8Array>>) =>
  zipOf(new Map(Object.entries(files).map(([name, content]) => [name, bytes(content)])));

const mail = (name: string, content: string | Uint8Array, body = 'please find our certificate attached.') =>
  `From: it@umbra.example\r\nSubject: certificate\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n` +
  `Content-Type: text/plain\r\n\r\nHi,\r\n${body}\r\n\r\n--b\r\nContent-Type: application/octet-stream; name="${name}"\r\n` +
  `Content-Transfer-Encoding: base64\r\n\r\n${lines(content)}\r\n--b--\r\n`;

const p12 = (form: 'modern' | 'legacy') =>
  encodePkcs12({ ...pkcs8From(leaf.keyPem, chain), password, friendlyName: 'Ομπρα' }, form);

/** OpenSSL's CertAux behind the certificate, as -trustout writes it. */
const trusted = (issued: Issued) => {
  const aux = sequence(sequence(objectIdentifier('1.3.6.1.5.5.7.3.2')), text(0x0c, 'an alias'));
  return `-----BEGIN TRUSTED CERTIFICATE-----\n${lines(Buffer.concat([issued.der, aux]), 64)
    .replaceAll('\r', '')
    .trimEnd()}\n-----END TRUSTED CERTIFICATE-----\n`;
};

const words = (pem: string) =>
  `<w:document>${pem
    .trimEnd()
    .split('\n')
    .map((line) => `<w:p><w:r><w:t>${line}</w:t></w:r></w:p>`)
    .join('')}</w:document>`;

/** The same chain in every wrapping that partners have sent it in. */
export const kinds: readonly Kind[] = [
  { name: 'chain.pem', bytes: bytes(chain) },
  { name: 'leaf.pem', bytes: bytes(leaf.pem), holds: 1 },
  { name: 'leaf.cer', bytes: leaf.der, holds: 1 },
  { name: 'wrong-order.pem', bytes: bytes(root.pem + leaf.pem + issuing.pem) },
  { name: 'chain.p7b', bytes: pkcs7Of(leaf, issuing, root) },
  { name: 'root-first.p7b', bytes: pkcs7Of(root, issuing, leaf) },
  {
    name: 'chain-pem.p7b',
    bytes: bytes(`-----BEGIN PKCS7-----\n${lines(pkcs7Of(leaf, issuing, root), 64)}\n-----END PKCS7-----\n`),
  },
  { name: 'modern.p12', bytes: p12('modern'), password },
  { name: 'legacy.p12', bytes: p12('legacy'), password },
  { name: 'attachment.eml', bytes: bytes(mail('chain.p7b', pkcs7Of(leaf, issuing, root))) },
  {
    name: 'p12-attached.eml',
    bytes: bytes(mail('client.pfx', p12('modern'), `the password is ${password}`)),
    password,
  },
  {
    name: 'zip-attached.eml',
    bytes: bytes(mail('c.zip', zip({ 'a/leaf.cer': leaf.der, 'ca.pem': issuing.pem + root.pem }))),
  },
  { name: 'forwarded.txt', bytes: bytes(`See below.\n\n> From: it\n>\n${chain.replace(/^/gm, '> > ')}`) },
  {
    name: 'mail.html',
    bytes: bytes(`<html><body><div>${chain.trimEnd().replaceAll('\n', '<br>\n')}</div></body></html>`),
  },
  { name: 'word-dashes.txt', bytes: bytes(chain.replaceAll('-----', '—–')) },
  { name: 'no-last-end.pem', bytes: bytes(chain.slice(0, chain.lastIndexOf('-----END'))) },
  {
    name: 'no-last-end-then-text.txt',
    bytes: bytes(`${chain.slice(0, chain.lastIndexOf('-----END'))}\n\nKind regards,\nJo`),
  },
  { name: 'crlf.pem', bytes: bytes(chain.replaceAll('\n', '\r\n')) },
  { name: 'cr.pem', bytes: bytes(chain.replaceAll('\n', '\r')) },
  { name: 'bom.pem', bytes: bytes(`\ufeff${chain}`) },
  { name: 'utf16.pem', bytes: Buffer.from(`\ufeff${chain}`, 'utf16le') },
  { name: 'nul-between.pem', bytes: bytes(chain.replaceAll('-----\n-----BEGIN', '-----\n\0\x01\0-----BEGIN')) },
  { name: 'one-line.pem', bytes: bytes(one(chain)) },
  { name: 'one-line-no-space.pem', bytes: bytes(leaf.pem.replaceAll('\n', '')), holds: 1 },
  { name: 'in.json', bytes: bytes(JSON.stringify({ certificate: chain })) },
  { name: 'in.yaml', bytes: bytes(`cert: |\n${chain.replace(/^/gm, '  ')}`) },
  { name: 'secret.yaml', bytes: bytes(`data:\n  tls.crt: ${base64(chain)}\n  tls.key: ${base64(leaf.keyPem)}\n`) },
  { name: 'dot.env', bytes: bytes(`CLIENT_CERT="${chain.replaceAll('\n', '\\n')}"\n`) },
  { name: 'base64-of-pem.txt', bytes: bytes(base64(chain)) },
  { name: 'base64-der.txt', bytes: bytes(lines(leaf.der)), holds: 1 },
  {
    name: 'jwks.json',
    bytes: bytes(JSON.stringify({ keys: [{ x5c: [leaf, issuing, root].map(({ der }) => base64(der)) }] })),
  },
  {
    name: 'zip-in-zip.zip',
    bytes: zip({ 'inner.zip': zip({ 'leaf.pem': leaf.pem }), 'ca.pem': issuing.pem + root.pem }),
  },
  { name: 'renamed.docx', bytes: zip({ '[Content_Types].xml': '<Types/>', 'word/document.xml': words(chain) }) },
  { name: 'chain.pem.gz', bytes: gzipSync(chain) },
  { name: 'chain.tar', bytes: tarOf('certs/chain.pem', bytes(chain)) },
  { name: 'chain.tgz', bytes: gzipSync(tarOf('chain.pem', bytes(chain))) },
  { name: 'duplicates.pem', bytes: bytes(leaf.pem + chain + issuing.pem) },
  { name: 'trusted.pem', bytes: bytes(trusted(leaf) + trusted(issuing) + root.pem) },
  { name: 'leaf-and-key.pem', bytes: bytes(leaf.keyPem + chain) },
  // what proxies write into headers and logs
  {
    name: 'rfc9440.txt',
    bytes: bytes(
      `Client-Cert: :${base64(leaf.der)}:\nClient-Cert-Chain: :${base64(issuing.der)}:, :${base64(root.der)}:\n`,
    ),
  },
  {
    name: 'xfcc.txt',
    bytes: bytes(
      `By=spiffe://x;Hash=00;Cert="${encodeURIComponent(leaf.pem)}";Chain="${encodeURIComponent(chain)}";Subject="CN=x"`,
    ),
  },
  { name: 'nginx-escaped.txt', bytes: bytes(encodeURIComponent(leaf.pem)), holds: 1 },
  { name: 'nginx-tabs.txt', bytes: bytes(leaf.pem.trimEnd().replaceAll('\n', '\n\t')), holds: 1 },
  { name: 'nginx-log.txt', bytes: bytes(leaf.pem.replaceAll('\n', '\\x0A')), holds: 1 },
  {
    name: 'alb.txt',
    bytes: bytes(
      `X-Amzn-Mtls-Clientcert: ${encodeURIComponent(leaf.pem).replace(/%2B/g, '+').replace(/%2F/g, '/').replace(/%3D/g, '=')}`,
    ),
    holds: 1,
  },
  {
    name: 'traefik.txt',
    bytes: bytes([leaf, issuing, root].map(({ der }) => encodeURIComponent(base64(der))).join(',')),
  },
  { name: 'haproxy.txt', bytes: bytes(`X-SSL-Client-DER: ${base64(leaf.der)}`), holds: 1 },
  ...byKeytool(),
];

/** Java's own key stores; nothing where keytool is not on this machine, which is said. */
function byKeytool(): readonly Kind[] {
  if (spawnSync('keytool', ['-help']).error !== undefined) {
    console.log('keytool is not on this machine: its key stores are not read here');
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-kinds-'));
  try {
    writeFileSync(join(folder, 'c.p12'), p12('modern'));
    return ['JKS', 'JCEKS', 'PKCS12'].map((type) => {
      const from = ['-srckeystore', 'c.p12', '-srcstoretype', 'PKCS12', '-srcstorepass', password];
      const to = ['-destkeystore', type, '-deststoretype', type, '-deststorepass', password, '-noprompt'];
      const made = spawnSync('keytool', ['-importkeystore', ...from, ...to], { cwd: folder });
      if (made.status !== 0) throw new Error(String(made.stdout));
      return { name: `keytool.${type}`, bytes: readFileSync(join(folder, type)), password };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
