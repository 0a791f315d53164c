import fc from 'fast-check';
import { maximumAncestors, originIn, shortCommit, turningBack } from '../../../src/core/release/turn-back.ts';

const commits = fc.array(fc.stringMatching(/^[0-9a-f]{40}$/), { minLength: 1, maxLength: 30 });

test('of a line of commits, a deploy goes on from each one before it and turns back from each one behind it', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.stringMatching(/^[0-9a-f]{40}$/), { minLength: 2, maxLength: 30 }), (line) => {
      for (const [at, commit] of line.entries())
        for (const [deployedAt, deployed] of line.entries()) {
          const ancestors = line.slice(Math.max(0, at - maximumAncestors), at).map(shortCommit);
          const next = { commit: shortCommit(commit), ancestors, shallow: false, turnBackFrom: '' };
          const problem = turningBack({ commit: deployed, version: '1.0.0' }, next);
          expect(problem === undefined).toBe(deployedAt <= at);
          expect(
            turningBack({ commit: deployed, version: '1.0.0' }, { ...next, turnBackFrom: deployed }),
          ).toBeUndefined();
        }
    }),
  );
});

test('what says nothing of a commit is read as nothing, and what a later version writes as what it says', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(originIn(text)).toBeUndefined();
    }),
  );
  fc.assert(
    fc.property(commits, ([commit = '']) => {
      expect(originIn(JSON.stringify({ format: 99, later: true, commit, version: '9.0.0' }))).toEqual({
        commit,
        version: '9.0.0',
      });
    }),
  );
});
