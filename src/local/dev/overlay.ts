import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Block } from '../../core/decide/block.ts';
import { type Overlay, overlayOf } from '../../core/decide/overlay.ts';
import { ProblemError, refuse } from '../../core/problem.ts';
import { fieldsOf } from '../../core/release/fields.ts';
import { blockOf } from '../../core/release/overlay-document.ts';
import { isRecord } from '../../core/unknown.ts';
import { hasCode } from '../../folder/system-error.ts';
import { STATE_FOLDER } from '../state-folder.ts';

/** The blocks of `dev`, relative to the front: the entries of `overlay/blocks.json`, unsigned, because nobody else reads them. */
export const localBlocksFile = `${STATE_FOLDER}/blocks.json`;

const remedy = 'write it anew: sallyport block CLIENT --dev --reason "why"';

/** The same blocks are the same overlay. */
export function localOverlay(blocks: readonly Block[]): Overlay {
  return overlayOf(JSON.stringify(blocks), blocks);
}

/** No file, no blocks. @throws ProblemError `overlay_malformed` */
export function readLocalBlocks(front: string): readonly Block[] {
  let text: string;
  try {
    text = readFileSync(join(front, localBlocksFile), 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    return refuse({
      code: 'file_unreadable',
      message: 'the blocks cannot be read',
      place: { file: localBlocksFile },
      found: error instanceof Error ? error.message.replace(/,.*/, '') : String(error),
      remedy,
    });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value) || value.format !== 1 || !Array.isArray(value.entries)) return bad('another form');
    return value.entries.map((entry, index) => blockOf(fieldsOf(entry, `entry ${index + 1}`)));
  } catch (error) {
    if (error instanceof ProblemError && error.problems[0]?.code === 'overlay_malformed') throw error;
    return bad(error instanceof Error ? error.message : 'not JSON');
  }
}

/**
 * While a front runs, a file of blocks that is gone lifts none: an editor may be writing it, and who means it can say so.
 * @throws ProblemError `overlay_gone`
 */
export function readNextBlocks(front: string, before: readonly Block[]): readonly Block[] {
  if (before.length > 0 && !existsSync(join(front, localBlocksFile))) {
    refuse({
      code: 'overlay_gone',
      message: 'the file of blocks is gone; what it blocked stays blocked',
      place: { file: localBlocksFile },
      found: 'no file',
      allowed: 'a file, also one without blocks',
      remedy: `for no blocks at all: echo '{ "format": 1, "entries": [] }' > ${localBlocksFile}`,
    });
  }
  return readLocalBlocks(front);
}

function bad(found: string): never {
  return refuse({
    code: 'overlay_malformed',
    message: 'not the blocks of a local front',
    place: { file: localBlocksFile },
    found,
    allowed: 'format 1 with entries, each a block as `sallyport block` writes it',
    remedy,
  });
}
