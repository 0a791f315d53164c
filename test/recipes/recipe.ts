/** One thing that somebody does who follows a row of CONTRIBUTING.md: a new file, or lines before an anchor that stands once. */
export interface Edit {
  readonly file: string;
  /** Absent: the file is new. */
  readonly before?: string;
  readonly text: string;
}

/** A row of CONTRIBUTING.md, followed with something made up. */
export interface Recipe {
  /** The row's first cell. */
  readonly adds: string;
  readonly edits: readonly Edit[];
  /** Who notices that a file was forgotten: the compiler, or a test of the row. Every file of `edits` stands here. */
  readonly noticedBy: Readonly<Record<string, 'types' | 'test'>>;
  /** What `npm run docs` writes of it; that it was not run, a test of the row notices. */
  readonly pages?: readonly string[];
  /** When the test takes long as a whole: the part of it that notices. */
  readonly only?: string;
}

/** The text of `file` after the edits. Throws when an anchor is not there exactly once: then the recipe has to be mended. */
export function edited(file: string, text: string | undefined, edits: readonly Edit[]): string | undefined {
  let now = text;
  for (const edit of edits.filter((one) => one.file === file)) {
    if (edit.before === undefined) now = edit.text;
    else {
      const parts = (now ?? '').split(edit.before);
      if (parts.length !== 2)
        throw new Error(`${file} has ${parts.length - 1} of these, not one:\n${edit.before}\nMend test/recipes/.`);
      now = parts.join(`${edit.text}${edit.before}`);
    }
  }
  return now;
}

export const filesOf = ({ edits }: Recipe): readonly string[] => [...new Set(edits.map(({ file }) => file))];
