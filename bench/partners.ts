import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { REGISTRY_FORMAT, type RegistryDocument } from '../src/core/registry/document.ts';
import { type Certificate, parseCertificate } from '../src/core/x509/certificate.ts';
import { pemFromDer } from '../src/core/x509/pem.ts';
import { issueCertificate } from '../src/core/x509/write.ts';
import { objectIdentifier, sequence } from '../src/core/x509/write-der.ts';
import { encodeGeneralName, extension } from '../src/core/x509/write-extension.ts';
import { clientCertOf } from '../src/local/api-gateway/client-cert.ts';
import { authorizerEventOf, type RestApi } from '../src/local/api-gateway/rest-event.ts';

/** A made-up CA of two levels, and leaves as partners' CAs issue them: four names, purposes, key identifiers, pointers. */

export type KeyKind = 'P-256' | 'RSA-2048';

export interface Pki {
  readonly kind: KeyKind;
  readonly root: Certificate;
  readonly issuing: Certificate;
  readonly issuingKey: KeyObject;
  /** The same leaf under another serial number: a certificate that nobody has seen. */
  leaf(serial: number, client?: string): Uint8Array;
  /** Of every leaf, PEM. */
  readonly leafKeyPem: string;
}

const day = 86_400_000;
export const at = Date.now();
const validity = { notBefore: at - 30 * day, notAfter: at + 300 * day };

export function openPki(kind: KeyKind): Pki {
  const pair = () =>
    kind === 'P-256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const [rootKeys, issuingKeys, leafKeys] = [pair(), pair(), pair()];
  const rootName = [[{ type: 'C', value: 'NL' }], [{ type: 'O', value: 'Acme' }], [{ type: 'CN', value: 'Acme Root' }]];
  const issuingName = [
    [{ type: 'C', value: 'NL' }],
    [{ type: 'O', value: 'Acme' }],
    [{ type: 'CN', value: 'Acme Issuing 2' }],
  ];
  const ca = (publicKey: KeyObject) => [
    extension.basicConstraints(true),
    extension.keyUsage(['keyCertSign', 'cRLSign']),
    extension.subjectKeyIdentifier(publicKey),
    extension.authorityKeyIdentifier(rootKeys.publicKey),
  ];
  const issued = (der: Uint8Array) => parseCertificate(der);
  const root = issued(
    issueCertificate(
      {
        ...validity,
        serial: '01',
        subject: rootName,
        issuer: rootName,
        publicKey: rootKeys.publicKey,
        extensions: ca(rootKeys.publicKey),
      },
      rootKeys.privateKey,
    ),
  );
  const issuing = issued(
    issueCertificate(
      {
        ...validity,
        serial: '02',
        subject: issuingName,
        issuer: rootName,
        publicKey: issuingKeys.publicKey,
        extensions: ca(issuingKeys.publicKey),
      },
      rootKeys.privateKey,
    ),
  );
  const leaf = (serial: number, client = 'client-0') =>
    issueCertificate(
      {
        ...validity,
        serial: `5eed${serial.toString(16).padStart(28, '0')}`,
        subject: subjectOf(client),
        issuer: issuingName,
        publicKey: leafKeys.publicKey,
        extensions: [
          extension.basicConstraints(false),
          extension.keyUsage(['digitalSignature', 'keyEncipherment']),
          extension.extendedKeyUsage(['clientAuth', 'serverAuth']),
          extension.subjectKeyIdentifier(leafKeys.publicKey),
          extension.authorityKeyIdentifier(issuingKeys.publicKey),
          extension.subjectAltName([
            { dns: 'orders-client.acme.example' },
            { dns: 'orders.acme.example' },
            { email: 'integration@acme.example' },
            { uri: 'spiffe://acme.example/orders' },
          ]),
          extension.crlDistributionPoints(['http://crl.acme.example/issuing-2.crl']),
          extension.raw('1.3.6.1.5.5.7.1.1', accessDescription('http://ocsp.acme.example/')),
          extension.certificatePolicies(['2.23.140.1.2.2']),
        ],
      },
      issuingKeys.privateKey,
    );
  const leafKeyPem = leafKeys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { kind, root, issuing, issuingKey: issuingKeys.privateKey, leaf, leafKeyPem };
}

