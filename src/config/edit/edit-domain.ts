import { isMap, isScalar, type Pair, parseDocument } from 'yaml';

/**
 * sallyport.yaml with the ARN of its certificate in `domain`, in the place of `hostedZone` if that stands there, and everything else
 * byte for byte as it was. Undefined when `domain` is no map, or has neither key: then a person has to do it.
 */
export function withCertificate(text: string, arn: string): string | undefined {
  const document = parseDocument(text, { schema: 'failsafe', keepSourceTokens: true });
  if (document.errors.length > 0 || !isMap(document.contents)) return undefined;
  const domain = document.contents.get('domain', true);
  if (!isMap(domain)) return undefined;
  const pairOf = (name: string) => domain.items.find(({ key }) => isScalar(key) && key.value === name);
  const range = rangeOf(pairOf('certificate') ?? pairOf('hostedZone'));
  if (range === undefined) return undefined;
  const [start, end] = range;
  // a block's end is that of its last line
  const kept = text.slice(start, end).trimEnd().length;
  return `${text.slice(0, start)}certificate: "${arn}"${text.slice(start + kept)}`;
}

function rangeOf(pair: Pair | undefined): readonly [number, number] | undefined {
  const { key, value } = (pair ?? {}) as { key?: { range?: number[] }; value?: { range?: number[] } };
  const [start, end] = [key?.range?.[0], value?.range?.[1]];
  return start === undefined || end === undefined ? undefined : [start, end];
}
