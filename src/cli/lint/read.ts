import { readFrontFiles } from '../../config/folder.ts';
import { parseFront } from '../../config/front.ts';
import { type FrontFiles, frontFile } from '../../config/front-files.ts';
import { readTruststore } from '../../config/truststore/truststore.ts';
import type { BundleInput, LintInput, OtherFront } from '../../core/lint/front.ts';
import type { Problem } from '../../core/problem.ts';
import type { AuthoritySource } from '../../core/registry/source.ts';
import { frontRefused, readFrontOf } from '../terminal/files.ts';

export interface ReadFront {
  readonly input: LintInput;
  /** Why the front does not compile; lint reports them with its own findings. */
  readonly problems: readonly Problem[];
}

const folder = 'truststore/authorities/';
const ignore = (): void => undefined;

/** The front as far as it can be read. Ends the command when there is none, or when a file cannot be opened. */
export function readForLint(front: string, others: readonly string[]): ReadFront {
  const files = readFrontFiles(front);
  const { config, routes, problems } = parseFront(files);
  if (!files.has(frontFile)) return frontRefused(front, problems);
  const { authorities, clients, hasUnreadClients } = readTruststore(files, ignore);
  return {
    input: {
      stage: config?.stage,
      bundles: bundlesOf(files, authorities),
      clients,
      hasUnreadClients: hasUnreadClients || problems.some(({ code }) => code === 'authority_unknown'),
      routes,
      others: others.map(readOther),
    },
    problems,
  };
}

/** Every file of CAs as it lies there, also one whose YAML file is damaged or missing. */
function bundlesOf(files: FrontFiles, authorities: readonly AuthoritySource[]): readonly BundleInput[] {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return [...files]
    .filter(([file]) => file.startsWith(folder) && file.endsWith('.pem'))
    .map(([file, bytes]) => {
      const authority = file.slice(folder.length, -'.pem'.length);
      const source = authorities.find(({ name }) => name === authority);
      return { authority, file, text: decoder.decode(bytes), source };
    });
}

function readOther(other: string): OtherFront {
  const { stage } = readFrontOf(other);
  return { folder: other, stage, bundles: bundlesOf(readFrontFiles(other), []) };
}
