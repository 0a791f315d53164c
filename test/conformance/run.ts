import { existsSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { certificateVerdict } from './certificate.ts';
import { type Adapter, type CorpusRecord, corpusFiles, readCorpus, vectorsFolder } from './corpus.ts';
import { crlVerdict } from './crl.ts';
import { conformancePage } from './page.ts';
import { pathVerdict } from './path.ts';
import { pkcs12Verdict } from './pkcs12.ts';
import { type Score, scoreCorpus } from './score.ts';

const usage = `npm run conformance -- [FILE…] [--json] [--why] [--page]

Runs every case of each FILE (*.ndjson or *.ndjson.gz, the format of the vectors folder; default: every one of
${vectorsFolder}). Exit 0: nothing is wrong · 1: something is · 2: wrong usage.
  --json   one JSON document on stdout
  --why    with each wrong case, what we said about it
  --page   write docs/conformance.md from the result`;

const adapters: Readonly<Record<CorpusRecord['kind'], Adapter>> = {
  path: pathVerdict,
  certificate: certificateVerdict,
  crl: crlVerdict,
  pkcs12: pkcs12Verdict,
};

function printed(score: Score, why: boolean): string {
  const { slowest, free, different, wrong } = score;
  return [
    score.file,
    `  cases ${score.cases} (${score.expectedToPass} to accept, ${score.expectedToFail} to reject, ${free.cases} free)`,
    `  false accepts ${score.falseAccepts}`,
    `  false rejects ${score.falseRejects}`,
    `  exceptions ${score.exceptions}`,
    `  slowest ${slowest.milliseconds} ms (${slowest.id})`,
    ...(free.cases === 0 ? [] : [`  of the free ones accepted ${free.accepted.length}`]),
    ...different.map(({ id, reason }) => `  decided differently on purpose: ${id}: ${reason}`),
    ...wrong.map(
      ({ id, how, expected, said, why: reason }) =>
        `  ${how}: ${id} (expected ${expected}, said ${said})${why && reason !== undefined ? `\n      ${reason}` : ''}`,
    ),
  ].join('\n');
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      why: { type: 'boolean' },
      page: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    console.log(usage);
    return 0;
  }
  const files = positionals.length > 0 ? positionals : corpusFiles();
  const missing = files.filter((file) => !existsSync(file));
  if (files.length === 0 || missing.length > 0) {
    console.error(missing.length > 0 ? `no such file: ${missing.join(', ')}` : `no corpus in ${vectorsFolder}`);
    console.error(usage);
    return 2;
  }
  const scores: Score[] = [];
  for (const file of files) {
    const score = await scoreCorpus(basename(file), readCorpus(file), adapters);
    scores.push(score);
    if (values.json !== true) console.log(printed(score, values.why === true));
  }
  if (values.json === true) console.log(JSON.stringify({ format: 1, files: scores }));
  if (values.page === true)
    writeFileSync(join(import.meta.dirname, '../../docs/conformance.md'), conformancePage(scores));
  return scores.some(({ wrong }) => wrong.length > 0) ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
