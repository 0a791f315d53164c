import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment, run, works } from './run.ts';

const programs = ['chromium', 'chromium-browser', 'google-chrome'];
const chromium = programs.find((program) => works(program, '--version'));

/** Why Chromium cannot be tried here; undefined: it can. */
export function chromiumAbsence(): string | undefined {
  if (chromium === undefined) return 'no chromium on this machine';
  if (!works('certutil', '-H') && !works('sh', '-c', 'command -v certutil pk12util'))
    return 'no certutil and pk12util (libnss3-tools)';
  // Its policies stand in /etc; in a mount namespace of its own they can be ours without a change to the machine.
  if (!works('unshare', '--map-root-user', '--mount', 'sh', '-c', 'mount --bind /tmp /etc/chromium')) {
    return 'no mount namespace to put its policies in';
  }
  return undefined;
}

/** The text of a page as Chromium shows it to somebody with this PKCS#12 file, or with no certificate. */
export async function browse(folder: string, who: string, url: string): Promise<string> {
  const home = mkdtempSync(join(folder, 'chromium-'));
  const database = join(home, '.pki/nssdb');
  const policies = join(home, 'etc/policies/managed');
  for (const each of [database, policies]) mkdirSync(each, { recursive: true });
  const at = ['-d', `sql:${database}`];
  await run('certutil', ['-N', ...at, '--empty-password']);
  await run('certutil', ['-A', ...at, '-n', 'front', '-t', 'C,,', '-i', join(folder, 'ca.pem')]);
  if (who !== 'none') await run('pk12util', ['-i', join(folder, `${who}.p12`), ...at, '-W', 'partner', '-K', '']);
  const select = [JSON.stringify({ pattern: new URL(url).origin, filter: {} })];
  writeFileSync(join(policies, 'select.json'), JSON.stringify({ AutoSelectCertificateForUrls: select }));
  const flags = '--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --dump-dom';
  const script = `mount --bind "$1" /etc/chromium && exec ${chromium} ${flags} --user-data-dir="$2" "$3"`;
  const namespace = [
    '--map-root-user',
    '--mount',
    'sh',
    '-c',
    script,
    'sh',
    join(home, 'etc'),
    join(home, 'data'),
    url,
  ];
  const environment = cleanEnvironment({ HOME: home });
  const { output } = await run('unshare', namespace, { environment, seconds: 30 });
  return output.replace(/<[^>]*>/g, '').replaceAll('&quot;', '"');
}
