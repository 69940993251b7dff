/** One way to change a bundle: which leaf, and the JSON with only that leaf changed. */
export type Tampering = { readonly path: string; readonly json: unknown };

/** Every leaf of a JSON value, changed in the smallest way that keeps its form: one digit, one byte, one more. */
export function* tamperings(json: unknown, path = ''): Generator<Tampering> {
  if (Array.isArray(json)) {
    for (const [index, item] of json.entries()) {
      for (const inner of tamperings(item, `${path}[${index}]`))
        yield { path: inner.path, json: json.with(index, inner.json) };
    }
  } else if (typeof json === 'object' && json !== null) {
    for (const [name, member] of Object.entries(json)) {
      for (const inner of tamperings(member, path === '' ? name : `${path}.${name}`))
        yield { path: inner.path, json: { ...json, [name]: inner.json } };
    }
  } else if (json !== null) {
    yield { path, json: changed(json) };
  }
}

function changed(leaf: unknown): unknown {
  if (typeof leaf === 'number') return leaf + 1;
  if (typeof leaf === 'boolean') return !leaf;
  const text = String(leaf);
  if (/^\d+$/.test(text)) return String(BigInt(text) + 1n);
  const middle = Math.floor(text.length / 2);
  const at = /[0-9a-zA-Z]/.test(text[middle] ?? '') ? middle : text.search(/[0-9a-zA-Z]/);
  const replacement = text[at] === '1' ? '2' : '1';
  return at < 0 ? `${text}1` : text.slice(0, at) + replacement + text.slice(at + 1);
}
