/** `1 client`, `2 clients`, `1 authority`, `3 authorities`. */
export function count(number: number, what: string): string {
  const several = what.endsWith('y') ? `${what.slice(0, -1)}ies` : `${what}s`;
  return `${number} ${number === 1 ? what : several}`;
}
