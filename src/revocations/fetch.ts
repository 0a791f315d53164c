import { lookup } from 'node:dns/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { isPublicAddress } from './addresses.ts';

export interface FetchMeans {
  /** Every address of a name. Default: what this machine resolves. */
  resolve?(host: string): Promise<readonly string[]>;
  /** Which addresses may be connected. Default: those of the public Internet. */
  isAllowed?(address: string): boolean;
  readonly bounds?: Partial<FetchBounds>;
}

/** A list of a million is 36 MB; no server that is worth waiting for takes longer than a minute. */
const fetchBounds: FetchBounds = { bytes: 64 * 1024 * 1024, milliseconds: 60_000, redirects: 3 };

interface FetchBounds {
  readonly bytes: number;
  /** For everything, redirects included. */
  readonly milliseconds: number;
  readonly redirects: number;
}

/** One list as an authority's address gave it, or why not. Nothing of it is believed yet. */
export type Fetched =
  | { readonly authority: string; readonly source: string; readonly body: Uint8Array }
  | { readonly authority: string; readonly source: string; readonly failed: string };

/** Every address that these authorities name, each once for its authority, one after the other. */
export async function fetchLists(
  authorities: readonly { readonly name: string; readonly urls: readonly string[] }[],
  means: FetchMeans = {},
): Promise<readonly Fetched[]> {
  const fetched: Fetched[] = [];
  for (const { name, urls } of authorities)
    for (const url of urls) fetched.push(await fetchList(name, url, urls, means));
  return fetched;
}

/** Never throws: a server that is down is an answer about its list. A redirect may only lead to a host among `named`. */
export async function fetchList(
  authority: string,
  source: string,
  named: readonly string[],
  means: FetchMeans = {},
): Promise<Fetched> {
  const bounds = { ...fetchBounds, ...means.bounds };
  const signal = AbortSignal.timeout(bounds.milliseconds);
  try {
    const hosts = new Set(named.map((url) => new URL(url).hostname));
    let url = new URL(source);
    for (let hop = 0; hop <= bounds.redirects; hop += 1) {
      const answer = await get(url, hosts, means, bounds.bytes, signal);
      if ('body' in answer) return { authority, source, body: answer.body };
      url = new URL(answer.location, url);
    }
    return { authority, source, failed: `more than ${bounds.redirects} redirects` };
  } catch (error) {
    const late = signal.aborted ? `no whole answer within ${bounds.milliseconds / 1000} s` : undefined;
    return { authority, source, failed: late ?? (error instanceof Error ? error.message : String(error)) };
  }
}

type Answer = { readonly body: Uint8Array } | { readonly location: string };

async function get(
  url: URL,
  hosts: ReadonlySet<string>,
  means: FetchMeans,
  maximumBytes: number,
  signal: AbortSignal,
): Promise<Answer> {
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new Error(`${url.protocol} is neither http nor https`);
  if (url.username !== '' || url.password !== '') throw new Error('an address with a user in it');
  if (!hosts.has(url.hostname)) throw new Error(`a redirect to ${url.hostname}, which the authority does not name`);
  const addresses = await addressesOf(url.hostname, means);
  const isAllowed = means.isAllowed ?? isPublicAddress;
  const inside = addresses.find((address) => !isAllowed(address));
  if (inside !== undefined) throw new Error(`${url.hostname} is ${inside}, which is no public address`);
  let failure: unknown;
  for (const address of addresses.slice(0, 4)) {
    try {
      return await getFrom(address, url, maximumBytes, signal);
    } catch (error) {
      if (signal.aborted || !isUnreachable(error)) throw error;
      failure = error;
    }
  }
  throw failure ?? new Error(`${url.hostname} has no address`);
}

async function addressesOf(hostname: string, means: FetchMeans): Promise<readonly string[]> {
  const literal = hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0) return [literal];
  const resolve =
    means.resolve ?? (async (host: string) => (await lookup(host, { all: true })).map(({ address }) => address));
  return resolve(hostname);
}

const isUnreachable = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^E(?:CONNREFUSED|HOSTUNREACH|NETUNREACH)$/.test(String(error.code));

/** To the address that was checked, whatever the name resolves to by now. */
function getFrom(address: string, url: URL, maximumBytes: number, signal: AbortSignal): Promise<Answer> {
  const isTls = url.protocol === 'https:';
  return new Promise((resolve, reject) => {
    const request = (isTls ? requestHttps : requestHttp)(
      {
        host: address,
        port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
        path: `${url.pathname}${url.search}`,
        headers: { host: url.host, 'accept-encoding': 'identity', 'user-agent': 'sallyport' },
        ...(isTls && isIP(url.hostname) === 0 ? { servername: url.hostname } : {}),
        agent: false,
        signal,
      },
      (response) => {
        const fail = (message: string) => {
          response.destroy();
          reject(new Error(message));
        };
        const { statusCode = 0, headers } = response;
        if ([301, 302, 303, 307, 308].includes(statusCode) && headers.location !== undefined) {
          response.destroy();
          resolve({ location: headers.location });
          return;
        }
        if (statusCode !== 200) return fail(`status ${statusCode}`);
        if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity')
          return fail(`content-encoding ${headers['content-encoding'].slice(0, 40)}, which was not asked for`);
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > maximumBytes) return fail(`more than ${maximumBytes} bytes`);
          chunks.push(chunk);
        });
        response.on('end', () => {
          if (response.complete) resolve({ body: new Uint8Array(Buffer.concat(chunks)) });
          else fail('the answer was cut off');
        });
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end();
  });
}
