import type { Unreadable, ZipEntry } from './zip.ts';

const blockBytes = 512;
const maxEntries = 200;
/** Where `ustar` stands in a header; old archives have none, and are known by their checksum. */
const magicAt = 257;
const fileTypes = new Set(['0', '\0', '7']);

/** A tar archive (POSIX ustar, GNU, or the one before them): its first header adds up. */
export function isTar(bytes: Uint8Array): boolean {
  if (bytes.length < 2 * blockBytes) return false;
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, blockBytes);
  if (header.toString('latin1', magicAt, magicAt + 5) !== 'ustar' && header[0] === 0) return false;
  return octal(header, 148, 8) === checksum(header);
}

/** The plain files of an archive, `maxBytes` in all; links, folders and extended headers are passed over. Never throws. */
export function untar(archive: Uint8Array, maxBytes: number): readonly ZipEntry[] | Unreadable {
  const buffer = Buffer.from(archive.buffer, archive.byteOffset, archive.length);
  const entries: ZipEntry[] = [];
  let left = maxBytes;
  for (let at = 0; at + blockBytes <= buffer.length; ) {
    const header = buffer.subarray(at, at + blockBytes);
    if (header.every((octet) => octet === 0)) break;
    const size = octal(header, 124, 12);
    if (size === undefined || octal(header, 148, 8) !== checksum(header) || at + blockBytes + size > buffer.length) {
      return { what: 'a damaged tar archive', remedy: 'unpack it and give the files in it' };
    }
    const type = header.toString('latin1', 156, 157);
    const name = header.toString('utf8', 0, 100).replace(/\0.*$/s, '');
    at += blockBytes;
    // macOS puts ._NAME beside NAME
    if (fileTypes.has(type) && !/(?:^|\/)\._/.test(name)) {
      left -= size;
      if (left < 0 || entries.length >= maxEntries) {
        return { what: 'a tar archive with too much in it', remedy: 'unpack it and give the files in it' };
      }
      entries.push({ name, bytes: buffer.subarray(at, at + size) });
    }
    at += Math.ceil(size / blockBytes) * blockBytes;
  }
  return entries;
}

function octal(header: Buffer, from: number, length: number): number | undefined {
  const digits = header
    .toString('latin1', from, from + length)
    .replace(/\0.*$/s, '')
    .trim();
  return /^[0-7]{1,12}$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

/** The sum of the header's octets, its own eight counted as spaces. */
function checksum(header: Buffer): number {
  return header.reduce((sum, octet, at) => sum + (at >= 148 && at < 156 ? 0x20 : octet), 0);
}
