/** The oldest Node that undici, commander and `require` of modules work on; `engines` in package.json says the same. */
const needed = { major: 22, minor: 19 };

/** What is wrong with a version of Node (`process.versions.node`), in words with a remedy; undefined when it will do. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > needed.major || (major === needed.major && minor >= needed.minor)) return undefined;
  return `sallyport: this is Node ${version}; it needs ${needed.major}.${needed.minor} or later
  → install Node 24 (what Lambda runs), then the same command again`;
}

/**
 * Starts a program and makes its result the exit code. `start` loads everything else: an older Node stops here with a
 * sentence instead of a syntax error from a package, with 3 for "could not decide".
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
