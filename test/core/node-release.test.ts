import { nodeReleaseOf } from '../../src/core/node-release.ts';

test.each([
  ['20.20.2', 'too-old'],
  ['22.18.9', 'too-old'],
  ['22.19.0', 'holes'],
  ['22.23.1', 'holes'],
  ['22.23.2', 'good'],
  ['22.24.0', 'good'],
  ['23.11.0', 'holes'],
  ['24.18.0', 'holes'],
  ['24.18.1', 'good'],
  ['24.20.0', 'good'],
  ['24.21.0', 'leaks'],
  ['24.21.1', 'good'],
  ['25.9.0', 'holes'],
  ['26.5.0', 'holes'],
  ['26.5.1', 'good'],
  ['27.0.0', 'good'],
])('Node %s: %s', (version, state) => {
  const release = nodeReleaseOf(version);
  expect(release.state).toBe(state);
  if (release.state !== 'good')
    expect(release).toMatchObject({ why: expect.stringContaining(version), remedy: expect.any(String) });
});
