import { liveClaims } from './live-claims.ts';

/** docs/first-deploy.md: the table of `sallyport doctor --live`, for reading. */
export function firstDeployPage(): string {
  const rows = liveClaims.map(
    ({ claim, how, otherwise, status }) => `| ${[claim, how, otherwise, status].join(' | ')} |`,
  );
  return `<!-- Generated from src/cli/doctor/live-claims.ts by \`npm run docs\`. -->

# What the first deployment to a real account still has to show

Everything else is shown by tests on a laptop or on an AWS emulator. These things only AWS itself can show, and nobody has
looked yet: each row says what to type, what to look for, and what happens if the claim is wrong. Nothing here opens the
front: where AWS behaves otherwise, requests are refused. \`sallyport doctor --live\` prints the same table; use a front with
\`stage: test\` for the rows that break something on purpose.

| claim | how to look | if it is wrong | status |
|---|---|---|---|
${rows.join('\n')}

Seen one? Change its status in \`src/cli/doctor/live-claims.ts\` to the date, Region and what was printed, in one commit.
`;
}
