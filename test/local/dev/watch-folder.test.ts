import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchFront } from '../../../src/local/dev/watch-folder.ts';

/** Watches a fresh folder; `saw` waits until the watcher has told of a change since the last time. */
function watched() {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-watch-'));
  mkdirSync(join(folder, 'truststore', 'clients'), { recursive: true });
  const file = join(folder, 'truststore', 'clients', 'acme.yaml');
  writeFileSync(file, 'one');
  let waiting: (() => void) | undefined;
  let changes = 0;
  const watcher = watchFront(folder, () => {
    changes += 1;
    waiting?.();
  });
  const saw = async (): Promise<void> => {
    if (changes === 0) {
      await new Promise<void>((resolve) => {
        waiting = resolve;
      });
    }
    waiting = undefined;
    changes = 0;
  };
  const replace = (text: string) => {
    writeFileSync(`${folder}/replacement`, text);
    renameSync(`${folder}/replacement`, file);
  };
  const end = () => {
    watcher.close();
    rmSync(folder, { recursive: true });
  };
  return { folder, file, saw, replace, end };
}

test('a file that was replaced, as editors do, is still watched: again replaced, written in place, removed', async () => {
  const { file, saw, replace, end } = watched();
  replace('two');
  await saw();
  writeFileSync(file, 'three');
  await saw();
  replace('four');
  await saw();
  rmSync(file);
  await saw();
  writeFileSync(file, 'five');
  await saw();
  end();
});

test('a folder that went and came back, and one that is new, are watched', async () => {
  const { folder, file, saw, end } = watched();
  rmSync(join(folder, 'truststore'), { recursive: true });
  await saw();
  mkdirSync(join(folder, 'truststore', 'clients'), { recursive: true });
  await saw();
  writeFileSync(file, 'again');
  await saw();
  mkdirSync(join(folder, 'connections'));
  await saw();
  writeFileSync(join(folder, 'connections', 'erp.pem'), 'x');
  await saw();
  end();
});
