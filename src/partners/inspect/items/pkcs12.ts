import { ProblemError } from '../../../core/problem.ts';
import { describePkcs12, nodeOpens, openPkcs12, type Pkcs12, type Pkcs12Protection } from '../../pkcs12.ts';
import type { Finding, HeldKey, Item } from '../report.ts';
import { roleIn } from './certificate.ts';

export interface OpenedPkcs12 {
  readonly item: Item;
  /** Absent when it is no PKCS#12 file after all. */
  readonly protection?: Pkcs12Protection;
  /** Absent without the right password. */
  readonly opened?: Pkcs12;
}

/** What a PKCS#12 file is and holds; without a password what it says of itself. */
export function describeFile(
  bytes: Uint8Array,
  password: string | undefined,
  maxIterations: number | undefined,
): OpenedPkcs12 {
  let protection: Pkcs12Protection;
  try {
    protection = describePkcs12(bytes);
  } catch (error) {
    return { item: { kind: 'pkcs12', facts: [], findings: [problemOf(error)] } };
  }
  const { mac, encryptions } = protection;
  const facts: [string, string][] = [
    [
      'encryption',
      [...new Set(encryptions.map(({ name, iterations }) => `${name}, ${iterations} iterations`))].join('; ') || 'none',
    ],
    ['MAC', mac === undefined ? 'none' : `${mac.name}, ${mac.iterations} iterations`],
  ];
  const findings = protectionFindings(protection);
  let opened: Pkcs12 | undefined;
  try {
    opened = openPkcs12(bytes, { password, maxIterations });
  } catch (error) {
    const problem = problemOf(error);
    // without a password nobody said that it should open
    findings.push(
      password === undefined && problem.code === 'pkcs12_password'
        ? {
            severity: 'note',
            code: 'locked',
            message: 'it is locked with a password',
            remedy: 'give --password-file or --password-stdin to see what is in it',
          }
        : problem,
    );
    return { item: { kind: 'pkcs12', facts, findings }, protection };
  }
  facts.push(['keys', String(opened.keys.length)], ['certificates', String(opened.certificates.length)]);
  const here = nodeOpens(bytes, password);
  facts.push(['this Node', here === undefined ? 'opens it' : `does not open it: ${here}`]);
  findings.push(...contentFindings(opened, password));
  const open = password === undefined || password === '' || protection.encryptions.length === 0;
  const keys = opened.keys.map(
    ({ certificate }): HeldKey => ({ protection: open ? 'open' : 'password', certificate: certificate?.der }),
  );
  return { item: { kind: 'pkcs12', facts, findings, keys }, protection, opened };
}

function problemOf(error: unknown): Finding {
  if (!(error instanceof ProblemError)) throw error;
  const [problem] = error.problems;
  if (problem?.code === 'pkcs12_password') {
    return {
      severity: 'error',
      code: 'pkcs12_password',
      message: 'the password that was given does not open it',
      remedy: 'look for a space or a line end too many in it, and for another keyboard; else ask for it again',
    };
  }
  return {
    severity: 'error',
    code: problem?.code ?? 'malformed',
    message: problem?.message ?? 'malformed',
    remedy: problem?.remedy,
  };
}

function protectionFindings({ mac, encryptions }: Pkcs12Protection): Finding[] {
  const findings: Finding[] = [];
  const legacy = encryptions.find(({ generation }) => generation === 'legacy');
  if (legacy !== undefined) {
    findings.push({
      severity: 'warning',
      code: 'pkcs12_legacy',
      message: `${legacy.name}, as Java 8 and old Windows write it: anybody who has the file can break it`,
      remedy: 'sallyport inspect FILE --password-file PW --reencode modern --out NEW.p12',
    });
  } else if (encryptions.some(({ generation }) => generation === 'old')) {
    findings.push({
      severity: 'note',
      code: 'pkcs12_old',
      message: 'encrypted with 3DES: everything opens it, but it should be replaced',
      remedy: 'sallyport inspect FILE --password-file PW --reencode modern --out NEW.p12',
    });
  }
  if (encryptions.length === 0) {
    findings.push({
      severity: 'warning',
      code: 'pkcs12_unencrypted',
      message: 'nothing in it is encrypted: whoever has the file has the key',
      remedy: 'if it came by mail or chat, make a new key and revoke the certificate',
    });
  }
  if (mac === undefined) {
    findings.push({
      severity: 'warning',
      code: 'pkcs12_without_mac',
      message: 'it has no MAC: Node opens it with any password, and nobody can tell whether it was changed',
      remedy: 'have it exported again, or write it again with --reencode modern',
    });
  }
  return findings;
}

const trustStore: Finding = {
  severity: 'note',
  code: 'pkcs12_trust_store',
  message: 'a trust store: CA certificates, and rightly no key',
};

const withoutKey: Finding = {
  severity: 'note',
  code: 'pkcs12_without_key',
  message: 'there is no private key in it: right for sending a certificate; whoever connects needs the key besides',
};

function contentFindings({ keys, certificates }: Pkcs12, password: string | undefined): Finding[] {
  const findings: Finding[] = [];
  const error = (code: string, message: string, remedy: string) =>
    findings.push({ severity: 'error', code, message, remedy });
  if (keys.length === 0) {
    const store = certificates.length > 0 && certificates.every(({ der }) => roleIn(der) !== 'client');
    findings.push(store ? trustStore : withoutKey);
  }
  if (certificates.length === 0)
    error('pkcs12_without_certificate', 'there is no certificate in it', 'export it again');
  if (keys.length > 1) {
    findings.push({
      severity: 'warning',
      code: 'pkcs12_several_keys',
      message: `${keys.length} keys: programs take the first, or one by its name`,
      remedy: 'export the one that is meant by itself',
    });
  }
  if (keys.length > 0 && certificates.length > 0 && keys.every(({ certificate }) => certificate === undefined)) {
    error(
      'pkcs12_key_differs',
      'the key belongs to none of the certificates',
      'export key and certificate from the same place',
    );
  }
  if (password === undefined || password === '') {
    findings.push({
      severity: 'warning',
      code: 'pkcs12_no_password',
      message: 'it opens without a password',
      remedy: 'treat it as an open key',
    });
  } else if (/[^ -~]/.test(password)) {
    findings.push({
      severity: 'warning',
      code: 'pkcs12_password_not_ascii',
      message: 'the password has letters beyond ASCII, which programs encode in different ways',
      remedy: 'write it again with a password of ASCII letters and digits',
    });
  }
  return findings;
}
