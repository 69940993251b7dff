import type { AskBook, ClearingInput, ClearingResult } from '@hearth/sdk/market';

export type ClearingTerms = Omit<ClearingInput, 'asks' | 'qualityPpmByPlatform'>;

/** Clears a request under the first `size` entries of a log. */
export type Clear = (book: AskBook, terms: ClearingTerms, size: number) => ClearingResult;

/** The rule's own. */
export const byTheRule: Clear = (book, terms, size) =>
  book.clear(
    { ...terms, isAttested: (enclave) => terms.attestedEnclaves.has(book.enclaveKey(enclave)) },
    size,
  );
