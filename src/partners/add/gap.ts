/** Something that a proposal lacks, and who can give it. */
export interface Gap {
  /** Stable, snake_case. */
  readonly code: string;
  readonly who: 'partner' | 'operator';
  /** For a partner: the text to send. For the operator: what to type. */
  readonly text: string;
}

/** A thing that works now and will not for long, or that somebody has to know. */
export interface Warning {
  readonly code: string;
  readonly text: string;
}
