/**
 * The name as the most tolerant server reads it: CGI, WSGI, Rack and PHP make `_` of `-`, some of them of every character
 * that is not a letter or a digit, and none of them knows case.
 */
export function foldName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-');
}
