import { type Stack, Validations } from 'aws-cdk-lib';

/**
 * Every finding of the rule packs that we accept, with the reason, per stack. A finding that is not here fails synth;
 * an entry that no longer matches anything is deleted.
 */
export const acknowledged: readonly {
  readonly stack: 'trust' | 'egress' | 'front';
  readonly id: string;
  readonly reason: string;
}[] = [];

export function acknowledge(stacks: Readonly<Record<'trust' | 'egress' | 'front', Stack>>): void {
  for (const { stack, id, reason } of acknowledged) Validations.of(stacks[stack]).acknowledge({ id, reason });
}
