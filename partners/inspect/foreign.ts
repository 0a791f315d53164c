interface Foreign {
  readonly what: string;
  readonly remedy: string;
}

const starts: readonly (readonly [octets: string, foreign: Foreign])[] = [
  [
    'feedfeed',
    {
      what: 'a Java key store (JKS)',
      remedy: 'keytool -importkeystore -srckeystore FILE -destkeystore NEW.p12 -deststoretype PKCS12, and give NEW.p12',
    },
  ],
  [
    'cececece',
    {
      what: 'a Java key store (JCEKS)',
      remedy:
        'keytool -importkeystore -srckeystore FILE -srcstoretype JCEKS -destkeystore NEW.p12 -deststoretype PKCS12, and give NEW.p12',
    },
  ],
  ['504b0304', { what: 'a ZIP archive (or an Office document)', remedy: 'unpack it and give the files in it' }],
  ['1f8b', { what: 'a gzip archive', remedy: 'unpack it and give the files in it' }],
  ['255044462d', { what: 'a PDF', remedy: 'ask for the certificate as a file: a picture of it is of no use' }],
  ['89504e47', { what: 'a picture (PNG)', remedy: 'ask for the certificate as a file: a picture of it is of no use' }],
  ['ffd8ff', { what: 'a picture (JPEG)', remedy: 'ask for the certificate as a file: a picture of it is of no use' }],
  ['d0cf11e0', { what: 'an Office document or an Outlook mail', remedy: 'save the attachment in it and give that' }],
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
];

/** Files that people send instead of certificates, by how they begin. */
export function foreignFormat(bytes: Uint8Array): Foreign | undefined {
  const head = Buffer.from(bytes.subarray(0, 32)).toString('hex');
  return starts.find(([octets]) => head.startsWith(octets))?.[1];
}
