import { refuse } from '../problem.ts';
import { parseRequestPath, type RequestPath } from './path.ts';
import type { Pattern } from './pattern.ts';

/** `target = to + raw.slice(strip)`: nothing else of the path is touched, so it stays byte-true. */
export interface Rewrite {
  /** How many bytes of the raw path `to` replaces. */
  readonly strip: number;
  readonly to: string;
}

const MAXIMUM_TO_BYTES = 512;
const unchanged: Rewrite = { strip: 0, to: '' };

/**
 * Checks what a route's `to` says against its `match`: both end in `/**`, or neither does.
 *
 * @throws ProblemError `route_to_malformed`
 */
export function checkTo(to: string, match: Pattern): void {
  const subtree = to.endsWith('/**');
  const fixed = subtree ? to.slice(0, -3) : to;
  const problem = (message: string, remedy?: string): never =>
    refuse({
      code: 'route_to_malformed',
      message,
      found: to,
      allowed: match.subtree
        ? 'a fixed path that ends in `/**`, as `match` does'
        : 'one fixed path, as `match` has no `/**`',
      remedy,
    });
  if (subtree !== match.subtree) {
    problem(
      '`to` must end in `/**` exactly when `match` does',
      match.subtree ? `write "${to.replace(/\/$/, '')}/**"` : `write "${fixed || '/'}"`,
    );
  }
  if (fixed.includes('*')) problem('`to` has no `*`: it replaces the part of the path before `**` by fixed text');
  if (to.length > MAXIMUM_TO_BYTES) problem(`\`to\` is longer than ${MAXIMUM_TO_BYTES} bytes`);
  const path = parseRequestPath(fixed || '/');
  if (subtree && path.trailingSlash) problem('empty segments are refused', `write "${fixed.replace(/\/+$/, '')}/**"`);
}

/** What the forwarder does to a path that `route.pattern` matched. */
export function rewriteTarget(route: { readonly pattern: Pattern; readonly to?: string }, path: RequestPath): Rewrite {
  const { pattern, to } = route;
  if (to === undefined) return unchanged;
  if (!pattern.subtree) return { strip: path.raw.length, to };
  let strip = 0;
  for (let index = 0; index < pattern.segments.length; index += 1) strip += 1 + (path.rawSegments[index]?.length ?? 0);
  const prefix = to.slice(0, -3);
  // `/orders` under `to: /**` is the root, not an empty target.
  return { strip, to: prefix === '' && strip === path.raw.length ? '/' : prefix };
}
