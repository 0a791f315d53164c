import { join, relative } from 'node:path';
import type { DemoOutcome } from '../../local/demo/calls.ts';
import { callableAddress, type Dev } from '../../local/dev/dev.ts';
import { STATE_FOLDER } from '../../local/state-folder.ts';
import type { Output } from '../terminal/output.ts';

/** What is up and where, in a few lines. */
export function describeFront(
  dev: Dev,
  options: { readonly listen: string; readonly front: string },
  output: Output,
): void {
  const { label, id } = dev.config();
  const registry = dev.registry();
  output.err(
    `${output.strong(`front ${label}`)} (${id}): ${registry.authorities.size} authorities, ${registry.clients.size} clients, ${registry.routes.length} routes`,
  );
  const called = callableAddress(options.listen);
  const where =
    called === options.listen ? called : `every address of this machine (${options.listen}), here ${called}`;
  output.err(`listening on https://${dev.domain()}:${dev.port} at ${where}`);
  output.err(
    `made-up twins of every authority and client: ${relative(process.cwd(), join(options.front, STATE_FOLDER))}/`,
  );
  const { demo, egressAddress } = dev.backends;
  if (demo === undefined) output.err('requests go to the real backends');
  else if (egressAddress === undefined) {
    output.err(
      `demo backend on 127.0.0.1:${demo.port}. This machine has one loopback address only, so the front and a direct caller look alike: the IP allowlist of the backend is not shown, its password is.`,
    );
  } else {
    output.err(
      `demo backend on 127.0.0.1:${demo.port}: accepts ${egressAddress}, the front's way out, with a password; nobody else`,
    );
  }
  output.err();
}

/** One call of the demonstration on one line. */
export function lineOf(
  { call, status, reasons, milliseconds, asExpected, surprise }: DemoOutcome,
  output: Output,
): string {
  const paint = status === 200 ? output.good : output.bad;
  const reason = status === 200 ? 'allowed' : reasons.join(', ') || 'no reason';
  const text = [
    asExpected ? output.good('ok') : output.bad('??'),
    call.who.padEnd(20),
    `${call.method} ${call.path}`.padEnd(28),
    paint(String(status).padEnd(6)),
    reason.padEnd(28),
    output.faint(`${milliseconds.toFixed(0).padStart(4)} ms`),
    call.what,
  ].join(' ');
  return surprise === undefined ? text : `${text}\n   ${output.bad(surprise)}`;
}

/** The same as JSON. */
export function documentOf({
  call,
  status,
  reasons,
  reference,
  milliseconds,
  asExpected,
  surprise,
}: DemoOutcome): Record<string, unknown> {
  return {
    call: call.id,
    who: call.who,
    what: call.what,
    request: `${call.method} ${call.path}`,
    status,
    reasons,
    reference,
    milliseconds: Math.round(milliseconds * 10) / 10,
    expected: call.expected,
    asExpected,
    surprise,
  };
}

export function summarise(
  outcomes: readonly DemoOutcome[],
  surprises: number,
  notShown: readonly string[],
  output: Pick<Output, 'out' | 'good' | 'bad'>,
): void {
  const allowed = outcomes.filter(({ status }) => status === 200).length;
  output.out('');
  output.out(
    surprises === 0
      ? output.good(
          `${outcomes.length} calls, ${allowed} allowed, ${outcomes.length - allowed} refused: each as expected`,
        )
      : output.bad(`${outcomes.length} calls, ${surprises} NOT as expected`),
  );
  for (const line of notShown) output.out(`not shown: ${line}`);
}
