export async function runDifferential(_seed: number, _seconds: number): Promise<number> {
  return 0;
}
