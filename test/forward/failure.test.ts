import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ForwardError, failureTable, forwardErrorOf } from '../../src/forward/failure.ts';
import { failuresPage } from '../../src/forward/failure-page.ts';

const failing = (code: string, message = 'hunter2') => Object.assign(new Error(message), { code });

test('docs/failures.md is the table (npx node bin/docs.ts)', () => {
  expect(readFileSync(join(import.meta.dirname, '../../docs/failures.md'), 'utf8')).toBe(failuresPage());
});

test('each failure says what to do', () => {
  for (const [code, { message, remedy }] of Object.entries(failureTable)) {
    expect(code).toMatch(/^[a-z][a-z_]+$/);
    expect(message).not.toMatch(/\.$/);
    expect(remedy).toMatch(/\.$/);
  }
});

test.each([
  ['EAI_AGAIN', 'name_unknown'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['EADDRNOTAVAIL', 'unreachable'],
  ['ETIMEDOUT', 'connect_timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'connect_timeout'],
  ['UND_ERR_HEADERS_TIMEOUT', 'headers_timeout'],
  ['UND_ERR_BODY_TIMEOUT', 'body_timeout'],
  ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'answer_too_large'],
  ['HPE_INVALID_CONSTANT', 'answer_malformed'],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'tls_version'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'tls_version'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'not_tls'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'not_tls'],
  ['ERR_SSL_EE_KEY_TOO_SMALL', 'certificate_weak'],
  ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'certificate_wanted'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'certificate_wanted'],
  ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', 'certificate_wanted'],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'certificate_wanted'],
  ['ERR_SSL_NO_PROTOCOLS_AVAILABLE', 'tls_failed'],
  ['EPROTO', 'tls_failed'],
  ['EPIPE', 'closed'],
  ['ESOMETHING', 'unexpected'],
])('%s is %s, and what it quotes is not repeated', (code, expected) => {
  const failure = forwardErrorOf(failing(code), 'erp.example:443');
  expect(failure).toMatchObject({ code: expected, detail: `erp.example:443: ${code}` });
  expect(failure.status).toBe(/timeout$/.test(expected) ? 504 : 502);
  expect(`${failure.message} ${failure.detail} ${failure.remedy}`).not.toContain('hunter2');
});

test('the cause is found behind others, and in what aggregates the attempts at several addresses', () => {
  const attempts = new AggregateError([failing('ECONNREFUSED'), failing('ENETUNREACH')], 'all failed');
  expect(forwardErrorOf(attempts, 'x').code).toBe('refused');
  expect(forwardErrorOf(new Error('outer', { cause: failing('CERT_HAS_EXPIRED') }), 'x').code).toBe(
    'certificate_expired',
  );
  const circular = new Error('outer');
  circular.cause = circular;
  expect(forwardErrorOf(circular, 'x').code).toBe('unexpected');
});

test('what is no error at all, and what is one of ours already', () => {
  for (const odd of [undefined, null, 'hunter2', 7, {}]) {
    expect(forwardErrorOf(odd, 'x')).toMatchObject({ code: 'unexpected' });
    expect(forwardErrorOf(odd, 'x').detail).not.toContain('hunter2');
  }
  const ours = new ForwardError('closed');
  expect(forwardErrorOf(ours, 'x')).toBe(ours);
});

test('the names in a certificate are repeated as printable ASCII', () => {
  const failure = forwardErrorOf(failing('ERR_TLS_CERT_ALTNAME_INVALID', 'altnames: DNS:a\n\u001b[31mé'), 'x');
  expect(failure.detail).toBe('x: ERR_TLS_CERT_ALTNAME_INVALID: altnames: DNS:a??[31m?');
});

test('every failure is met by some test', () => {
  const tests = ['.', '../lambdas'].map((folder) => join(import.meta.dirname, folder));
  const texts = tests.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(folder, name), 'utf8')),
  );
  expect(Object.keys(failureTable).filter((code) => !texts.some((text) => text.includes(`'${code}'`)))).toEqual([]);
});
