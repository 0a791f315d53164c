import { ProblemError } from '../../core/problem.ts';
import { parseAddressRange } from '../../core/request/address.ts';

/**
 * An address or range as other products take it, in our canonical text: they mask bits behind the prefix length, we want
 * them zero. Undefined for everything else.
 */
export function rangeOf(text: string): string | undefined {
  try {
    return parseAddressRange(text).text;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const [problem] = error.problems;
    const masked =
      problem?.code === 'address_host_bits' ? /^write (\S+) for/.exec(problem.remedy ?? '')?.[1] : undefined;
    return masked;
  }
}
