import type { Score } from './score.ts';

export function conformancePage(_scores: readonly Score[]): string {
  return '';
}
