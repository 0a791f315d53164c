import type { Change } from '../../core/release/plan.ts';
import { type Output, printable } from '../terminal/output.ts';

/** One line a change: sign, what it is about, what of it, from what to what. */
export function printChanges(changes: readonly Change[], output: Output): void {
  const signs = { addition: output.good('+'), removal: output.bad('-'), change: '~' };
  for (const { kind, by, subject, detail, before, after } of changes) {
    const values = kind === 'change' && detail !== '' ? `: ${before ?? 'nothing'} → ${after ?? 'nothing'}` : '';
    const deploy = by === 'deploy' ? output.faint('   (deploy: npx cdk deploy --all)') : '';
    output.out(
      `  ${signs[kind]} ${printable([subject, detail].filter((part) => part !== '').join(', ') + values)}${deploy}`,
    );
  }
}
