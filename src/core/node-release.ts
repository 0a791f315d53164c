/** The oldest Node that undici, commander and `require` of modules work on. */
const oldest = [22, 19, 0] as const;

/** The first release of each line with the security fixes of 2026-06-18 and 2026-07-29; a line that is not here never got them. */
const mended: Readonly<Record<number, Version>> = { 22: [22, 23, 2], 24: [24, 18, 1], 26: [26, 5, 1] };
const firstLineMadeLater = 27;

/** Releases that are bad for a listener for another reason. */
const leaking: Readonly<Record<string, string>> = {
  '24.21.0': 'it loses memory at every handshake with a client certificate',
};

type Version = readonly [major: number, minor: number, patch: number];

export type NodeRelease =
  /** `too-old`: nothing starts. `holes`: no listener for partners. `leaks`: works, and must not stay up for weeks. */
  | { readonly state: 'good' }
  | { readonly state: 'too-old' | 'holes' | 'leaks'; readonly why: string; readonly remedy: string };

const remedy = 'install Node 24.20.0 (`nvm install 24.20.0`), then the same command again';

/** What is known of a release of Node, by its version: the one table of bad ones. */
export function nodeReleaseOf(text: string): NodeRelease {
  const [major = 0, minor = 0, patch = 0] = text.split('.').map((part) => Number.parseInt(part, 10));
  const version: Version = [major, minor, patch];
  if (isBefore(version, oldest)) {
    return { state: 'too-old', why: `this is Node ${text}; it needs ${oldest.slice(0, 2).join('.')} or later`, remedy };
  }
  const first = mended[major];
  if (major < firstLineMadeLater && (first === undefined || isBefore(version, first))) {
    const has = first === undefined ? 'its line never got them' : `${first.join('.')} has them`;
    return {
      state: 'holes',
      why: `Node ${text} lacks the security fixes of 2026-06-18 and 2026-07-29 (hidden headers, mixed-up client identities); ${has}`,
      remedy,
    };
  }
  const leak = leaking[text];
  return leak === undefined ? { state: 'good' } : { state: 'leaks', why: `Node ${text}: ${leak}`, remedy };
}

/** `engines` of package.json: whatever has no holes. */
export const engines = [
  ...Object.values(mended).map(([...parts]) => `^${parts.join('.')}`),
  `>=${firstLineMadeLater}`,
].join(' || ');

function isBefore(a: Version, b: Version): boolean {
  const at = a.findIndex((part, index) => part !== b[index]);
  return at !== -1 && (a[at] ?? 0) < (b[at] ?? 0);
}
