import { inflateRawSync } from 'node:zlib';

export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Why an archive is not unpacked, for people. */
export interface Unreadable {
  readonly what: string;
  readonly remedy: string;
}

const maxEntries = 200;
const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;
/** End of central directory with the longest comment. */
const maxEnd = 22 + 65_535;

/**
 * The files of a ZIP archive by its central directory, stored or deflated, `maxBytes` in all. What else an archive can be
 * (encrypted, in parts, ZIP64) is said and left alone. Never throws.
 */
export function unzip(archive: Uint8Array, maxBytes: number): readonly ZipEntry[] | Unreadable {
  const buffer = Buffer.from(archive.buffer, archive.byteOffset, archive.length);
  const end = endOf(buffer);
  if (end === undefined) return damaged('a damaged ZIP archive');
  const count = buffer.readUInt16LE(end + 10);
  if (count > maxEntries) return damaged(`a ZIP archive with ${count} files`);
  let at = buffer.readUInt32LE(end + 16);
  let left = maxBytes;
  const entries: ZipEntry[] = [];
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > end || buffer.readUInt32LE(at) !== entrySignature) return damaged('a damaged ZIP archive');
    const flags = buffer.readUInt16LE(at + 8);
    const method = buffer.readUInt16LE(at + 10);
    const [packed, size] = [buffer.readUInt32LE(at + 20), buffer.readUInt32LE(at + 24)];
    const [nameLength, extra, comment] = [28, 30, 32].map((field) => buffer.readUInt16LE(at + field)) as [
      number,
      number,
      number,
    ];
    const local = buffer.readUInt32LE(at + 42);
    const name = buffer.toString('utf8', at + 46, at + 46 + nameLength);
    at += 46 + nameLength + extra + comment;
    // folders, and what macOS puts beside every file
    if (name.endsWith('/') || name.startsWith('__MACOSX/')) continue;
    if ((flags & 1) !== 0) {
      return { what: 'an encrypted ZIP archive', remedy: 'unpack it with its password and give the files in it' };
    }
    if (size > left) return damaged('a ZIP archive of more than 8 MB');
    const bytes = contentOf(buffer, { local, packed, size, method });
    if (bytes === undefined)
      return damaged(`a ZIP archive whose file ${JSON.stringify(name.slice(0, 80))} cannot be unpacked`);
    left -= bytes.length;
    entries.push({ name, bytes });
  }
  return entries;
}

function endOf(buffer: Buffer): number | undefined {
  for (let at = buffer.length - 22; at >= 0 && at >= buffer.length - maxEnd; at -= 1) {
    if (buffer.readUInt32LE(at) === endSignature && at + 22 + buffer.readUInt16LE(at + 20) === buffer.length) return at;
  }
  return undefined;
}

function contentOf(
  buffer: Buffer,
  { local, packed, size, method }: { local: number; packed: number; size: number; method: number },
): Uint8Array | undefined {
  if (local + 30 > buffer.length || buffer.readUInt32LE(local) !== localSignature) return undefined;
  const start = local + 30 + buffer.readUInt16LE(local + 26) + buffer.readUInt16LE(local + 28);
  const data = buffer.subarray(start, start + packed);
  if (data.length !== packed) return undefined;
  if (method === 0) return packed === size ? data : undefined;
  if (method !== 8) return undefined;
  try {
    // the size is the archive's own word: what inflates to more is cut off there, and refused
    const bytes = inflateRawSync(data, { maxOutputLength: Math.max(size, 1) });
    return bytes.length === size ? bytes : undefined;
  } catch {
    return undefined;
  }
}

const damaged = (what: string): Unreadable => ({ what, remedy: 'unpack it and give the files in it' });
