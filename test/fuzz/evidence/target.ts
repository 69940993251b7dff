import type { Form } from '../mutations/mutate.ts';

/** One file of a seed. */
export type Part = { readonly name: string; readonly form: Form; readonly bytes: Uint8Array };

export type Files = Readonly<Record<string, Uint8Array>>;

/**
 * `refused`: an error of the closed family, or a verdict that is not ok. `parsed`: read, with no verdict to give.
 * `accepted`: verified; `signed` is then what signatures were found to cover, as the fuzzer itself reads it.
 */
export type Outcome =
  | { readonly result: 'refused' | 'parsed' }
  | { readonly result: 'accepted'; readonly signed: string };

/** Evidence that is accepted as it stands, or bytes that a parser reads. */
export type Seed = {
  readonly target: string;
  readonly name: string;
  readonly parts: readonly Part[];
  run(files: Files): Outcome;
};

export function formOf(name: string, bytes: Uint8Array): Form {
  const start = Buffer.from(bytes.subarray(0, 4096)).toString('latin1').trimStart();
  if (start.includes('-----BEGIN CERTIFICATE-----') && !start.startsWith('{')) return 'pem';
  if (start.startsWith('{') && name.toLowerCase().includes('collateral')) return 'collateral';
  if (/^\[\s*\[\s*"JWT"/.test(start)) return 'tokens';
  if (/^[[{]/.test(start)) return 'json';
  if (start.startsWith('<')) return 'xml';
  return bytes[0] === 0x30 && (bytes[1] ?? 0) > 0x80 ? 'der' : 'binary';
}
