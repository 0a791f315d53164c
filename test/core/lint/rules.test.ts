import { runRules } from '../../../src/core/lint/lint.ts';
import { lintRules } from '../../../src/core/lint/table.ts';
import { fixtures, options } from './fixtures.ts';

describe('the table of rules', () => {
  test('every rule has a passing and a failing fixture, and every fixture a rule', () => {
    expect(Object.keys(fixtures).sort()).toEqual(lintRules.map(({ code }) => code).sort());
  });

  test('codes are snake_case and once; every entry says why, what to do and who says so', () => {
    const codes = lintRules.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.length).toBeGreaterThanOrEqual(30);
    for (const { code, title, why, remedy, citation } of lintRules) {
      expect(code).toMatch(/^[a-z0-9]+(_[a-z0-9]+)*$/);
      expect(title).toMatch(/[^.]$/);
      expect(why).toMatch(/^[A-Z].*\.$/s);
      expect(remedy).toMatch(/[^.]$/);
      expect(citation).not.toBe('');
    }
  });

  test.each(Object.entries(fixtures))('%s: applies to its passing fixture and finds nothing', (code, { pass }) => {
    const { findings, applied } = runRules(pass(), options);
    expect(applied).toContain(code);
    expect(findings.filter(({ rule }) => rule === code)).toEqual([]);
  });

  test.each(Object.entries(fixtures))('%s: finds its failing fixture, with file and line', (code, { fail }) => {
    const found = runRules(fail(), options).findings.filter(({ rule }) => rule === code);
    expect(found).not.toEqual([]);
    for (const { place, found: what } of found) {
      expect(place).toEqual({ file: expect.any(String), line: expect.any(Number), column: 1 });
      expect(what).toMatch(/^[ -~]+$/);
    }
  });
});
