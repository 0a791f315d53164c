/** USD a month in us-east-1 at 730 hours, fixed parts only; requests, gigabytes and log lines come on top. Source: AWS price pages, 2026-11. */
const price = {
  natGateway: 0.045 * 730,
  publicAddress: 0.005 * 730,
  kmsKey: 1,
  secret: 0.4,
  alarm: 0.1,
  customMetric: 0.3,
  webAcl: 5,
  webAclRule: 1,
  hostedZone: 0.5,
};

export interface CostInput {
  readonly newEgress: boolean;
  readonly zones: number;
  readonly kmsKeys: number;
  readonly secrets: number;
  readonly alarms: number;
  readonly webAclRules: number | undefined;
}

export interface CostLine {
  readonly what: string;
  readonly usdPerMonth: number;
  /** The line of sallyport.yaml that would lower it. */
  readonly lower?: string;
}

/** What the front costs before the first request, line by line. */
export function fixedCost(input: CostInput): readonly CostLine[] {
  const lines: CostLine[] = [];
  if (input.newEgress) {
    const lower = input.zones > 1 ? 'egress: { zones: 1 }   # one zone: an outage of it stops the front' : undefined;
    lines.push({
      what: `${input.zones} NAT gateway${input.zones === 1 ? '' : 's'}`,
      usdPerMonth: input.zones * price.natGateway,
      ...(lower === undefined ? {} : { lower }),
    });
    lines.push({
      what: `${input.zones} Elastic IP${input.zones === 1 ? '' : 's'}`,
      usdPerMonth: input.zones * price.publicAddress,
    });
  }
  lines.push({
    what: `${input.kmsKeys} KMS keys (signatures of pointer, blocks and revocations; releases)`,
    usdPerMonth: input.kmsKeys * price.kmsKey,
  });
  lines.push({ what: `${input.secrets} secrets`, usdPerMonth: input.secrets * price.secret });
  lines.push({
    what: `${input.alarms} alarms, one on a metric of its own`,
    usdPerMonth: input.alarms * price.alarm + price.customMetric,
  });
  if (input.webAclRules !== undefined) {
    lines.push({
      what: `a web ACL with ${input.webAclRules} rules`,
      usdPerMonth: price.webAcl + input.webAclRules * price.webAclRule,
      lower: 'waf: false',
    });
  }
  return lines;
}

/** The same as text: one line a part, the sum, and what would lower it. */
export function formatCost(lines: readonly CostLine[]): string {
  const sum = lines.reduce((total, line) => total + line.usdPerMonth, 0);
  const rows = lines.map((line) => {
    const lower = line.lower === undefined ? '' : `   lower it with: ${line.lower}`;
    return `  ${line.usdPerMonth.toFixed(2).padStart(8)}  ${line.what}${lower}`;
  });
  return [
    'Fixed cost, USD a month (us-east-1 prices, before requests and traffic):',
    ...rows,
    `  ${sum.toFixed(2).padStart(8)}  in all`,
  ].join('\n');
}
