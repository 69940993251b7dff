import pg from 'pg';
import type { SampleAsk, SampleRequest } from './sample-book.ts';

const ROWS = 20_000;
const bytes = (hex: string) => Buffer.from(hex.slice(2), 'hex');

/** The same book as a table with a partial covering index over the asks that sell, one connection. */
export class SqlBook {
  private readonly client: pg.Client;

  private constructor(client: pg.Client) {
    this.client = client;
  }

  static async open(url: string): Promise<SqlBook> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(
      `CREATE TABLE ask (ask_id bytea NOT NULL, model text NOT NULL, class int NOT NULL, tier int NOT NULL, region text NOT NULL,
         effective bigint NOT NULL, multiplier bigint NOT NULL, context bigint NOT NULL, provider text NOT NULL, free int NOT NULL,
         attested boolean NOT NULL, valid_until bigint NOT NULL, taken_at bigint NOT NULL)`,
    );
    return new SqlBook(client);
  }

  async load(asks: readonly SampleAsk[]): Promise<void> {
    for (let from = 0; from < asks.length; from += ROWS) {
      const rows = asks.slice(from, from + ROWS);
      await this.client.query(
        `INSERT INTO ask SELECT * FROM unnest($1::bytea[], $2::text[], $3::int[], $4::int[], $5::text[], $6::bigint[], $7::bigint[],
           $8::bigint[], $9::text[], $10::int[], $11::boolean[], $12::bigint[], $13::bigint[])`,
        [
          rows.map(({ askId }) => bytes(askId)),
          rows.map(({ ask }) => ask.modelDigest),
          rows.map(({ ask }) => ask.class),
          rows.map(({ ask }) => ask.tier),
          rows.map(({ ask }) => ask.region),
          rows.map(({ ask, qualityPpm }) => Math.ceil((ask.multiplierPpm * 1e6) / qualityPpm)),
          rows.map(({ ask }) => ask.multiplierPpm),
          rows.map(({ ask }) => ask.maxContextTokens),
          rows.map(({ ask }) => ask.provider),
          rows.map(({ ask, used }) => ask.slots - used),
          rows.map(({ isAttested }) => isAttested),
          rows.map(({ ask }) => ask.validUntilMs),
          rows.map(({ timestampMs }) => timestampMs),
        ],
      );
    }
    await this.client.query(
      `CREATE INDEX ON ask (model, class, effective) INCLUDE (ask_id, tier, region, multiplier, context, provider, attested, valid_until, taken_at)
         WHERE free > 0`,
    );
    await this.client.query('VACUUM (ANALYZE) ask');
  }

  /** Ask ids, best first, at most three. */
  async best({ request, regions, buyer, beacon, requestId, atMs }: SampleRequest): Promise<string[]> {
    const { rows } = await this.client.query<{ id: string }>({
      name: regions.length === 0 ? 'anywhere' : 'regions',
      text: `SELECT '0x' || encode(ask_id, 'hex') AS id FROM ask
        WHERE free > 0 AND model = $1 AND class = $2 AND tier >= $3 AND context >= $4 AND multiplier <= $5 AND provider <> $6
          AND attested AND valid_until > $7 AND taken_at < $8 ${regions.length === 0 ? '' : 'AND region = ANY($10)'}
        ORDER BY effective, sha256($9::bytea || ask_id) LIMIT 3`,
      values: [
        request.modelDigest,
        request.class,
        request.minTier,
        request.contextTokens,
        request.maxPriceInput.toString(),
        buyer,
        atMs,
        beacon.timestampMs,
        Buffer.concat([bytes(beacon.blockHash), bytes(requestId)]),
        ...(regions.length === 0 ? [] : [regions]),
      ],
    });
    return rows.map(({ id }) => id);
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}
