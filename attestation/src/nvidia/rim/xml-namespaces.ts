import { formatError } from '../../errors.ts';

const maxPrefixes = 32;
/** Absolute and plain: canonicalisation is undefined for relative namespace names (C14N 1.1 §1.3). */
const absoluteUri = /^[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+$/;

/** No prefix but the empty one, which stands for "no namespace". */
export const noNamespaces: ReadonlyMap<string, string> = new Map();

/** The scope inside an element that declares `declared` (prefix → URI) within `outer`. */
export function extendScope(
  outer: ReadonlyMap<string, string>,
  declared: ReadonlyMap<string, string>,
  thing: string,
): ReadonlyMap<string, string> {
  if (declared.size === 0) return outer;
  const scope = new Map(outer);
  for (const [prefix, uri] of declared) {
    // xml: carries inherited meaning (base, id, lang) that canonicalisation treats apart; no RIM uses it.
    if (prefix === 'xml' || prefix === 'xmlns' || !absoluteUri.test(uri)) {
      throw formatError(`${thing}, namespace`, {
        expected: 'a prefix and an absolute URI',
        actual: `${prefix}="${uri.slice(0, 40)}"`,
      });
    }
    scope.set(prefix, uri);
  }
  if (scope.size > maxPrefixes) throw formatError(thing, { expected: `at most ${maxPrefixes} namespaces` });
  return scope;
}

/** URI of a prefix in scope; the empty prefix without declaration means no namespace. */
export function lookUp(scope: ReadonlyMap<string, string>, prefix: string, thing: string): string {
  const uri = scope.get(prefix) ?? (prefix === '' ? '' : undefined);
  if (uri === undefined) throw formatError(thing, { expected: 'a declared prefix', actual: prefix });
  return uri;
}
