import { isoTime } from '../../core/day.ts';
import type { Problem } from '../../core/problem.ts';
import { type Certificate, parseCertificate } from '../../core/x509/certificate.ts';
import { formatName } from '../../core/x509/name.ts';
import { readPemBlocks } from '../../core/x509/pem.ts';
import type { Exchange, RequestSpec } from '../../local/tls-request.ts';
import { type Output, printable } from '../terminal/output.ts';
import type { Meaning } from './answer-meaning.ts';

function sentLeaf(spec: RequestSpec): Certificate | Problem | undefined {
  const [leaf] = spec.certificate === undefined ? [] : readPemBlocks(spec.certificate);
  if (leaf === undefined) return undefined;
  try {
    return parseCertificate(leaf.der);
  } catch {
    return { code: 'certificate_malformed', message: 'not a certificate that we can read (it was sent as it is)' };
  }
}

function describe(certificate: Certificate): Record<string, string> {
  return {
    subject: formatName(certificate.subject),
    issuer: formatName(certificate.issuer),
    notAfter: isoTime(certificate.notAfter),
    sha256: certificate.sha256,
  };
}

function serverCertificateOf(exchange: Exchange): Certificate | undefined {
  if (exchange.tls?.server === undefined) return undefined;
  try {
    return parseCertificate(exchange.tls.server);
  } catch {
    return undefined;
  }
}

export function print(spec: RequestSpec, exchange: Exchange, meaning: Meaning, output: Output): void {
  const { milliseconds, tls, answer, failure } = exchange;
  const line = (name: string, text: string, time?: number) =>
    output.out(
      `${output.faint(name.padEnd(12))}${text}${time === undefined ? '' : output.faint(`   ${time.toFixed(1)} ms`)}`,
    );
  if (exchange.address !== undefined) line('resolve', `${spec.host} → ${exchange.address}`, milliseconds.resolve);
  if (milliseconds.connect !== undefined && failure?.step !== 'connect') {
    line('connect', `port ${spec.port}`, milliseconds.connect);
  }
  if (tls !== undefined) {
    line('TLS', `${tls.protocol} ${tls.cipher}`, milliseconds.tls);
    const server = serverCertificateOf(exchange);
    if (server !== undefined) line('server', `${formatName(server.subject)}, until ${isoTime(server.notAfter)}`);
  }
  const leaf = sentLeaf(spec);
  if (leaf === undefined) line('sent', 'no certificate');
  else if ('code' in leaf) line('sent', leaf.message);
  else {
    const { subject, issuer, notAfter, sha256 } = describe(leaf);
    line('sent', `${subject}`);
    line('', `issued by ${issuer}, until ${notAfter}`);
    line('', `sha256 ${sha256}`);
  }
  line('request', `${spec.method} ${printable(spec.target)}`, milliseconds.request);
  if (failure !== undefined) line('failed', `${failure.step}: ${printable(failure.message)} (${failure.code})`);
  if (answer !== undefined) {
    line('status', (meaning.exitCode === 0 ? output.good : output.bad)(String(answer.status)));
    line('reference', printable(meaning.reference ?? 'none'));
  }
  line('meaning', meaning.text);
  for (const next of meaning.next) line('', `→ ${next}`);
  if (answer !== undefined && answer.body.length > 0) {
    output.out('');
    output.out(bodyText(answer.body));
  }
}

function bodyText(body: Buffer): string {
  const shown = body.subarray(0, 4096).toString('utf8');
  const text =
    shown.includes('\u0000') || shown.includes('\ufffd') ? `(${body.length} bytes, not text)` : shown.trimEnd();
  return printable(text, true) + (body.length > 4096 ? `\n… ${body.length} bytes in all` : '');
}

export function documentOf(spec: RequestSpec, exchange: Exchange, meaning: Meaning): Record<string, unknown> {
  const leaf = sentLeaf(spec);
  const server = serverCertificateOf(exchange);
  return {
    request: {
      method: spec.method,
      target: spec.target,
      host: spec.host,
      port: spec.port,
      serverName: spec.serverName,
    },
    address: exchange.address,
    milliseconds: exchange.milliseconds,
    tls: exchange.tls === undefined ? undefined : { protocol: exchange.tls.protocol, cipher: exchange.tls.cipher },
    server: server === undefined ? undefined : describe(server),
    sent: leaf === undefined || 'code' in leaf ? (leaf ?? null) : describe(leaf),
    failure: exchange.failure,
    status: exchange.answer?.status,
    reference: meaning.reference,
    reason: meaning.reason,
    meaning: meaning.text,
    next: meaning.next,
    headers: exchange.answer?.headers,
    body: exchange.answer === undefined ? undefined : bodyText(exchange.answer.body),
  };
}
