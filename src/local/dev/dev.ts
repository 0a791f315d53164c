import { join } from 'node:path';
import { createAuthorizer } from '../../../lambdas/authorizer/authorize.ts';
import { createForwarder } from '../../../lambdas/forwarder/forward-event.ts';
import type { DecisionRecord } from '../../authorize/decision-log.ts';
import { readToken } from '../../authorize/token.ts';
import type { FrontConfig } from '../../config/front.ts';
import type { Block } from '../../core/decide/block.ts';
import { IdentityCache } from '../../core/decide/identities.ts';
import { certificateBlock, clientBlock, type Overlay } from '../../core/decide/overlay.ts';
import { admits } from '../../core/edge/admits.ts';
import { type Problem, ProblemError } from '../../core/problem.ts';
import { loadRegistry, truststoreOf } from '../../core/registry/load.ts';
import type { Registry } from '../../core/registry/registry.ts';
import type { RevocationIndex } from '../../core/revocation/index.ts';
import { type Certificate, parseCertificate } from '../../core/x509/certificate.ts';
import type { ReadSecret } from '../../forward/secret.ts';
import { type ListenerOptions, openListener, type Refusal } from '../../serve/listener.ts';
import type { Credentials } from '../demo/certificates.ts';
import { type Exchange, type Gateway, openGateway } from '../gateway.ts';
import { STATE_FOLDER } from '../state-folder.ts';
import { openServerAuthority, type ServerAuthority } from '../twins/server-authority.ts';
import { openTwinStore } from '../twins/store.ts';
import { type Twins, twinFront } from '../twins/twins.ts';
import { type Backends, openBackends } from './backends.ts';
import { type CredentialFiles, writeCredentials, writeDevFiles } from './files.ts';
import { type FrontReading, readFrontFolder, refuseLostLists } from './front-folder.ts';
import { type LogRecord, openDecisionMemory } from './log.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { localOverlay, readLocalBlocks, readNextBlocks } from './overlay.ts';
import { openRefusalFile } from './refusals.ts';
import { openDevRevocations } from './revocations.ts';
import { watchFront } from './watch-folder.ts';

export interface DevOptions {
  readonly folder: string;
  readonly listen: string;
  /** 0: any free one. */
  readonly port: number;
  /** Other times and sizes than the listener's own. */
  readonly limits?: ListenerOptions['limits'];
  /** Absent: everything goes to the demo backend. */
  readonly realSecrets?: (frontId: string) => ReadSecret;
  now(): number;
  random(bytes: number): Uint8Array;
  observe(event: DevEvent): void;
}

/** What happens while the front is up. */
export type DevEvent =
  | { readonly kind: 'exchange'; readonly exchange: Exchange; readonly decision?: DecisionRecord }
  | { readonly kind: 'no-certificate'; readonly address: string }
  /** Refused before it was a request. */
  | {
      readonly kind: 'refused-below-http';
      readonly address: string;
      readonly what: Exclude<Refusal['kind'], 'no-certificate'>;
      readonly detail?: string | undefined;
    }
  | { readonly kind: 'log'; readonly record: LogRecord }
  /** The files changed and are live; `ended` connections lost their right. */
  | {
      readonly kind: 'reloaded';
      readonly what: 'front' | 'blocks';
      readonly registry: Registry;
      readonly ended: number;
    }
  /** The files changed and are wrong: the last good ones stay live. */
  | { readonly kind: 'kept'; readonly problems: readonly Problem[] };

export interface Dev {
  readonly port: number;
  readonly serverAuthority: ServerAuthority;
  readonly backends: Backends;
  config(): FrontConfig;
  domain(): string;
  twins(): Twins;
  registry(): Registry;
  overlay(): Overlay;
  decisionOf(reference: string): DecisionRecord | undefined;
  readonly stateFolder: string;
  /** Files, relative to the state folder, with the certificate and key of a call of the demonstration. */
  credentialFiles(call: string, credentials: Credentials | undefined): CredentialFiles | undefined;
  /** Blocks a client, on top of the overlay file, until the returned function is called. */
  block(client: string): () => void;
  close(): Promise<void>;
}

