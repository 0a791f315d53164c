import { isoTime } from '../../core/day.ts';
import { type Reason, reasonOf } from '../../core/decide/reasons.ts';
import { formatProblem, type Place } from '../../core/problem.ts';
import { conditionRemedy } from '../../core/why/condition-remedy.ts';
import { formatName, type Name } from '../../core/x509/name.ts';
import { readable, readableName } from '../../core/x509/names/readable.ts';
import { type Output, printable } from '../terminal/output.ts';
import { printDiff } from '../terminal/text-diff.ts';
import type { Answer, Question } from './answer.ts';
import type { Proposal } from './proposal.ts';

const placeText = (at: Place | undefined) =>
  at?.file === undefined ? '' : `${at.file}${at.line === undefined ? '' : `:${at.line}`}`;

/** Names in it as people read them. */
const shown = (text: string) => printable(readable(text));

/** A name of nothing would look as if nothing had been printed. */
function nameForPeople(name: Name): string {
  return name.rdns.length === 0 ? '(an empty name)' : readableName(name);
}

export function printAnswer(
  question: Question,
  { edge, difference, decision, address, allowed, change, changeAddress, isVain, nearest }: Answer,
  proposal: Proposal | undefined,
  output: Output,
): void {
  const { leaf, request, registry } = question;
  const line = (name: string, text: string) => output.out(`${output.faint(name.padEnd(12))}${text}`);
  if (leaf !== undefined) {
    line('certificate', nameForPeople(leaf.subject));
    line('', `issued by ${nameForPeople(leaf.issuer)}, ${isoTime(leaf.notBefore)} to ${isoTime(leaf.notAfter)}`);
    line('', `sha256 ${leaf.sha256}`);
  }
  if (question.twin) line('', 'made by `sallyport dev`: judged by its made-up authorities, not by the real ones');
  const assumed = question.address === undefined ? ' (assumed: no --address given)' : '';
  line('request', `${request.method} ${printable(request.path)} from ${address}${assumed} at ${isoTime(question.at)}`);
  if (request.path !== request.target) line('', 'the query is not part of any rule and was left out');
  line('edge', edge.admitted ? output.good('lets it in') : `${output.bad('refuses')}: ${edge.message}`);
  if (!edge.admitted) line('', `${edge.code}: ${shown(edge.detail)}`);
  if (difference !== undefined) line('', shown(difference));
  if (decision.outcome === 'allow') {
    line(
      'decision',
      `${output.good('allow')}: client ${decision.client.name}, ${decision.rule.pattern.text} (${placeText(decision.rule.at)})`,
    );
    if (question.refusedBefore) line('', 'it was refused then; by the files and blocks of now it is allowed');
    line(
      'route',
      `${decision.route.pattern.text} → connection ${decision.route.connection} (${placeText(decision.route.at)})`,
    );
  } else {
    const who = decision.client === undefined ? 'no client' : `client ${decision.client.name}`;
    line(
      'decision',
      `${output.bad('deny')}: ${who}, ${decision.reasons.length} ${decision.reasons.length === 1 ? 'reason' : 'reasons'}`,
    );
    for (const reason of decision.reasons) printReason(reason, question, output);
    for (const text of notHere(question, decision.reasons)) line('', text);
    if (question.refusedBefore) {
      for (const text of notKept(question, decision.reasons)) line('', text);
    }
    if (nearest !== undefined && nearest.differences.length > 0) {
      line('nearest', `client ${nearest.client.name} (${placeText(nearest.client.at)})`);
      for (const difference of nearest.differences) line('', shown(difference));
      line('', `if that is who it is: sallyport client add ${nearest.client.name} --rotate --from FILE`);
    }
    change?.forEach(({ text, at, weakens }, index) => {
      line(index === 0 ? 'change' : '', `${printable(text)} (${placeText(at)})`);
      if (weakens !== undefined) line('', `${output.bad('weakens')}: ${printable(weakens)}`);
    });
    if (change !== undefined && question.address === undefined) {
      line('', `assumes: the request comes from ${changeAddress ?? address}; --address says otherwise`);
    }
    if (change !== undefined) printVerdict(proposal, output);
    else if (isVain) line('change', 'none: no edit of your files allows this; the arrows above say who must act');
    else if (edge.admitted) line('change', 'none can be made from what is written; the arrows above say what to do');
    line(
      'caller',
      decision.disclosed === undefined ? 'is told nothing but a reference' : `is told ${decision.disclosed}`,
    );
  }
  if (!allowed && decision.outcome === 'allow') line('', 'the decision is never asked for: the edge refuses first');
  line('registry', registry.id.slice(0, 16));
}

