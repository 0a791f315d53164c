import { createInterface } from 'node:readline/promises';
import { wrongUsage } from '../terminal/failure.ts';

/** More than one client is kept out only by whoever types how many. */
export async function agreeToClients(number: number, typed: string | undefined): Promise<boolean> {
  if (number <= 1) return true;
  if (typed !== undefined) {
    if (typed === String(number)) return true;
    return wrongUsage(`it keeps out ${number} clients, not ${typed}`, `--clients ${number}, if that is what you want`);
  }
  if (!process.stdin.isTTY)
    return wrongUsage(`it keeps out ${number} clients`, `--clients ${number}, if that is what you want`);
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await prompt.question(`type the number of clients to block them (${number}): `)).trim() === String(number);
  } finally {
    prompt.close();
  }
}
