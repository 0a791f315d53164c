import { nodeReleaseOf } from '../src/core/node-release.ts';

/** What is wrong with a version of Node (`process.versions.node`), in words with a remedy; undefined when it will do. */
export function nodeProblem(version: string): string | undefined {
  const release = nodeReleaseOf(version);
  return release.state === 'too-old' ? `sallyport: ${release.why}\n  → ${release.remedy}` : undefined;
}

/**
 * Starts a program and makes its result the exit code. `start` loads everything else: an older Node stops here with a
 * sentence instead of a syntax error from a package, with 3 for "could not decide". What is too old for a listener but not
 * for reading files is `dev`'s to say.
 */
export function startOnSupportedNode(start: () => Promise<number>): void {
  const problem = nodeProblem(process.versions.node);
  if (problem === undefined) {
    void start().then((code) => {
      process.exitCode = code;
    });
    return;
  }
  process.stderr.write(`${problem}\n`);
  process.exitCode = 3;
}
