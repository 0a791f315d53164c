import type { Place, Problem } from '../core/problem.ts';
import { compileRegistry } from '../core/registry/compile.ts';
import type { ConnectionConfig } from '../core/registry/connection.ts';
import type { FrontDocument, RegistryDocument } from '../core/registry/document.ts';
import type { DeployedSource, RouteSource } from '../core/registry/source.ts';
import { connectionsOf } from './connections.ts';
import { type FrontTree, frontShape } from './fields/front.ts';
import { requirementsOf } from './fields/requirement.ts';
import { type FrontFiles, frontFile } from './front-files.ts';
import { parseTree } from './tree.ts';
import { readTruststore } from './truststore/truststore.ts';

export interface TierConfig {
  /** Requests a second, sustained. */
  readonly perSecond: number;
  /** Requests at once. */
  readonly burst: number;
  readonly perDay?: number;
}

export interface DomainConfig {
  readonly name: string;
  readonly hostedZone?: { readonly id: string; readonly name: string };
  /** ARN of an ACM certificate, when DNS is not in Route 53. */
  readonly certificate?: string;
  /** ARN of a public ACM certificate that proves ownership, when that one was imported or comes from a private CA. */
  readonly ownershipCertificate?: string;
  /** First part of every path, when the domain carries several APIs. */
  readonly basePath?: string;
  /** Whether AWS WAF stands before the front. */
  readonly waf?: boolean;
  /** The old name, when the name has changed on purpose. */
  readonly replaceDomain?: string;
}

/** Settings of the two functions that may differ from their defaults; docs/settings.md says what each is for. */
export interface FunctionSettings {
  /** 15 to 86,400. */
  readonly maximumAgeSeconds?: number;
  readonly keepRefusals?: boolean;
  readonly bindExtendedRequestId?: boolean;
  readonly responseMode?: 'buffered' | 'stream';
}

export interface LogSettings {
  /** How long CloudWatch keeps a line; one of the numbers of days that it takes. */
  readonly days: number;
}

/** What git knows about the folder of a front at synth: what a deploy is compared by. */
export interface Checkout {
  /** 40 hexadecimal digits (64 with SHA-256). */
  readonly commit: string;
  /** Files of the folder that differ from it. */
  readonly changed: number;
  /** Shortened, newest first; without the commit itself. */
  readonly ancestors: readonly string[];
  /** Whether there may be more history than this clone has. */
  readonly shallow: boolean;
  /** Whose git this is, `Name <address>`; absent where nobody has told it. */
  readonly by?: string;
}

export interface DeployConfig {
  /** The deployed commit, at least seven digits of it, that may be given up for files that do not descend from it. */
  readonly turnBackFrom?: string;
}

/** A front that has no problem left: what is deployed (connections, tiers, domain) and what is published (the registry). */
export interface FrontConfig {
  readonly id: string;
  readonly label: string;
  readonly stage: 'production' | 'test';
  readonly aws?: { readonly account: string; readonly region: string };
  readonly support: { readonly email?: string; readonly url?: string };
  readonly domain?: DomainConfig;
  readonly egress?: { readonly zones: number; readonly elasticIps?: readonly string[] };
  /** Reserved Lambda concurrency of each function. */
  readonly concurrency?: { readonly authorizer: number; readonly forwarder: number };
  readonly functions?: FunctionSettings;
  readonly logs?: LogSettings;
  readonly deploy?: DeployConfig;
  /** Where the files are from; absent outside of git. `frontFrom` reads it. */
  readonly checkout?: Checkout;
  readonly tiers: ReadonlyMap<string, TierConfig>;
  readonly connections: ReadonlyMap<string, ConnectionConfig>;
  readonly registry: RegistryDocument;
}

export interface ParsedFront {
  /** Only when there is no problem. */
  readonly config?: FrontConfig;
  /** Only when nothing is wrong but that there is no client yet: what the first one is added to. */
  readonly empty?: RegistryDocument;
  /** As they are written, unless sallyport.yaml could not be read. */
  readonly routes?: readonly RouteSource[];
  /** All of them, in the order of files and lines. */
  readonly problems: readonly Problem[];
}

