/**
 * What is written to a stream within one turn of the event loop leaves as one piece: each piece of its own wakes its reader.
 * @param afterThisTurn Node's `setImmediate`, which browsers do not have
 * @returns to be called before each write
 */
export function oneWritePerTurn(
  stream: { cork(): void; uncork(): void },
  afterThisTurn: (run: () => void) => void,
): () => void {
  let isGathering = false;
  return () => {
    if (isGathering) return;
    isGathering = true;
    stream.cork();
    afterThisTurn(() => {
      isGathering = false;
      stream.uncork();
    });
  };
}
