import type { KeyStage } from '../../src/aws/binding-keys.ts';
import type { BindingSecret } from '../../src/aws/rotate-binding.ts';

type Stages = Partial<Record<KeyStage, string>>;

/** A secret in Secrets Manager: versions and their stages, where a read may still be answered with what was there before. */
export class RotatingSecret implements BindingSecret {
  readonly #now: () => number;
  readonly #states: { readonly at: number; readonly stages: Stages }[] = [];
  #versions = 0;
  broken = false;
  reads = 0;

  constructor(now: () => number) {
    this.#now = now;
    this.#change({ AWSCURRENT: this.#next() });
  }

  get stages(): Stages {
    return this.#states.at(-1)?.stages ?? {};
  }

  /** As it was `lag` ms ago. The value of a version is its name, long enough for a key. */
  async value(stage: KeyStage, lag = 0): Promise<string | undefined> {
    this.reads += 1;
    if (this.broken) throw new Error('Secrets Manager is down');
    const at = this.#now() - lag;
    return (this.#states.findLast((state) => state.at <= at) ?? this.#states[0])?.stages[stage];
  }

  async read() {
    const { AWSCURRENT: current, AWSPREVIOUS: previous, AWSPENDING: pending } = this.stages;
    return { current, previous, pending, changedAt: this.#states.at(-1)?.at ?? 0 };
  }

  async put(_value: string, stage: 'AWSCURRENT' | 'AWSPENDING'): Promise<void> {
    const version = this.#next();
    if (stage === 'AWSCURRENT') await this.promote(version, this.stages.AWSCURRENT);
    else this.#change({ ...this.stages, AWSPENDING: version });
  }

  async keep(current: string): Promise<void> {
    if (this.stages.AWSPREVIOUS !== undefined) throw new Error('InvalidParameterException');
    this.#change({ ...this.stages, AWSPREVIOUS: current });
  }

  async promote(version: string, from: string | undefined): Promise<void> {
    if (this.stages.AWSCURRENT !== from) throw new Error('InvalidParameterException');
    this.#change({ ...this.stages, AWSCURRENT: version, AWSPREVIOUS: from });
  }

  async drop(stage: 'AWSPREVIOUS' | 'AWSPENDING', version: string): Promise<void> {
    if (this.stages[stage] !== version) throw new Error('InvalidParameterException');
    this.#change({ ...this.stages, [stage]: undefined });
  }

  #next(): string {
    this.#versions += 1;
    return `version-${this.#versions}-`.padEnd(64, 'k');
  }

  #change(stages: Stages): void {
    this.#states.push({ at: this.#now(), stages });
  }
}
