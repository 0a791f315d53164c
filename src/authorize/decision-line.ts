import { asciiJson, asciiOnly } from '../core/ascii.ts';
import type { Decision } from '../core/decide/decide.ts';
import { type CertificateRecord, shortened } from '../core/decide/known-certificate.ts';
import { type DecisionContext, decisionRecordOf, maximumTextLength } from './decision-log.ts';

/**
 * The line of a decision: what `asciiJson` makes of its record. A yes has ten members that need no escaping, and is
 * joined from them: that takes a fifth of the time, at each of thousands of requests.
 */
export function decisionLineOf(decision: Decision, context: DecisionContext): string {
  if (decision.outcome === 'deny') return asciiJson(decisionRecordOf(decision, context));
  const { client, authority, rule, route, certificate } = decision;
  return (
    `{"format":1,"type":"decision","time":"${timeOf(context.startedAt)}","reference":${quoted(context.reference)}` +
    `,"front":${quoted(context.front)},"stage":${quoted(context.stage)},"outcome":"allow","client":${quoted(client.name)}` +
    `${authority === undefined ? '' : `,"authority":${quoted(authority)}`},"rule":${quoted(rule.id)}` +
    `,"route":${quoted(route.id)},"certificate":${certificateText(certificate.record(context.octets))}` +
    `,"request":{"method":${quoted(shortened(context.method, maximumTextLength))},"address":${quoted(context.address)}}` +
    `,"release":${quoted(context.release)},"durationMilliseconds":${JSON.stringify(context.endedAt - context.startedAt)}}`
  );
}

function certificateText({ sha256, serial, issuerSha256, subject, notAfter }: CertificateRecord): string {
  return (
    `{"sha256":"${sha256}","serial":"${serial}","issuerSha256":"${issuerSha256}"` +
    `,"subject":${quoted(subject)},"notAfter":"${notAfter}"}`
  );
}

/** A text as it stands in a line. */
function quoted(text: string): string {
  return /^[\w .,:/@=+-]*$/.test(text) ? `"${text}"` : asciiOnly(JSON.stringify(text));
}

/** The second that was written last, up to its point; every line of a busy second has it. */
let second = Number.NaN;
let secondText = '';

/** `new Date(at).toISOString()` */
export function timeOf(at: number): string {
  if (!Number.isInteger(at)) return new Date(at).toISOString();
  const whole = Math.floor(at / 1000);
  if (whole !== second) {
    secondText = new Date(whole * 1000).toISOString().slice(0, -4);
    second = whole;
  }
  return `${secondText}${String(at - whole * 1000).padStart(3, '0')}Z`;
}