/** A front fetches lists; this machine has those that somebody has put into the folder. */
function notHere({ listed }: Question, reasons: readonly Reason[]): readonly string[] {
  const names = reasons.flatMap(({ code, authority }) =>
    code === 'revocation_missing' && authority !== undefined && !listed.has(authority) ? [authority] : [],
  );
  return [...new Set(names)].map(
    (name) =>
      `no list of ${name} is on this machine: put it into truststore/authorities/${name}.crl to have it looked at`,
  );
}

/** Secrets are in no log, so what came of them then has to be given again. */
function notKept({ key, token }: Question, reasons: readonly Reason[]): readonly string[] {
  const about = (word: string) => reasons.some(({ code, found }) => code.startsWith(word) || found?.includes(word));
  return [
    ...(token === undefined && about('token') ? ['tokens are not kept: --token-file FILE decides with one'] : []),
    ...(key === undefined && about('key') ? ['keys are not kept: --key-file FILE decides with one'] : []),
  ];
}

function printVerdict(proposal: Proposal | undefined, output: Output): void {
  const line = (text: string) => output.out(`${' '.repeat(12)}${text}`);
  for (const { file, lines } of proposal?.files ?? []) printDiff(file, lines, output);
  if (proposal === undefined) line('would allow it; the file is laid out so that it has to be edited by hand');
  else if (proposal.allows) line('allows it, if that is what you want: the files were read and decided again with it');
  else line('is not enough: with it the files would not be a front that allows the request');
  for (const problem of proposal?.problems ?? []) line(printable(formatProblem(problem).split('\n')[0] ?? ''));
}

function printReason(reason: Reason, { document }: Question, output: Output): void {
  const { message } = reasonOf(reason.code);
  const remedy = conditionRemedy(reason, document) ?? reasonOf(reason.code).remedy;
  output.out(`  ${output.strong(reason.code)}: ${message}`);
  if (reason.found !== undefined) output.out(`    found    ${shown(reason.found)}`);
  if (reason.expected !== undefined) output.out(`    expected ${printable(reason.expected)}`);
  if (placeText(reason.at) !== '') output.out(`    see      ${placeText(reason.at)}`);
  output.out(
    `    → ${reason.client === undefined ? remedy : remedy.replace('client add NAME', `client add ${reason.client}`)}`,
  );
}

export function answerDocument(
  question: Question,
  { edge, difference, decision, address, allowed, change, nearest }: Answer,
  proposal: Proposal | undefined,
): Record<string, unknown> {
  const { leaf, request } = question;
  return {
    allowed,
    certificate:
      leaf === undefined
        ? null
        : {
            subject: formatName(leaf.subject),
            issuer: formatName(leaf.issuer),
            serial: leaf.serial,
            notBefore: isoTime(leaf.notBefore),
            notAfter: isoTime(leaf.notAfter),
            sha256: leaf.sha256,
            twin: question.twin,
          },
    request: { method: request.method, path: request.path, address, addressAssumed: question.address === undefined },
    at: isoTime(question.at),
    registry: question.registry.id,
    edge: { ...edge, difference },
    nearest: nearest === undefined ? undefined : { client: nearest.client.name, differences: nearest.differences },
    change: change?.map(({ text, at, weakens }) => ({ text, at, weakens })),
    proposal,
    decision:
      decision.outcome === 'allow'
        ? {
            outcome: 'allow',
            client: decision.client.name,
            authority: decision.authority,
            rule: { id: decision.rule.id, pattern: decision.rule.pattern.text, at: decision.rule.at },
            route: { id: decision.route.id, pattern: decision.route.pattern.text, at: decision.route.at },
            connection: decision.route.connection,
          }
        : {
            outcome: 'deny',
            client: decision.client?.name,
            authority: decision.authority,
            disclosed: decision.disclosed,
            reasons: decision.reasons.map((reason) => {
              const { message, remedy } = reasonOf(reason.code);
              return { ...reason, message, remedy: conditionRemedy(reason, question.document) ?? remedy };
            }),
          },
  };
}
