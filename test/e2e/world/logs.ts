import { setTimeout as wait } from 'node:timers/promises';
import { type Aws, ok } from './aws.ts';

async function groupsWith(aws: Aws, ...parts: readonly string[]): Promise<readonly string[]> {
  const { text } = await ok(aws.json('logs', 'Logs_20140328.DescribeLogGroups', {}));
  const { logGroups } = JSON.parse(text) as { readonly logGroups: readonly { readonly logGroupName: string }[] };
  return logGroups.map(({ logGroupName }) => logGroupName).filter((name) => parts.every((part) => name.includes(part)));
}

async function linesWith(aws: Aws, logGroupName: string, filterPattern?: string): Promise<readonly string[]> {
  const { text } = await ok(aws.json('logs', 'Logs_20140328.FilterLogEvents', { logGroupName, filterPattern }));
  const { events } = JSON.parse(text) as { readonly events: readonly { readonly message: string }[] };
  return events.map(({ message }) => message.trim());
}

/** Lines that hold `text`, from the log group whose name has all of these parts; waits a little for them. */
export async function findInLog(aws: Aws, parts: readonly string[], text: string): Promise<readonly string[]> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    for (const group of await groupsWith(aws, ...parts)) {
      const lines = await linesWith(aws, group, `"${text}"`);
      if (lines.length > 0) return lines;
    }
    await wait(100);
  }
  throw new Error(`${text} is not in a log group named ${parts.join(', ')}`);
}

/** Frames too: where an error was thrown in a bundle says less than the line before it. */
const noise = /^(?:(?:START|END|REPORT) RequestId|at )/;

/** What our functions wrote last, for whoever has to find out why a step failed. */
export async function lastLines(aws: Aws): Promise<string> {
  const texts = (await groupsWith(aws)).map(async (group) => {
    const lines = (await linesWith(aws, group)).filter((line) => !noise.test(line));
    return lines.slice(-5).map((line) => `${group}: ${line.slice(0, 300)}`);
  });
  return (await Promise.all(texts)).flat().join('\n');
}
