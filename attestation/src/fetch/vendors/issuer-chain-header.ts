import { CollateralFetchError } from '../errors.ts';

/** Node bounds all headers together at 16 KiB; this holds where a platform does not. */
const maxChars = 16 * 1024;

/**
 * The PEM chain that Intel percent-encodes into a response header. Only percent-decoding: `+` is base64 there, not a
 * space. Undefined if the protocol has none.
 */
export function issuerChainFrom(
  headers: Headers,
  names: readonly string[],
  thing: string,
): string | undefined {
  if (names.length === 0) return undefined;
  const name = names.find((one) => headers.get(one) !== null);
  const encoded = name === undefined ? null : headers.get(name);
  if (encoded === null) {
    throw new CollateralFetchError('malformed', `${thing}, issuer chain`, {
      expected: `the header ${names.join(' or ')}`,
      actual: 'none',
    });
  }
  try {
    if (encoded.length <= maxChars) return decodeURIComponent(encoded);
  } catch {
    // Refused below, like one that is too long.
  }
  throw new CollateralFetchError('malformed', `${thing}, header ${name}`, {
    expected: `percent-encoded text of at most ${maxChars} characters`,
    actual: `${encoded.slice(0, 40)}… of ${encoded.length}`,
  });
}
