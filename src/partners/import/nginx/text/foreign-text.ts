import { refuse } from '../../../../core/problem.ts';

interface Foreign {
  readonly pattern: RegExp;
  readonly what: string;
  readonly remedy: string;
}

/** What people hold for a configuration because it holds one. */
const foreign: readonly Foreign[] = [
  {
    pattern: /^kind:\s*["']?(?:ConfigMap|Secret)\b/m,
    what: 'a Kubernetes ConfigMap that holds a configuration',
    remedy:
      "kubectl get configmap NAME -o jsonpath='{.data.default\\.conf}' > nginx.conf, with the key that stands under data:",
  },
  {
    pattern: /^kind:\s*["']?Ingress\b/m,
    what: 'a Kubernetes Ingress, of which a controller makes the configuration',
    remedy: 'kubectl exec POD -- nginx -T > nginx.conf in the controller’s pod',
  },
  { pattern: /<%[-=\s]/, what: 'an ERB template', remedy: 'render it first, and give what nginx reads' },
  {
    pattern: /\{%-?\s*\w/,
    what: 'a Jinja template',
    remedy: 'render it first (ansible-playbook --check --diff shows it), and give what nginx reads',
  },
  {
    pattern: /\{\{-?\s*(?:\.|\$|if\b|range\b|include\b|template\b|with\b|define\b|end\b)/,
    what: 'a Go or Helm template',
    remedy: 'helm template renders it; give what nginx reads',
  },
  { pattern: /\{\{-?\s*\w/, what: 'a template', remedy: 'render it first, and give what nginx reads' },
];

/** @throws ProblemError `nginx_foreign` for what is no configuration yet */
export function refuseForeign(file: string, text: string): void {
  const plain = text.replace(/^[ \t]*#.*$/gm, '');
  if (plain.includes('_by_lua')) return; // a table of Lua may begin like a template
  const found = foreign.find(({ pattern }) => pattern.test(plain));
  if (found === undefined) return;
  const at = plain.search(found.pattern);
  refuse({
    code: 'nginx_foreign',
    message: `this is ${found.what}, not what nginx reads`,
    place: { file, line: plain.slice(0, at).split('\n').length },
    allowed: 'the configuration as nginx reads it; `nginx -T` prints all of it',
    remedy: found.remedy,
  });
}
