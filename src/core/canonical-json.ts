/**
 * Canonical JSON: keys sorted by UTF-16 code unit, no `undefined`, no white space. Equal values are equal texts, on any
 * machine, so a digest or a signature over the text is one over the value.
 */
export function canonicalJson(value: unknown, written: Written = asItIs): string {
  if (Array.isArray(value)) return `[${value.map((each) => canonicalJson(each, written)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members: string[] = [];
    for (const key of Object.keys(value).sort()) {
      const member = written(key, (value as Record<string, unknown>)[key]);
      if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member, written)}`);
    }
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}

/** What is written for a member; `undefined` leaves it out. */
type Written = (key: string, member: unknown) => unknown;

const asItIs: Written = (_, member) => member;
