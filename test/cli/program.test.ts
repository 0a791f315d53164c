import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sallyport } from './run.ts';

jest.setTimeout(60_000);
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the command line', () => {
  test('every file and folder of src/cli is a command, and has its name', async () => {
    const { out } = await sallyport(['--help'], folder);
    const [, listed = ''] = out.split('\nCommands:\n');
    const commands = [...listed.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
    const shared = ['changes', 'program.ts', 'terminal'];
    const files = readdirSync(join(import.meta.dirname, '../../src/cli')).filter((name) => !shared.includes(name));
    expect(files.map((name) => name.replace(/\.ts$/, '')).sort()).toEqual(
      commands.filter((name) => name !== 'help').sort(),
    );
  });

  test.each([[[]], [['dev']], [['call']], [['why']], [['init']]])(
    'help of %j begins with examples',
    async (command) => {
      const { code, out } = await sallyport([...command, '--help'], folder);
      expect(code).toBe(0);
      expect(out).toMatch(/^Examples:\n {2}\$ sallyport /);
      expect(out).toContain('Exit codes: 0 done');
    },
  );

  test.each([
    [[], 'Usage'],
    [['nosuch'], "unknown command 'nosuch'"],
    [['dev', '--nosuch'], "unknown option '--nosuch'"],
    [['dev', '--port', 'x'], '--port x is not a port'],
    [['dev', '--once', '--no-calls'], '--once makes the demonstration calls'],
    [['why', 'a.pem'], '--request is missing'],
    [['why', 'a.pem', '--request', 'get /'], 'methods are exact'],
    [['why', 'a.pem', '--request', 'GET /', '--at', 'soon'], '--at soon is not a time'],
    [['why', 'a.pem', '--request', 'GET /', '--address', 'home'], 'not an IP address'],
    [['call', 'nonsense'], 'is not a request'],
    [['call', 'GET /', '--url', 'http://a.example'], 'is not an origin'],
    [['call', 'GET /', '--url', 'https://a.example', '--cert', 'a.pem'], '--cert and --key belong together'],
    [['call', 'GET /', '--as', 'acme', '--url', 'https://a.example'], 'none has run here'],
  ])('%j is wrong usage: 2, and says what to type', async (args, message) => {
    const { code, out, err } = await sallyport(args, folder);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
    expect(err).toMatch(args.length === 0 ? /Usage/ : /→ /);
    expect(err).not.toMatch(/^\s+at /m);
  });

  test.each([
    [['dev', '--port', '0'], 'there is no sallyport.yaml'],
    [['why', 'absent.pem', '--request', 'GET /'], 'there is no such file'],
    [['--front', 'broken', 'dev', '--port', '0'], 'there is no sallyport.yaml'],
  ])('%j cannot decide: 3', async (args, message) => {
    const { code, err } = await sallyport(args, folder);
    expect(code).toBe(3);
    expect(err).toContain(message);
    expect(err).not.toMatch(/^\s+at /m);
  });

  test('a file of problems: all of them with their lines, 3; as JSON one document', async () => {
    writeFileSync(join(folder, 'sallyport.yaml'), 'format: 1\nid: UPPER\nnosuch: 1\n');
    const words = await sallyport(['dev', '--port', '0'], folder);
    expect(words.code).toBe(3);
    expect(words.err).toMatch(/sallyport\.yaml:2:/);
    expect(words.err).toMatch(/sallyport\.yaml:3:/);
    const json = await sallyport(['dev', '--port', '0', '--json'], folder);
    expect(json.out).toMatch(/^\{"format":1,/);
    expect(JSON.parse(json.out).error.problems.length).toBeGreaterThanOrEqual(2);
    rmSync(join(folder, 'sallyport.yaml'));
  });
});
