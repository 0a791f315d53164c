interface Foreign {
  readonly what: string;
  readonly remedy: string;
}

const starts: readonly (readonly [octets: string, foreign: Foreign])[] = [
  ['255044462d', { what: 'a PDF', remedy: 'ask for the certificate as a file: a picture of it is of no use' }],
  ['89504e47', { what: 'a picture (PNG)', remedy: 'ask for the certificate as a file: a picture of it is of no use' }],
  ['ffd8ff', { what: 'a picture (JPEG)', remedy: 'ask for the certificate as a file: a picture of it is of no use' }],
  ['d0cf11e0', { what: 'an Office document or an Outlook mail', remedy: 'save the attachment in it and give that' }],
  [
    Buffer.from('SQLite format 3').toString('hex'),
    {
      what: 'a database (SQLite), as NSS and Firefox keep certificates in (cert9.db)',
      remedy: 'the sender writes the certificate out: certutil -L -d sql:FOLDER -n NAME -a > NAME.pem',
    },
  ],
  [
    '789f3e22',
    {
      what: 'a winmail.dat, in which Outlook wraps attachments',
      remedy: 'ask for the mail as plain text or HTML instead of rich text, or for the file in a ZIP archive',
    },
  ],
  [
    Buffer.from('PuTTY-User-Key-File').toString('hex'),
    {
      what: 'a PuTTY key: for SSH, not for TLS',
      remedy: 'a client needs a certificate; this is a private key, keep it to yourself',
    },
  ],
  [
    Buffer.from('ssh-').toString('hex'),
    { what: 'an SSH public key: not for TLS', remedy: 'a client needs an X.509 certificate: have its CA issue one' },
  ],
  [
    Buffer.from('ecdsa-sha2-').toString('hex'),
    { what: 'an SSH public key: not for TLS', remedy: 'a client needs an X.509 certificate: have its CA issue one' },
  ],
  [
    Buffer.from('-----BEGIN PGP ').toString('hex'),
    {
      what: 'something of PGP (a key, a signature or a message): not for TLS',
      remedy: 'a client needs an X.509 certificate: have its CA issue one',
    },
  ],
];

/** Files that people send instead of certificates, by how they begin. */
export function foreignFormat(bytes: Uint8Array): Foreign | undefined {
  const head = Buffer.from(bytes.subarray(0, 32)).toString('hex');
  return starts.find(([octets]) => head.startsWith(octets))?.[1];
}
