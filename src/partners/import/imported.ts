import type { Place } from '../../core/problem.ts';
import type { Certificate } from '../../core/x509/certificate.ts';

/** Something that a person has to know of an import. */
export interface Note {
  /** changed = it means something else now · left-out = it was not taken over · to-do = somebody has to write it. */
  readonly kind: 'changed' | 'left-out' | 'to-do';
  readonly text: string;
  readonly place?: Place;
}

/** What another product's configuration says, in our words: never more than it admitted. */
export interface Imported {
  readonly host?: string;
  readonly connections: readonly { readonly name: string; readonly url: string }[];
  readonly routes: readonly { readonly match: string; readonly connection: string; readonly to?: string }[];
  readonly authorities: readonly ImportedAuthority[];
  /** Only those whose identity is certain. */
  readonly clients: readonly ImportedClient[];
  readonly notes: readonly Note[];
}

export interface ImportedAuthority {
  readonly name: string;
  readonly cas: readonly Certificate[];
  /** Subjects; absent: those that issue no other CA of the file. */
  readonly issuers?: readonly string[];
  /** What is done about revoked certificates, as far as the source says. */
  readonly revocation: string;
}

export interface ImportedClient {
  readonly name: string;
  readonly authority: string;
  /** RFC 4514 as we write it. */
  readonly subject: string;
  readonly allow: readonly string[];
  readonly addresses: readonly string[];
}

/** A name that is free among `taken`, from any text. */
export function nameFrom(text: string, taken: ReadonlySet<string>, otherwise: string): string {
  const base =
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+/, '')
      .slice(0, 56)
      .replace(/-+$/, '') || otherwise;
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(name)) return name;
  }
}
