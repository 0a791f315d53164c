import { existsSync } from 'node:fs';
import type { Denial } from '../../core/decide/block.ts';
import { ProblemError } from '../../core/problem.ts';
import { parseKeyPin } from '../../core/registry/key-pin.ts';
import type { Registry } from '../../core/registry/registry.ts';
import {
  denialsOfCas,
  denialsOfCertificate,
  denialsOfClient,
  denialsOfSerial,
} from '../../core/release/block-target.ts';
import { parseAddressRange } from '../../core/request/address.ts';
import { type Certificate, parseCertificate } from '../../core/x509/certificate.ts';
import { formatName } from '../../core/x509/name.ts';
import { parseSerialText } from '../../core/x509/names/printed-hex.ts';
import { wrongUsage } from '../terminal/failure.ts';
import type { GivenOptions } from '../terminal/given.ts';
import { printable } from '../terminal/output.ts';
import { readPresented } from '../why/presented.ts';
import { readRefusal, referenceIn } from '../why/refusal.ts';

export interface TargetOptions extends GivenOptions {
  readonly front: string;
  readonly key?: boolean;
  readonly log?: string;
}

/** What was typed, found. */
export interface Target {
  /** For people, in a line. */
  readonly what: string;
  readonly denies: readonly Denial[];
  /** What is not denied by it, and could be. */
  readonly note?: string;
}

/**
 * What TARGET is: a client or an authority of the live release, `authority:SERIAL`, a SHA-256, an address or a range, a
 * certificate's file, or the reference of a refusal.
 *
 * @param live absent when nothing could be read: what needs no registry is blocked all the same
 */
export async function targetOf(text: string, live: Registry | undefined, options: TargetOptions): Promise<Target> {
  if (options.key === true) return await keyTarget(text, options);
  const named = namedTarget(text, live);
  if (named !== undefined) return named;
  if (/^[0-9a-fA-F]{64}$/.test(text)) {
    return {
      what: `the certificate with SHA-256 ${text.toLowerCase()}`,
      denies: [{ certificate: text.toLowerCase() }],
      note: 'its key is not known here: give its file to block the key as well',
    };
  }
  const range = rangeIn(text);
  if (range !== undefined) return { what: `whoever calls from ${range}`, denies: [{ addresses: range }] };
  const serial = serialTarget(text, live);
  if (serial !== undefined) return serial;
  const reference = referenceIn(text);
  if (reference !== undefined) return refusedTarget(reference, live, options);
  if (existsSync(text)) return certificateTarget(await leafIn(text, options));
  return unknown(text, live);
}

function namedTarget(text: string, live: Registry | undefined): Target | undefined {
  const [, kind, name = text] = /^(client|ca):(.+)$/.exec(text) ?? [];
  const client = kind === 'ca' ? undefined : live?.clients.get(name);
  const authority = kind === 'client' ? undefined : live?.authorities.get(name);
  if (client !== undefined && authority !== undefined) {
    return wrongUsage(`${name} is a client and an authority`, `sallyport block client:${name}   or   ca:${name}`);
  }
  if (client !== undefined && live !== undefined) {
    return { what: `client ${name}`, denies: denialsOfClient(client, live) };
  }
  if (authority === undefined) return undefined;
  return { what: `every CA of ${name}`, denies: denialsOfCas(authority.certificates) };
}

function serialTarget(text: string, live: Registry | undefined): Target | undefined {
  const [, name = '', written = ''] = /^([a-z0-9-]+):(.+)$/.exec(text) ?? [];
  const authority = live?.authorities.get(name);
  if (authority === undefined) return undefined;
  // digits alone can be decimal or hex: a denial may be too wide, never too narrow
  const serials = parseSerialText(written).readings.map(({ serial }) => serial);
  return {
    what: `serial number ${serials.join(' or ')} of ${name}`,
    denies: serials.flatMap((serial) => denialsOfSerial(serial, authority)),
  };
}

function refusedTarget(reference: string, live: Registry | undefined, options: TargetOptions): Target {
  const { certificate } = readRefusal(reference, options.front, options.log, () => ({
    frontId: live?.front.id ?? 'FRONT',
    region: undefined,
  }));
  if (certificate === undefined) {
    return wrongUsage(
      `${reference} was a call without a certificate`,
      'block its address instead: sallyport block ADDRESS',
    );
  }
  return certificateTarget(parseCertificate(certificate));
}

async function keyTarget(text: string, options: TargetOptions): Promise<Target> {
  const spki = existsSync(text) ? (await leafIn(text, options)).spkiSha256 : parseKeyPin(text);
  return { what: `the key with SHA-256 ${spki}`, denies: [{ key: spki }] };
}

function certificateTarget(leaf: Certificate): Target {
  const what = `${formatName(leaf.subject) || 'a certificate without subject'}, serial ${leaf.serial}, and its key`;
  if (leaf.basicConstraints?.ca === true)
    return { what: `the CA ${formatName(leaf.subject)}`, denies: denialsOfCas([leaf]) };
  return { what, denies: denialsOfCertificate(leaf) };
}

async function leafIn(file: string, options: TargetOptions): Promise<Certificate> {
  const [der] = await readPresented(file, options, Date.now());
  if (der === undefined) return wrongUsage(`${printable(file)} holds no certificate`, 'give a certificate');
  return parseCertificate(der);
}

function rangeIn(text: string): string | undefined {
  if (!/^[0-9a-f.:]+(?:\/\d+)?$/i.test(text)) return undefined;
  try {
    return parseAddressRange(text).text;
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

function unknown(text: string, live: Registry | undefined): never {
  const names = live === undefined ? [] : [...live.clients.keys(), ...live.authorities.keys()];
  return wrongUsage(
    `nothing that can be blocked is called ${printable(text)}`,
    live === undefined
      ? 'the live release could not be read: give a SHA-256, a certificate file, --key, or an address'
      : `a client or authority (${names.slice(0, 12).join(', ')}${names.length > 12 ? ', …' : ''}), AUTHORITY:SERIAL, a SHA-256, a file, an address, or a reference`,
  );
}
