/** A sale of the market, as its public log shows it: what the winner asked, effective. */
export type Sale = { readonly atMs: number; readonly effectiveAskPpm: number };

export type AskPreview = {
  readonly multiplierPpm: number;
  readonly sales: number;
  readonly wouldHaveWon: number;
  /** 0–1; undefined where nothing was sold. */
  readonly share: number | undefined;
};

/** "Would have won 63 % of yesterday's jobs": sales that went to somebody who asked at least as much. */
export function previewAsk(multiplierPpm: number, qualityPpm: number, sales: readonly Sale[]): AskPreview {
  const effective = Math.ceil((multiplierPpm * 1_000_000) / qualityPpm);
  const won = sales.filter(({ effectiveAskPpm }) => effective <= effectiveAskPpm).length;
  return {
    multiplierPpm,
    sales: sales.length,
    wouldHaveWon: won,
    share: sales.length === 0 ? undefined : won / sales.length,
  };
}
