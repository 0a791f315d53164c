import { editYaml } from '../../config/edit/edit-yaml.ts';
import { readFrontFiles } from '../../config/folder.ts';
import { type FrontConfig, parseFront } from '../../config/front.ts';
import type { FrontFiles } from '../../config/front-files.ts';
import { admits } from '../../core/edge/admits.ts';
import type { Problem } from '../../core/problem.ts';
import { loadRegistry, truststoreOf } from '../../core/registry/load.ts';
import type { Edit } from '../../core/why/edit.ts';
import { decideAsUsual } from '../../core/why/smallest-change.ts';
import type { DiffLine } from '../terminal/text-diff.ts';
import { changeLines } from '../terminal/text-diff.ts';
import type { Question } from './answer.ts';

/** The smallest change as it would stand in the files, which were read again with it. */
export interface Proposal {
  readonly files: readonly { readonly file: string; readonly lines: readonly DiffLine[] }[];
  /** Whether the changed files are a front without problems that allows the request. */
  readonly allows: boolean;
  /** Why not: what the changed files would have wrong. */
  readonly problems: readonly Problem[];
}

/**
 * Writes nothing. Undefined when a file is laid out so that a person has to make the change.
 *
 * @param registryOf the registry that judges: of the twins, when `dev` made the certificate
 */
export async function proposalOf(
  edits: readonly Edit[],
  front: string,
  question: Question,
  registryOf: (config: FrontConfig) => Promise<FrontConfig['registry']>,
): Promise<Proposal | undefined> {
  const before = readFrontFiles(front);
  const after = changedFiles(before, edits);
  if (after === undefined) return undefined;
  const files = [...after]
    .filter(([file, bytes]) => before.get(file) !== bytes)
    .map(([file, bytes]) => ({
      file,
      lines: changeLines({ file, before: textOf(before.get(file)), after: textOf(bytes) }),
    }));
  const { config, problems } = parseFront(after);
  if (config === undefined) return { files, allows: false, problems };
  const registry = loadRegistry(await registryOf(config));
  const { presented, request, token, revocations, overlay, at } = question;
  const { decision } = decideAsUsual(
    {
      certificate: presented[0],
      request: { method: request.method, path: request.path, address: question.address, key: question.key },
      token,
      revocations,
      overlay,
      now: at,
    },
    registry,
  );
  return {
    files,
    allows: decision.outcome === 'allow' && admits(truststoreOf(registry), presented, at).admitted,
    problems,
  };
}

function changedFiles(before: FrontFiles, edits: readonly Edit[]): FrontFiles | undefined {
  const after = new Map(before);
  for (const file of new Set(edits.map(({ at }) => at.file))) {
    const bytes = file === undefined ? undefined : before.get(file);
    const changes = edits.filter(({ at }) => at.file === file).map(({ change }) => change);
    const pem = changes.flatMap((change) => ('pem' in change ? [change.pem] : []));
    const inYaml = changes.flatMap((change) => ('pem' in change ? [] : [change]));
    const appended = `${textOf(bytes).trimEnd()}\n${pem.join('')}`;
    const text = bytes === undefined ? undefined : pem.length > 0 ? appended : editYaml(textOf(bytes), inYaml);
    if (file === undefined || text === undefined) return undefined;
    after.set(file, Buffer.from(text));
  }
  return after;
}

function textOf(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}
