import type { Pkcs12Protection } from '../../pkcs12.ts';
import { type Reader, type ReaderName, readerNames } from '../report.ts';
import { tried } from './other-readers.ts';

type Answer = readonly [takes: boolean, how?: string];
type Answers = Readonly<Record<ReaderName, Answer>>;

function readersOf(answers: Answers): readonly Reader[] {
  return readerNames.map((who) => ({ who, takes: answers[who][0], how: answers[who][1] }));
}

/** Where the answers about a reader's file formats come from: a version that a test runs where it is installed, or its documentation. */
export const answersFrom: Readonly<Record<ReaderName, { readonly ran: string } | 'documentation'>> = {
  'OpenSSL 3': { ran: tried.OpenSSL },
  Node: { ran: tried.Node },
  'Java 8': 'documentation',
  'Java 17': { ran: tried.Java },
  Windows: 'documentation',
  'API Gateway truststore': 'documentation',
};

/** By the form that a file has, for what is not PKCS#12. What is in it is another question: `other-readers.ts`. */
export type Form = 'pem' | 'pem-in-text' | 'pem-marked' | 'pem-damaged' | 'der' | 'pkcs7' | 'other';

const needsPem: Answer = [false, 'wants PEM'];

const byForm: Readonly<Record<Form, Answers>> = {
  pem: {
    'OpenSSL 3': [true],
    Node: [true],
    'Java 8': [true, 'keytool -importcert'],
    'Java 17': [true, 'keytool -importcert'],
    Windows: [true, 'of several certificates the first only, unless as .p7b'],
    'API Gateway truststore': [true, 'CA certificates only'],
  },
  'pem-in-text': {
    'OpenSSL 3': [true, 'reads over the text between the blocks'],
    Node: [true, 'reads over the text between the blocks'],
    'Java 8': [true, 'unless a line of the text begins with a dash'],
    'Java 17': [true, 'unless a line of the text begins with a dash'],
    Windows: [true, 'of several certificates the first only'],
    'API Gateway truststore': [true, 'unproven with text around: give it the blocks alone'],
  },
  'pem-marked': {
    'OpenSSL 3': [true],
    Node: [true],
    'Java 8': [false, 'keytool stops at the byte order mark'],
    'Java 17': [false, 'keytool stops at the byte order mark'],
    Windows: [true],
    'API Gateway truststore': [true, 'unproven with a byte order mark: give it without'],
  },
  'pem-damaged': {
    'OpenSSL 3': [false, 'the lines BEGIN and END must stand by themselves'],
    Node: [false, 'the lines BEGIN and END must stand by themselves'],
    'Java 8': [false],
    'Java 17': [false],
    Windows: [false, 'only UTF-16 and byte order marks do not disturb it'],
    'API Gateway truststore': [false],
  },
  der: {
    'OpenSSL 3': [true],
    Node: [true, 'as X509Certificate; its TLS options want PEM'],
    'Java 8': [true, 'keytool -importcert'],
    'Java 17': [true, 'keytool -importcert'],
    Windows: [true, '.cer'],
    'API Gateway truststore': needsPem,
  },
  pkcs7: {
    'OpenSSL 3': [true, '`openssl pkcs7 -print_certs` alone'],
    Node: [false, 'does not know PKCS#7'],
    'Java 8': [true, 'keytool -importcert, as the answer to a request of the same key store'],
    'Java 17': [true, 'keytool -importcert, as the answer to a request of the same key store'],
    Windows: [true, '.p7b'],
    'API Gateway truststore': needsPem,
  },
  other: {
    'OpenSSL 3': [false],
    Node: [false],
    'Java 8': [false],
    'Java 17': [false],
    Windows: [false],
    'API Gateway truststore': [false],
  },
};

export const readersOfForm = (form: Form): readonly Reader[] => readersOf(byForm[form]);

/** PKCS#12, by how it is protected. */
export function readersOfPkcs12({ mac, encryptions }: Pkcs12Protection): readonly Reader[] {
  const legacy = encryptions.find(({ generation }) => generation === 'legacy');
  const pbmac1 = mac?.name.startsWith('PBMAC1') === true;
  const pbes2 = encryptions.some(({ name }) => name.startsWith('PBES2'));
  const newMac = mac !== undefined && mac.name !== 'HMAC-sha1';
  const modern = pbes2 || newMac;
  const without: Answer = [true, 'without a MAC anyone could have changed it: some versions refuse'];
  const answer = (refused: Answer | undefined, condition?: string): Answer =>
    refused ?? (mac === undefined ? without : condition === undefined ? [true] : [true, condition]);
  const rc2 = legacy === undefined ? undefined : `${legacy.name} is in its legacy provider`;
  const no = (why: string | undefined): Answer | undefined => (why === undefined ? undefined : [false, why]);
  return readersOf({
    'OpenSSL 3': answer(
      rc2 === undefined ? undefined : [false, `${rc2}: only with -legacy`],
      pbmac1 ? 'from 3.4' : undefined,
    ),
    Node: answer(
      no(rc2 === undefined ? undefined : `${rc2}: only with --openssl-legacy-provider`),
      pbmac1 ? 'from 24' : undefined,
    ),
    'Java 8': answer(no(pbmac1 ? 'does not know PBMAC1' : undefined), modern ? 'from 8u301' : undefined),
    'Java 17': answer(no(pbmac1 ? 'does not know PBMAC1' : undefined)),
    Windows: answer(
      no(pbmac1 ? 'does not know PBMAC1' : undefined),
      modern ? 'from Windows 10 1709 and Server 2019' : undefined,
    ),
    'API Gateway truststore': [false, 'PEM of CA certificates only; never a file with keys'],
  });
}
