/** One line per state change: for people on stderr, with `--json` also one JSON object on stdout for supervisors. */
export function reporter(source: string, json: boolean) {
  let lastProgress = '';
  return (state: string, message: string, particulars: Record<string, unknown> = {}): void => {
    if (!isRepeatedProgress(state, particulars)) process.stderr.write(`[${source}] ${message}\n`);
    if (!json) return;
    const line = { state, source, atMs: Date.now(), message, ...particulars };
    process.stdout.write(
      `${JSON.stringify(line, (_, member) => (typeof member === 'bigint' ? String(member) : member))}\n`,
    );
  };

  /** A phase is shown at its tenths. */
  function isRepeatedProgress(state: string, { phase, fraction }: Record<string, unknown>): boolean {
    if (state !== 'enclave-loading') return false;
    const progress = `${phase} ${Math.floor(Number(fraction) * 10)}`;
    const isRepeated = progress === lastProgress;
    lastProgress = progress;
    return isRepeated;
  }
}
