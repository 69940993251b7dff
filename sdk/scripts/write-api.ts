import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Writes docs/api/*.md: what each entry point exports, with signature and comment, out of the declarations that the compiler wrote
 * (`tsc -b sdk` first). `--check` compares instead.
 */
const root = join(import.meta.dirname, '../..');
const entries = {
  sdk: 'index',
  policy: 'policy/index',
  verify: 'verify/index',
  'sealed-job': 'sealed-job/index',
};

let isStale = false;
for (const [name, entry] of Object.entries(entries)) {
  const specifier = name === 'sdk' ? '@hearth/sdk' : `@hearth/sdk/${name}`;
  const sections = declarationsOf(join(root, 'sdk/dist', `${entry}.d.ts`)).map(render);
  const head = `# \`${specifier}\`\n\nWritten by \`sdk/scripts/write-api.ts\` from the declarations; not to be edited.\n`;
  put(join(root, 'docs/api', `${name}.md`), [head, ...sections].join('\n'));
}
process.exitCode = isStale ? 1 : 0;

function put(path: string, text: string): void {
  if (!process.argv.includes('--check')) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
    process.stdout.write(`${path}: out of date; run sdk/scripts/write-api.ts after tsc -b sdk\n`);
    isStale = true;
  }
}

type Declaration = { readonly name: string; readonly comment: string; readonly code: string };

/** Everything that a declaration file exports, by itself or from others, in alphabetical order. */
function declarationsOf(path: string): Declaration[] {
  return exportsOf(path)
    .map(({ file, name, as }) => find(file, name, as))
    .sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
}

type Exported = { readonly file: string; readonly name: string; readonly as: string };

function exportsOf(path: string): Exported[] {
  const text = readFileSync(path, 'utf8');
  const beside = (specifier: string) =>
    join(dirname(path), specifier.replace(/\.js$/, '.d.ts').replace(/\.ts$/, '.ts'));
  const target = (specifier: string) => beside(specifier).replace(/(?<!\.d)\.ts$/, '.d.ts');
  const all = [...text.matchAll(/^export (?:type )?\* from '(\.[^']+)';/gm)].flatMap(([, from = '']) =>
    exportsOf(target(from)),
  );
  const named = [...text.matchAll(/^export (?:type )?\{([^}]*)\} from '(\.[^']+)';/gm)].flatMap(
    ([, list = '', from = '']) =>
      list
        .split(',')
        .map((part) => part.trim().replace(/^type /, ''))
        .filter((part) => part !== '')
        .map((part) => {
          const [name = '', as = name] = part.split(' as ');
          return { file: target(from), name, as };
        }),
  );
  const own = [...text.matchAll(/^export (?:declare )?(?:function|const|class|type|interface) (\w+)/gm)].map(
    ([, name = '']) => ({ file: path, name, as: name }),
  );
  const unique = new Map([...all, ...named, ...own].map((one) => [one.as, one]));
  return [...unique.values()];
}

function find(file: string, name: string, as: string): Declaration {
  const text = readFileSync(file, 'utf8');
  const start = new RegExp(
    `((?:/\\*\\*(?:(?!\\*/)[\\s\\S])*\\*/\\s*)?)^export (?:declare )?(?:abstract )?(?:function|const|class|type|interface) ${name}\\b`,
    'm',
  ).exec(text);
  if (start === null) {
    const via = exportsOf(file).find((one) => one.as === name);
    if (via === undefined) throw new Error(`${file}: expected a declaration of ${name}`);
    return find(via.file, via.name, as);
  }
  const comment = start[1] ?? '';
  const code = upToEnd(text.slice(start.index + comment.length));
  return { name: as, comment: plain(comment), code };
}

/** Of a declaration: up to the `;` or the `}` that ends it. */
function upToEnd(text: string): string {
  let depth = 0;
  for (const [index, character] of [...text].entries()) {
    if ('{(['.includes(character)) depth += 1;
    if ('})]'.includes(character)) depth -= 1;
    const isEnd =
      depth === 0 &&
      (character === ';' ||
        (character === '}' && /^export (?:declare )?(?:abstract )?(?:class|interface)/.test(text)));
    if (isEnd) return [...text].slice(0, index + 1).join('');
  }
  throw new Error(`expected a whole declaration: ${text.slice(0, 80)}`);
}

function plain(comment: string): string {
  return comment
    .replace(/^\s*\/\*\*|\*\/\s*$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trim())
    .join('\n')
    .trim();
}

function render({ name, comment, code }: Declaration): string {
  const signature = code.replace(/^export (?:declare )?/, '').replace(/\{\s*#private;?\s*/, '{\n');
  return `## ${name}\n${comment === '' ? '' : `${comment}\n`}\n\`\`\`ts\n${signature}\n\`\`\`\n`;
}
