import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyOverlay, type Overlay } from '../../core/decide/overlay.ts';
import { type Problem, refuse } from '../../core/problem.ts';
import { isRecord } from '../../core/unknown.ts';
import { hasCode } from '../../folder/system-error.ts';
import { STATE_FOLDER } from '../state-folder.ts';

const overlayFile = `${STATE_FOLDER}/overlay.json`;

const EXAMPLE = '{ "format": 1, "clients": { "acme": "contract ended" }, "certificates": {} }';

/** The blocks of this machine, from `.sallyport/overlay.json`; no file, no blocks. ProblemError `overlay_malformed`. */
export function readLocalOverlay(front: string, sequence: number): Overlay {
  let text: string;
  try {
    text = readFileSync(join(front, overlayFile), 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { ...emptyOverlay, sequence };
    return refuse({
      code: 'file_unreadable',
      message: 'the blocks cannot be read',
      place: { file: overlayFile },
      found: error instanceof Error ? error.message.replace(/,.*/, '') : String(error),
      remedy: EXAMPLE,
    });
  }
  return parseLocalOverlay(text, sequence);
}

/**
 * While a front runs, a file of blocks that is gone lifts none: an editor may be writing it, and who means it can say so.
 * @throws ProblemError `overlay_gone`
 */
export function readNextOverlay(front: string, before: Overlay): Overlay {
  const blocks = before.clients.size + before.certificates.size;
  if (blocks > 0 && !existsSync(join(front, overlayFile))) {
    refuse({
      code: 'overlay_gone',
      message: 'the file of blocks is gone; what it blocked stays blocked',
      place: { file: overlayFile },
      found: 'no file',
      allowed: 'a file, also one without blocks',
      remedy: `for no blocks at all: echo '{ "format": 1 }' > ${overlayFile}`,
    });
  }
  return readLocalOverlay(front, before.sequence + 1);
}

function parseLocalOverlay(text: string, sequence: number): Overlay {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return bad(error instanceof Error ? error.message : 'not JSON');
  }
  if (!isRecord(value)) return bad('not an object');
  const unknown = Object.keys(value).find((key) => !['format', 'clients', 'certificates'].includes(key));
  if (unknown !== undefined) return bad(`the key ${JSON.stringify(unknown)}`);
  if (value.format !== 1) return bad(`format ${JSON.stringify(value.format)}`);
  const certificates = blocksOf(value.certificates, 'certificates');
  const odd = [...certificates.keys()].find((sha256) => !/^[0-9a-f]{64}$/.test(sha256));
  if (odd !== undefined) return bad(`certificates: ${JSON.stringify(odd)} is no SHA-256 in lower-case hex`);
  return { sequence, clients: blocksOf(value.clients, 'clients'), certificates };
}

function blocksOf(value: unknown, key: string): ReadonlyMap<string, string> {
  if (value === undefined) return new Map();
  if (!isRecord(value)) return bad(`${key}: not an object of name to reason`);
  const entries = Object.entries(value).map(([name, why]): [string, string] =>
    typeof why === 'string' ? [name, why] : bad(`${key}: the reason for ${JSON.stringify(name)} is no text`),
  );
  return new Map(entries);
}

function bad(found: string): never {
  const problem: Problem = {
    code: 'overlay_malformed',
    message: 'not an overlay of blocks',
    place: { file: overlayFile },
    found,
    allowed: 'format 1 with clients and certificates, each name with the reason of its block',
    remedy: EXAMPLE,
  };
  return refuse(problem);
}
