import { refuse } from '../../../core/problem.ts';
import type { Note } from '../imported.ts';
import { type Levels, valueOfLast } from './levels.ts';
import type { Directive } from './text/syntax.ts';

/** What stands beside servers: in `http`, or at the top of a part of a configuration. */
export function httpLevel(directives: readonly Directive[]): readonly Directive[] {
  return directives.flatMap((one) => (one.name === 'http' ? (one.block ?? []) : [one]));
}

/**
 * The server that asks for client certificates: over TLS, as nobody shows one otherwise, by what is written in it or around
 * it. With several the wished one, by its name or line.
 *
 * @throws ProblemError `nginx_server_unknown`
 */
export function guardedServer(
  http: readonly Directive[],
  wished: string | undefined,
  notes: Note[],
): Directive | undefined {
  const servers = http.filter(({ name, block }) => name === 'server' && block !== undefined);
  const asking = servers.filter(({ block = [] }) => {
    const levels: Levels = [http, block];
    return ['ssl_client_certificate', 'ssl_verify_client'].some((name) => valueOfLast(levels, name) !== undefined);
  });
  const guarded = asking.filter(({ block = [] }) => speaksTls(block));
  const fits = guarded.filter((one) => wished === undefined || namesOf(one).includes(wished));
  const [server] = fits;
  if (server === undefined && wished !== undefined && guarded.length > 0) {
    refuse({
      code: 'nginx_server_unknown',
      message: 'no server with client certificates is called so',
      found: wished,
      allowed: guarded.flatMap((one) => namesOf(one).slice(0, 2)).join(', '),
    });
  }
  if (server === undefined) {
    const [plain] = asking;
    const text =
      plain === undefined
        ? 'no server asks for client certificates (ssl_client_certificate, ssl_verify_client): nothing was taken over'
        : 'this server asks for client certificates, but none of its `listen` has `ssl`, so that nobody can show one: nothing was taken over';
    notes.push({ kind: 'left-out', text, place: plain?.place });
  }
  for (const other of guarded) {
    if (other === server) continue;
    const [name = ''] = namesOf(other);
    const text = `another server with client certificates: --server ${name} takes it, into a folder of its own`;
    notes.push({ kind: 'left-out', text, place: other.place });
  }
  return server;
}

function speaksTls(block: readonly Directive[]): boolean {
  return block.some(
    ({ name, args }) =>
      (name === 'listen' && args.some((arg) => arg === 'ssl' || arg === 'quic')) ||
      (name === 'ssl' && args[0] === 'on'),
  );
}

/** Its host names, and the line it begins on. */
function namesOf({ block = [], place }: Directive): readonly string[] {
  return [
    ...block.filter(({ name }) => name === 'server_name').flatMap(({ args }) => args),
    `${place.file}:${place.line}`,
  ];
}

/** The first name that a partner can call; a name of one label, a wildcard or an expression is none. */
export function hostOf({ block = [] }: Directive): string | undefined {
  const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
  const host = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*\\.[a-z][a-z0-9-]*$`);
  return block
    .filter(({ name }) => name === 'server_name')
    .flatMap(({ args }) => args)
    .find((name) => host.test(name));
}
