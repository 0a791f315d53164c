import { openReleaseFile } from '../../src/authorize/release-file.ts';
import { writeDocument } from '../../src/core/registry/document.ts';
import { acme, documentWith, registryWith } from '../core/decide/fixture.ts';

const path = '/opt/registry.json';
const good = Buffer.from(writeDocument(documentWith([acme])));

describe('a release that is a file', () => {
  test('is read once and loaded once', async () => {
    let reads = 0;
    const registry = openReleaseFile(path, async () => {
      reads += 1;
      return good;
    });
    const [first, second] = await Promise.all([registry(), registry()]);
    expect(first.id).toBe(registryWith([acme]).id);
    expect(second).toBe(first);
    expect(await registry()).toBe(first);
    expect(reads).toBe(1);
  });

  test('is tried again after a failure', async () => {
    let reads = 0;
    const registry = openReleaseFile(path, async () => {
      reads += 1;
      if (reads === 1) throw new Error('no such file');
      return good;
    });
    await expect(registry()).rejects.toMatchObject({
      problems: [{ code: 'release_unreadable', found: 'no such file' }],
    });
    expect((await registry()).front.id).toBe('orders-test');
  });

  test.each([
    ['is not JSON', '{'],
    ['is empty', ''],
    ['is another document', '{"format":1}'],
    ['is of another format', '{"format":99}'],
    ['is null', 'null'],
  ])('that %s is a typed problem', async (_, text) => {
    const registry = openReleaseFile(path, async () => Buffer.from(text));
    await expect(registry()).rejects.toMatchObject({ name: 'ProblemError' });
  });
});