/** All files of a front → what they say, or all of their problems: a bad file hides no problem of another. */
export function parseFront(files: FrontFiles): ParsedFront {
  const problems: Problem[] = [];
  const report = (problem: Problem): void => {
    problems.push(problem);
  };
  const front = readFrontTree(files, report);
  const truststore = readTruststore(files, report);
  const connections = front === undefined ? undefined : connectionsOf(front, files, report);
  const deployed = front === undefined ? undefined : deployedOf(front);
  const { document, problems: found } = compileRegistry({
    front: front === undefined ? unreadFront : frontDocument(front),
    ...truststore,
    deployed,
  });
  problems.push(...found);
  if (front !== undefined && connections !== undefined && problems.length === 0) {
    return { config: frontConfig(front, connections, document), routes: deployed?.routes, problems };
  }
  const isEmpty = front !== undefined && problems.every(({ code }) => code === 'registry_empty');
  return {
    empty: isEmpty ? document : undefined,
    routes: deployed?.routes,
    problems: problems
      .map((problem, index) => ({ problem, index }))
      .sort(byPlace)
      .map(({ problem }) => problem),
  };
}

function readFrontTree(files: FrontFiles, report: (problem: Problem) => void): FrontTree | undefined {
  const bytes = files.get(frontFile);
  if (bytes === undefined) {
    report({
      code: 'front_missing',
      message: 'there is no sallyport.yaml in this folder',
      place: { file: frontFile },
      remedy: 'sallyport init writes a first one; --front DIR names another folder',
    });
    return undefined;
  }
  const tree = parseTree(frontFile, bytes, report);
  return tree === undefined ? undefined : frontShape.read(tree, { report, key: frontFile });
}

/** Stands in while sallyport.yaml has problems; the document it goes into is never returned. */
const unreadFront: FrontDocument = { id: '', label: '', stage: 'test', support: {}, disclose: false };

function frontDocument(front: FrontTree): FrontDocument {
  return {
    id: front.id.value,
    label: front.front.value,
    stage: front.stage.value,
    support: { email: front.support.email?.value, url: front.support.url?.value },
    disclose: front.refusals?.disclose.value ?? true,
  };
}

function deployedOf(front: FrontTree): DeployedSource {
  return {
    connectionNames: new Set(front.connections.names),
    tierNames: new Set(front.tiers?.names ?? []),
    routes: front.routes.items.map((route) => ({
      ...route,
      admits: route.admits?.items.map(({ value }) => value) ?? [],
      require: route.require === undefined ? undefined : requirementsOf(route),
      replaces: route.replaces?.value === true,
    })),
  };
}

function frontConfig(
  front: FrontTree,
  connections: ReadonlyMap<string, ConnectionConfig>,
  registry: RegistryDocument,
): FrontConfig {
  const { id, label, stage, support } = registry.front;
  const tiers = (front.tiers?.entries ?? []).map(({ name, value }): [string, TierConfig] => [
    name.value,
    { perSecond: value.perSecond.value, burst: value.burst.value, perDay: value.perDay?.value },
  ]);
  return {
    id,
    label,
    stage,
    support,
    aws: front.aws && { account: front.aws.account.value, region: front.aws.region.value },
    domain: front.domain && {
      name: front.domain.name.value,
      hostedZone: front.domain.hostedZone && {
        id: front.domain.hostedZone.id.value,
        name: front.domain.hostedZone.name.value,
      },
      certificate: front.domain.certificate?.value,
      ownershipCertificate: front.domain.ownershipCertificate?.value,
      basePath: front.domain.basePath?.value,
      waf: front.domain.waf?.value,
      replaceDomain: front.domain.replaceDomain?.value,
    },
    egress: front.egress && {
      zones: front.egress.zones.value,
      elasticIps: front.egress.elasticIps?.items.map(({ value }) => value),
    },
    concurrency: front.concurrency && {
      authorizer: front.concurrency.authorizer.value,
      forwarder: front.concurrency.forwarder.value,
    },
    functions: front.functions && {
      maximumAgeSeconds: front.functions.maximumAgeSeconds?.value,
      keepRefusals: front.functions.keepRefusals?.value,
      bindExtendedRequestId: front.functions.bindExtendedRequestId?.value,
      responseMode: front.functions.responseMode?.value,
    },
    logs: front.logs && { days: front.logs.days.value },
    deploy: front.deploy && { turnBackFrom: front.deploy.turnBackFrom.value },
    tiers: new Map(tiers),
    connections,
    registry,
  };
}

interface Numbered {
  readonly problem: Problem;
  readonly index: number;
}

/** sallyport.yaml first, then by file, line and column; what was found first stays first. */
function byPlace(a: Numbered, b: Numbered): number {
  const [left, right]: [Place, Place] = [a.problem.place ?? {}, b.problem.place ?? {}];
  const [x, y] = [left, right].map(({ file = '' }) => (file === frontFile ? '' : file));
  if (x !== undefined && y !== undefined && x !== y) return x < y ? -1 : 1;
  return (left.line ?? 0) - (right.line ?? 0) || (left.column ?? 0) - (right.column ?? 0) || a.index - b.index;
}
