import { sanLine, subjectLine } from '../../core/registry/identity-line.ts';
import type { Certificate } from '../../core/x509/certificate.ts';
import { formatName, type Name } from '../../core/x509/name.ts';
import { readingsOf } from '../../core/x509/name-text.ts';
import { readableName } from '../../core/x509/names/readable.ts';
import { type Answer, printDialects, printed, printLine, printName } from './print.ts';

const howMeant: Readonly<Record<string, string>> = {
  rfc4514: 'last part first, as RFC 4514, OpenSSL -nameopt RFC2253, Java and Python print',
  forward: 'first part first, as OpenSSL by default and API Gateway print',
  go: 'Go, which has changed the order',
};

/** Readings in which the text could have been meant; the first is the one that a front takes. */
export function textAnswer(text: string): Answer {
  const readings = readingsOf(text);
  const [first] = readings;
  if (first === undefined) throw new Error('a text without a reading');
  const certain = first.dialect !== 'go';
  const described = readings.map(({ dialect, name }) => ({
    dialect,
    name,
    canonical: formatName(name),
    key: name.key,
    line: subjectLine(name),
  }));
  const document = {
    kind: 'name',
    certain,
    readings: described.map(({ name: _, ...one }) => one),
    ...(certain ? { printed: printed(first.name) } : {}),
  };
  return {
    document,
    certain,
    print: (output) => {
      if (!certain) output.out(output.bad('Go prints some types last, so the order of this name is lost. It may be:'));
      else if (readings.length > 1)
        output.out(output.strong('This text can be read from both ends. A front reads it so:'));
      for (const [index, { dialect, name, line }] of described.entries()) {
        if (index > 0)
          output.out(certain ? `\nIf it was meant the other way (${howMeant[dialect] ?? dialect}):` : '\nor:');
        printName(name, output);
        printLine('register', line, output);
      }
      if (!certain) {
        output.out('\n(or in another order still)\n→ ask for: openssl x509 -noout -subject -nameopt RFC2253 -in FILE');
        return;
      }
      output.out();
      printDialects(first.name, output);
    },
  };
}

export function certificateAnswer(certificate: Certificate): Answer {
  const { subject, issuer, serial, sha256, subjectAltName = [] } = certificate;
  const subjectLines = subject.rdns.length === 0 ? [] : [subjectLine(subject)];
  const sanLines = subjectAltName.map((name) => sanLine(name)).filter((line) => line !== undefined);
  const lines = [...subjectLines, ...sanLines];
  return {
    certain: true,
    document: {
      kind: 'certificate',
      canonical: formatName(subject),
      key: subject.key,
      issuer: formatName(issuer),
      serial,
      sha256,
      lines,
      printed: printed(subject),
    },
    print: (output) => {
      printName(subject, output);
      printLine('issuer', readableName(issuer), output);
      printLine('serial', serial, output);
      printLine('sha256', sha256, output);
      for (const [index, line] of lines.entries()) printLine(index === 0 ? 'register' : 'or', line, output);
      output.out();
      printDialects(subject, output);
    },
  };
}

/** What a request asks for; its CA may write something else. */
export function requestAnswer(subject: Name, names: Certificate['subjectAltName'] = []): Answer {
  const subjectLines = subject.rdns.length === 0 ? [] : [subjectLine(subject)];
  const lines = [...subjectLines, ...names.map((name) => sanLine(name)).filter((line) => line !== undefined)];
  return {
    certain: true,
    document: { kind: 'request', canonical: formatName(subject), key: subject.key, lines, printed: printed(subject) },
    print: (output) => {
      output.out(output.strong('A request for a certificate: what it asks for, which its CA may change.'));
      printName(subject, output);
      for (const [index, line] of lines.entries()) printLine(index === 0 ? 'register' : 'or', line, output);
      output.out();
      printDialects(subject, output);
    },
  };
}
