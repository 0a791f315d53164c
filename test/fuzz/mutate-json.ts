import type { Random } from './random.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const values: readonly Json[] = [
  ...[null, true, false, 0, -1, 1e308, '', ' ', 'x', '\0', '\u202e', '../..', '%', '%2', '%zz', '/'.repeat(9000)],
  ...['203.0.113.9', '::ffff:203.0.113.9', '999.1.1.1', 'a'.repeat(200_000), 'arn:aws:execute-api:x', '💥', '\ud800'],
];

/** One to four members of a JSON document left out, renamed, repeated or of another type. */
export function mutateJson(random: Random, sample: Json): Json {
  let document = structuredClone(sample);
  for (let changes = 1 + random.int(4); changes > 0; changes -= 1) document = change(random, document);
  return document;
}

function change(random: Random, document: Json): Json {
  if (random.chance(6) || document === null || typeof document !== 'object') return scalar(random, document);
  if (Array.isArray(document)) {
    const at = random.int(document.length + 1);
    if (random.chance(3)) document.splice(at, random.int(2), random.pick(values));
    else if (document[at] !== undefined) document[at] = change(random, document[at]);
    const [first = 'x'] = document;
    const small = typeof first === 'string' && first.length < 100;
    if (small && random.chance(30)) return Array.from({ length: 5000 }, () => first);
    return document;
  }
  const keys = Object.keys(document);
  const key = keys.length === 0 ? 'x' : random.pick(keys);
  const member = document[key] ?? null;
  switch (random.int(7)) {
    case 0:
      delete document[key];
      return document;
    case 1:
      document[random.pick(['__proto__', 'constructor', 'toString', key.toUpperCase(), `${key} `])] = member;
      return document;
    case 2:
      document[key] = random.pick(values);
      return document;
    case 3:
      document[key] = random.pick<Json>([[member], { [key]: member }, [], {}]);
      return document;
    default:
      document[key] = change(random, member);
      return document;
  }
}

function scalar(random: Random, value: Json): Json {
  if (typeof value !== 'string' || random.chance(4)) return random.pick(values);
  const at = random.int(value.length + 1);
  return (
    value.slice(0, at) +
    random.pick(['', '\0', '%', '\n', '=', '-----BEGIN ', 'é', '\\', '{']) +
    value.slice(at + random.int(3))
  );
}
