import { ProblemError } from '../problem.ts';
import type { GeneralName } from '../x509/certificate.ts';
import type { Name } from '../x509/name.ts';
import { nameTextOf } from '../x509/name-text.ts';
import { parseSan } from './san.ts';

/** What stands for the authority until somebody says which one it is. */
const placeholder = 'AUTHORITY';

/** The line for `identities` of a client that registers this subject. It is ASCII, and read back to the same name. */
export function subjectLine(subject: Name, authority: string = placeholder): string {
  return `- { authority: ${authority}, subject: ${quoted(nameTextOf(subject))} }`;
}

/** The same for an alternative name; undefined for kinds that identify nobody here, and for wildcards. */
export function sanLine(name: GeneralName, authority: string = placeholder): string | undefined {
  if (name.kind !== 'dns' && name.kind !== 'uri' && name.kind !== 'email' && name.kind !== 'ip') return undefined;
  try {
    const value = parseSan(name.kind, name.kind === 'ip' ? name.text : name.value);
    return `- { authority: ${authority}, san: { ${name.kind}: ${quoted(value)} } }`;
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

/** Within single quotes YAML knows one escape: the quote itself, doubled (YAML 1.2.2 §7.3.2). */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
