/** In a Lua block the braces of strings, comments and long brackets (Lua manual §3.1) do not count. */
const token =
  /--\[(=*)\[[\s\S]*?\]\1\]|--(?!\[=*\[)[^\n]*|\[(=*)\[[\s\S]*?\]\2\]|"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|[{}"']|\[=*\[/g;

/** The index behind the `}` that closes the block which began before `from`; undefined: it is never closed. */
export function endOfLuaBlock(text: string, from: number): number | undefined {
  let open = 1;
  token.lastIndex = from;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    if (found[0] === '{') open += 1;
    if (found[0] === '}') open -= 1;
    if (/^(?:["']|\[=*\[)$/.test(found[0])) return undefined; // begun, and never ended
    if (open === 0) return token.lastIndex;
  }
  return undefined;
}
