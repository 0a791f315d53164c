/**
 * A value as one line of JSON in printable ASCII: no text in it can end the line, begin another record, or move a
 * terminal's cursor. What `JSON.parse` gives back is the same value.
 */
export function asciiJson(value: unknown): string {
  return asciiOnly(JSON.stringify(value));
}

/** A text that JSON could hold between quotes, or that has some: everything beyond printable ASCII as `\uXXXX`, one for each UTF-16 unit. */
export function asciiOnly(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : text.replace(/[^\x20-\x7e]/g, escaped);
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
