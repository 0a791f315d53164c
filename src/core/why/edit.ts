import type { Place } from '../problem.ts';
import type { RegistryDocument } from '../registry/document.ts';

/** 1-based. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/** One change of the registry. `text` is for people. */
export interface Edit {
  readonly text: string;
  readonly at: Place;
  /** What is looser afterwards, when it touches who somebody is: to be read before it is done. */
  readonly weakens?: string;
  /** The same in the file that `at` names: a key at its top, and what is set or added there (YAML, one line). */
  readonly change:
    | { readonly key: string; readonly set: string }
    | { readonly key: string; readonly append: string }
    /** Certificates that are added at the end of a file of them. */
    | { readonly pem: string }
    | { readonly condition: Position; readonly address: string }
    | { readonly condition: Position; readonly or: string };
  apply(document: RegistryDocument): RegistryDocument;
}