function subjectOf(client: string) {
  return [[{ type: 'C', value: 'NL' }], [{ type: 'O', value: 'Acme, Inc.' }], [{ type: 'CN', value: client }]];
}

function accessDescription(uri: string): Uint8Array {
  return sequence(sequence(objectIdentifier('1.3.6.1.5.5.7.48.1'), encodeGeneralName({ uri })));
}

/** A compiled registry with one authority and `count` clients, client-0 being the one that the leaves belong to. */
export function documentOf(pki: Pki, count: number): RegistryDocument {
  const base64 = ({ der }: Certificate) => Buffer.from(der).toString('base64');
  const key = parseCertificate(pki.leaf(1)).subject.key;
  return {
    format: REGISTRY_FORMAT,
    front: {
      id: 'orders-3f9c',
      label: 'orders',
      stage: 'production',
      support: { email: 'api-team@example.com' },
      disclose: true,
    },
    authorities: [
      {
        name: 'acme-ca',
        certificates: [base64(pki.root), base64(pki.issuing)],
        anchors: [pki.root.sha256],
        issuers: [pki.issuing.sha256],
        revocation: { none: 'by hand' },
        at: { file: 'truststore/authorities/acme-ca.yaml', line: 1, column: 1 },
      },
    ],
    clients: Array.from({ length: count }, (_, index) => {
      const name = `client-${index}`;
      const place = (line: number) => ({ file: `truststore/clients/${name}.yaml`, line, column: 1 });
      return {
        name,
        contact: 'integration@acme.example',
        identities: [
          {
            kind: 'subject' as const,
            authority: 'acme-ca',
            subject: `CN=${name},O=Acme\\, Inc.,C=NL`,
            subjectKey: key.replace('client-0', name),
          },
        ],
        allow: [
          { pattern: 'GET /orders/**', at: place(5) },
          { pattern: 'POST /orders', at: place(6) },
        ],
        addresses: ['198.51.100.0/24'],
        validUntil: '2099-06-30',
        at: place(2),
      };
    }),
    routes: [
      {
        match: 'GET,POST /orders/**',
        connection: 'erp',
        to: '/Orders/rest/v1/**',
        admits: [],
        at: { file: 'sallyport.yaml', line: 15, column: 5 },
      },
    ],
  };
}

const api: RestApi = {
  accountId: '222222222222',
  region: 'eu-west-1',
  apiId: 'a1b2c3d4e5',
  stage: 'live',
  domainName: 'api.example.com',
  rootResourceId: 'r0000root0',
  proxyResourceId: 'r000proxy0',
};

/** What API Gateway sends the authorizer for `GET /orders/7?expand=lines` from a partner's HTTP library, as text. */
export function restEventText(leaf: Uint8Array): string {
  const clientCert = clientCertOf(leaf);
  if (clientCert === undefined) throw new Error('OpenSSL does not take the leaf for a certificate.');
  return JSON.stringify(
    authorizerEventOf(api, {
      method: 'GET',
      path: '/orders/7',
      query: new Map([['expand', ['lines']]]),
      headers: [
        ['Accept', 'application/json'],
        ['Accept-Encoding', 'gzip, deflate, br'],
        ['User-Agent', 'python-requests/2.32.5'],
      ],
      sourceIp: '198.51.100.9',
      clientCert,
      at,
      requestId: '3f1c2b9e-0000-4000-8000-000000000000',
      extendedRequestId: 'JJbxIGmHDoEF9zQ=',
      traceId: 'Root=1-6740b2c8-0123456789abcdef01234567',
    }),
  );
}

export function pemOf(der: Uint8Array): string {
  return pemFromDer(der);
}
