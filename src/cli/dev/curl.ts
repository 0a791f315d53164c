import { join, relative } from 'node:path';
import type { DemoCall } from '../../local/demo/demo-call.ts';
import { callableAddress, type Dev } from '../../local/dev/dev.ts';
import { tokenFileOf } from '../../local/dev/files.ts';

/** The calls worth trying by hand, in this order; the first kind is an allowed one. */
const SHOWN = ['no-certificate', 'no-token', 'expired', 'other-authority', 'path-trick', 'direct'];

/** `curl` lines, allowed and refused, that work as they stand from the current folder. */
export function curlLines(
  dev: Dev,
  options: { readonly listen: string; readonly front: string },
  calls: readonly DemoCall[],
): readonly string[] {
  const allowed = calls.find(({ expected, id }) => expected.status === 200 && id.startsWith('client-'));
  const refused = SHOWN.map((id) => calls.find((call) => call.id === id));
  const lines = [allowed, ...refused]
    .filter((call) => call !== undefined)
    .map(
      (call) =>
        `  # ${call.who}: ${call.what} → ${call.expected.reason ?? call.expected.status}\n  ${curl(call, dev, options)}`,
    );
  const as =
    allowed === undefined
      ? []
      : [
          `  # every step of one call`,
          `  npx sallyport call "${allowed.method} ${allowed.path}" --as ${allowed.who}${options.front === '.' ? '' : ` --front ${quoted(options.front)}`}`,
        ];
  return lines.length === 0 ? [] : ['', 'Try it by hand:', ...lines, ...as];
}

function curl(call: DemoCall, dev: Dev, options: { readonly listen: string }): string {
  const file = (name: string) => quoted(relative(process.cwd(), join(dev.stateFolder, name)));
  const method = call.method === 'GET' ? '' : ` -X ${call.method}`;
  if (call.direct === true)
    return `curl -k${method} https://127.0.0.1:${dev.backends.demo?.port ?? 0}${quoted(call.path)}`;
  const own = dev.credentialFiles(call.id, call.credentials);
  const identity = own === undefined ? '' : ` --cert ${file(own.certificate)} --key ${file(own.key)}`;
  const token = dev.twins().tokens.find(({ text }) => call.headers?.some(([, value]) => value === `Bearer ${text}`));
  const header = token === undefined ? '' : ` -H "Authorization: Bearer $(cat ${file(tokenFileOf(token))})"`;
  const from = call.from === undefined ? '' : ` --interface ${call.from}`;
  const host = callableAddress(options.listen);
  const resolve = `--resolve ${dev.domain()}:${dev.port}:${host.includes(':') ? `[${host}]` : host}`;
  const url = quoted(`https://${dev.domain()}:${dev.port}${call.path}`);
  return `curl --path-as-is --cacert ${file('server-ca.pem')}${identity}${header}${from} ${resolve}${method} ${url}`;
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