/** Everything that one reading of the folder leads to; replaced as a whole. */
interface Live {
  readonly config: FrontConfig;
  readonly domain: string;
  readonly twins: Twins;
  readonly registry: Registry;
  readonly revocations: () => RevocationIndex;
  readonly truststore: readonly Certificate[];
  readonly gateway: Gateway;
}

const STAGE = 'live';

/**
 * API Gateway, both functions and a backend in this process, on the front in a folder.
 * @throws ProblemError when the folder is not a front without problems
 */
export async function openDev(options: DevOptions): Promise<Dev> {
  const { folder, now, observe } = options;
  let reading = readFrontFolder(folder);
  /** Of the file alone, without what the demonstration blocks for a moment. */
  let fileBlocks = readLocalBlocks(folder);
  let overlay = localOverlay(fileBlocks);
  const blocked = new Map<string, Block>();
  const store = openTwinStore(join(folder, STATE_FOLDER));
  const serverAuthority = await openServerAuthority(store, now);
  const memory = openDecisionMemory();
  const log = (line: string): void => {
    const record = memory.remember(line);
    if (record !== undefined) observe({ kind: 'log', record });
  };
  const backends = await openBackends({ serverAuthority, ...options });
  const macKey = options.random(32);
  const currentOverlay = (): Overlay => overlay;

  const authorizer = createAuthorizer({
    // The gateway lets no other host in, and an edit may rename the domain.
    domain: 'any',
    live: () => ({ registry: live.registry, overlay: currentOverlay(), revocations: live.revocations() }),
    readToken,
    macKey: () => macKey,
    stage: STAGE,
    bindsExtendedRequestId: true,
    identities: new IdentityCache(),
    now,
    random: options.random,
    log,
    logRefusal: openRefusalFile(store.folder),
  });
  const forwarder = createForwarder({
    connection: (name: string) => backends.connection(name),
    macKeys: () => [macKey],
    stage: STAGE,
    now,
    log,
  });
  const make = async ({ config, lists }: FrontReading): Promise<Live> => {
    const twins = await twinFront(config, { store, now });
    const registry = loadRegistry(twins.config.registry);
    const revocations = openDevRevocations(config.registry, lists, twins, now);
    const domain = domainOf(config);
    const truststore = truststoreOf(registry);
    const gateway = openGateway({
      api: {
        accountId: config.aws?.account ?? '000000000000',
        region: config.aws?.region ?? 'eu-west-1',
        apiId: 'a1b2c3d4e5',
        stage: STAGE,
        domainName: domain,
        rootResourceId: 'r0000root0',
        proxyResourceId: 'r000proxy0',
      },
      aliases: ['localhost', '127.0.0.1', '[::1]'],
      authorizer: async (event) => authorizer(event),
      forwarder,
      truststore: () => truststore,
      front: () => config.registry.front,
      now,
      observe: (exchange) => {
        const decision = exchange.reference === undefined ? undefined : memory.decisionOf(exchange.reference);
        observe({ kind: 'exchange', exchange, ...(decision === undefined ? {} : { decision }) });
      },
    });
    return { config, domain, twins, registry, revocations, truststore, gateway };
  };

  const closeOnFailure = async (error: unknown): Promise<never> => {
    await backends.close(); // an open backend would keep the process alive behind the error
    throw error;
  };
  let live = await make(reading).catch(closeOnFailure);
  await backends.use(live.config).catch(closeOnFailure);
  const serverKeys = () => serverAuthority.identityFor([live.domain, 'localhost']);
  const listener = await openListener({
    hostname: options.listen,
    port: options.port,
    ...(await serverKeys()),
    limits: options.limits,
    handle: (request, response, presented) => live.gateway(request, response, presented),
    refused: ({ address, kind, detail }) =>
      observe(
        kind === 'no-certificate' ? { kind, address } : { kind: 'refused-below-http', address, what: kind, detail },
      ),
  }).catch(closeOnFailure);
  const recheck = (): number => listener.recheck((presented) => mayStay(live, currentOverlay(), presented, now()));
  const setOverlay = (next: Overlay): number => {
    overlay = next;
    return recheck();
  };
  const fileOverlay = (): Overlay => {
    fileBlocks = readNextBlocks(folder, fileBlocks);
    return localOverlay([...fileBlocks, ...blocked.values()]);
  };
  const writeFiles = () =>
    writeDevFiles(store, {
      domain: live.domain,
      address: callableAddress(options.listen),
      port: listener.port,
      serverAuthorityPem: serverAuthority.pem,
      twins: live.twins,
    });
  writeFiles();

  const reloadBlocks = (): void => {
    const blocks = fileOverlay();
    if (blocks.id === overlay.id) return;
    observe({ kind: 'reloaded', what: 'blocks', registry: live.registry, ended: setOverlay(blocks) });
  };
  let filesAreGood = true;
  const reloadFront = async (): Promise<void> => {
    const next = readFrontFolder(folder);
    refuseLostLists(reading, next);
    // good files that say what is live are told of too, if what was said last is that they have a problem
    if (next.hash === reading.hash && filesAreGood) return;
    const made = await make(next);
    await backends.use(next.config);
    reading = next;
    live = made;
    filesAreGood = true;
    listener.reload(await serverKeys());
    writeFiles();
    observe({ kind: 'reloaded', what: 'front', registry: live.registry, ended: recheck() });
  };
  const keeping = async (work: () => void | Promise<void>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      observe({ kind: 'kept', problems: error.problems });
      return false;
    }
  };
  const reload = async (): Promise<void> => {
    await keeping(reloadBlocks); // first, and by itself: a block must not wait until somebody has corrected the files
    filesAreGood = await keeping(reloadFront);
  };
  const reloads = oneAtATime(reload, (error) =>
    observe({ kind: 'kept', problems: [{ code: 'reload_failed', message: String(error) }] }),
  );
  const watcher = watchFront(folder, reloads);

  return {
    port: listener.port,
    serverAuthority,
    backends,
    config: () => live.config,
    domain: () => live.domain,
    twins: () => live.twins,
    registry: () => live.registry,
    overlay: currentOverlay,
    decisionOf: memory.decisionOf,
    stateFolder: store.folder,
    credentialFiles: (call, credentials) => writeCredentials(store, live.twins, call, credentials),
    block(client) {
      blocked.set(client, demonstrationBlock(client));
      setOverlay(fileOverlay());
      return () => {
        blocked.delete(client);
        setOverlay(fileOverlay());
      };
    },
    async close() {
      watcher.close();
      await listener.close();
      await backends.close();
    },
  };
}

/** The name that callers use: the front's own, or one that no resolver needs to know. */
function domainOf(config: FrontConfig): string {
  return config.domain?.name ?? `${config.id}.localhost`;
}

/** Whether an open connection keeps its right to be there: still trusted, still somebody, not blocked. */
function mayStay(live: Live, overlay: Overlay, presented: readonly Uint8Array[], at: number): boolean {
  const [der] = presented;
  if (der === undefined || !admits(live.truststore, presented, at).admitted) return false;
  const leaf = parseCertificate(der);
  const owners = live.registry.candidates(leaf);
  return (
    owners.length > 0 &&
    certificateBlock(leaf, overlay, at) === undefined &&
    owners.every(({ client }) => clientBlock(overlay, client.name, at) === undefined)
  );
}

/** Where callers on this machine reach a listener. */
export function callableAddress(listen: string): string {
  return listen === '0.0.0.0' ? '127.0.0.1' : listen === '::' ? '::1' : listen;
}

function demonstrationBlock(client: string): Block {
  const reason = 'blocked for a moment by the demonstration';
  return { id: '00000000', target: client, denies: [{ client }], reason, by: 'dev', at: new Date(0).toISOString() };
}
