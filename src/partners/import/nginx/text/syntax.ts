import { type Place, refuse } from '../../../../core/problem.ts';
import { refuseForeign } from './foreign-text.ts';
import { malformed, type Token, Tokens } from './tokens.ts';

type Word = Extract<Token, { kind: 'word' }>;

/** One directive of nginx's configuration, with its block if it has one. */
export interface Directive {
  readonly name: string;
  readonly args: readonly string[];
  readonly block?: readonly Directive[];
  readonly place: Place;
}

/** Reads a file that `include` names, relative to the file that includes it; several for a pattern. */
export type Include = (pattern: string, from: Place) => readonly { readonly file: string; readonly text: string }[];

const maximumCharacters = 2_000_000;
const maximumDepth = 32;
const maximumDirectives = 50_000;

/**
 * The directives of a configuration, includes in their place.
 * @throws ProblemError `nginx_malformed`, `nginx_too_large`, and what `include` throws
 */
export function parseNginx(file: string, text: string, include: Include): readonly Directive[] {
  refuseForeign(file, text);
  const count = { directives: 0, characters: 0, depth: 0 };
  return parseFile(file, text, include, count);
}

interface Count {
  directives: number;
  characters: number;
  depth: number;
}

function parseFile(file: string, text: string, include: Include, count: Count): readonly Directive[] {
  count.characters += text.length;
  if (count.characters > maximumCharacters) tooLarge(file, `over ${maximumCharacters} characters with its includes`);
  const tokens = new Tokens(file, text);
  return parseBlock(tokens, include, count, undefined);
}

function parseBlock(tokens: Tokens, include: Include, count: Count, opened: Place | undefined): readonly Directive[] {
  const directives: Directive[] = [];
  for (;;) {
    const token = tokens.next();
    if (token === undefined) {
      if (opened === undefined) return directives;
      return malformed(opened, 'this block is never closed', 'a `}` for each `{`');
    }
    if (token.kind === '}') {
      if (opened !== undefined) return directives;
      return malformed(token.place, 'there is nothing to close here', 'as many `}` as `{`');
    }
    if (token.kind !== 'word') return malformed(token.place, `\`${token.kind}\` without a directive`, 'a name first');
    count.directives += 1;
    if (count.directives > maximumDirectives) tooLarge(token.place.file, `over ${maximumDirectives} directives`);
    directives.push(...directiveFrom(token, tokens, include, count));
  }
}

function directiveFrom(name: Word, tokens: Tokens, include: Include, count: Count): readonly Directive[] {
  const args: string[] = [];
  for (;;) {
    const token = tokens.next();
    if (token === undefined || token.kind === '}') {
      return malformed(name.place, `\`${name.text.slice(0, 60)}\` does not end`, '`;` or a block behind it');
    }
    if (token.kind === 'word') args.push(token.text);
    else if (token.kind === ';') {
      if (name.text !== 'include') return [{ name: name.text, args, place: name.place }];
      return included(args[0] ?? '', name.place, include, count);
    } else {
      count.depth += 1;
      if (count.depth > maximumDepth) tooLarge(name.place.file, `blocks more than ${maximumDepth} deep`);
      const isLua = name.text.endsWith('_by_lua_block');
      if (isLua) tokens.skipLua(name.place);
      const block = isLua ? [] : parseBlock(tokens, include, count, name.place);
      count.depth -= 1;
      return [{ name: name.text, args, block, place: name.place }];
    }
  }
}

function included(pattern: string, place: Place, include: Include, count: Count): readonly Directive[] {
  count.depth += 1;
  if (count.depth > maximumDepth)
    tooLarge(place.file, `includes more than ${maximumDepth} deep: one of them includes itself`);
  const directives = include(pattern, place).flatMap(({ file, text }) => parseFile(file, text, include, count));
  count.depth -= 1;
  return directives;
}

function tooLarge(file: string | undefined, found: string): never {
  return refuse({
    code: 'nginx_too_large',
    message: 'this is more than a configuration of one front',
    place: { file },
    found,
    remedy: 'give the file with the one server that is to be moved',
  });
}
