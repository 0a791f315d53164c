import { formatProblem } from '../../core/problem.ts';
import type { DemoTarget } from '../../local/demo/calls.ts';
import type { DevEvent } from '../../local/dev/dev.ts';
import type { LogRecord } from '../../local/dev/log.ts';
import { type Output, printable } from '../terminal/output.ts';

/** What `dev` says of requests and reloads: kept for the demonstration while it runs, printed afterwards. */
export interface Observer {
  observe(event: DevEvent): void;
  /** From now on every request is printed. */
  live(): void;
  takeExchanges: DemoTarget['takeExchanges'];
}

export function openObserver(options: { readonly json?: boolean }, output: Output): Observer {
  const exchanges: ReturnType<Observer['takeExchanges']>[number][] = [];
  let isLive = false;
  return {
    live: () => {
      isLive = true;
    },
    takeExchanges: () => exchanges.splice(0),
    observe(event) {
      if (event.kind === 'exchange' && !isLive) exchanges.push(event.exchange);
      else if (event.kind === 'no-certificate' && !isLive) exchanges.push('no-certificate');
      else if (isLive && options.json === true && event.kind !== 'log') output.json(jsonOf(event));
      else if (isLive || event.kind === 'kept') for (const line of linesOf(event, output)) output.err(line);
    },
  };
}

function jsonOf(event: Exclude<DevEvent, { kind: 'log' }>): Record<string, unknown> {
  if (event.kind !== 'reloaded') return { ...event, event: event.kind, kind: undefined };
  return { event: 'reloaded', what: event.what, registry: event.registry.id, ended: event.ended };
}

function linesOf(event: DevEvent, output: Output): readonly string[] {
  switch (event.kind) {
    case 'log':
      return logLines(event.record, output);
    case 'no-certificate':
      return [`${output.bad('closed')}  ${event.address} sent no certificate`];
    case 'refused-below-http': {
      const detail = event.detail === undefined ? '' : ` (${printable(event.detail)})`;
      return [`${output.bad('refused')} ${event.address} ${belowHttp[event.what]}${detail}`];
    }
    case 'kept':
      return [
        output.bad(
          `the files have ${event.problems.length === 1 ? 'a problem' : `${event.problems.length} problems`}; the last good ones stay live:`,
        ),
        ...event.problems.map((problem) => `  ${formatProblem(problem).replaceAll('\n', '\n  ')}`),
      ];
    case 'reloaded':
      return [
        `${output.good('reloaded')} ${event.what}: ${event.registry.clients.size} clients, registry ${event.registry.id.slice(0, 12)}${event.ended === 0 ? '' : `; ended ${event.ended} connections that lost their right`}`,
      ];
    case 'exchange': {
      const { method, path, status, address, milliseconds, edge, reference, failure } = event.exchange;
      const paint = status > 0 && status < 400 ? output.good : output.bad;
      const head = `${paint(status === 0 ? 'closed' : String(status))}  ${printable(method)} ${printable(path)} from ${address} ${output.faint(`${milliseconds.toFixed(0)} ms`)}`;
      const why = edge === undefined ? [] : [`     edge: ${edge.message} (${edge.code}: ${printable(edge.detail)})`];
      const reasons = (event.decision?.reasons ?? []).flatMap((reason) => [
        `     ${output.strong(reason.code)}: ${reason.message}${reason.found === undefined ? '' : ` (found ${printable(reason.found)})`}`,
        `       → ${reason.remedy}${reason.at?.file === undefined ? '' : ` (${reason.at.file}:${reason.at.line ?? 1})`}`,
      ]);
      const who = event.decision?.client === undefined ? '' : `, client ${event.decision.client}`;
      return [
        head,
        ...(reference === undefined ? [] : [`     reference ${reference}${who}`]),
        ...why,
        ...reasons,
        ...(reasons.length === 0 || reference === undefined
          ? []
          : [
              `     ${output.faint(`sallyport why ${reference}   # the smallest change of your files that would allow it`)}`,
            ]),
        ...(failure === undefined ? [] : [`     failure: ${printable(failure)}`]),
      ];
    }
  }
}

/** What a caller was refused for before there was a request. */
const belowHttp = {
  handshake: 'did not get through the TLS handshake',
  unparsed: 'sent what is not HTTP/1.1',
  head: 'sent a request that servers read differently',
  pipelined: 'sent more requests than it waited for answers to',
} as const;

/** Decisions are told with their exchange; here is what only the functions themselves know. */
function logLines(record: LogRecord, output: Output): readonly string[] {
  if (record.type === 'failure') return [output.bad(`could not decide: ${printable(record.message)}`)];
  if (record.type !== 'forward' || record.outcome === 'answered') return [];
  const detail = record.detail === undefined ? '' : ` (${printable(record.detail)})`;
  return [
    output.bad(`not forwarded: ${record.code ?? record.outcome}: ${record.message ?? ''}${detail}`),
    ...(record.remedy === undefined ? [] : [`  → ${record.remedy}`]),
  ];
}
