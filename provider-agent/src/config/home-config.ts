import { nodeUrl, region } from '@hearth/sdk/protocol';
import { z } from 'zod';
import { energyConfig } from '../energy/config/energy-config.ts';
import { dashboardConfig } from './dashboard-config.ts';

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'expected an address: 0x and 40 hex digits')
  .transform((text) => text.toLowerCase() as `0x${string}`);

const url = (...protocols: string[]) =>
  z
    .url()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `expected ${protocols.join('//… or ')}//…`,
    );

const multiplierPpm = z.int().min(1).max(1_000_000_000);
/** What a home can sell. Vision is none of them: no model here sees. */
const className = z.enum(['chat', 'completion', 'embedding', 'rerank']);

const swapCost = z.strictObject({
  /** Of the machine while it loads, above what it draws anyway. */
  powerW: z.number().min(0).max(10_000).default(65),
  microUsdPerKwh: z.int().min(0).max(100_000_000).default(300_000),
  tokensPerStay: z.int().min(1).max(1_000_000_000).default(20_000),
});
export type SwapCost = z.output<typeof swapCost>;

const microUsd = z.int().min(0).transform(BigInt);

const modelSource = z.strictObject({
  path: z.string().min(1),
  sha256: z.string().regex(/^(0x)?[0-9a-f]{64}$/, 'expected 64 lower-case hex digits'),
  name: z.string().min(1).max(64).optional(),
});

/** `home.yaml`: everything a home decides. The enclave reads its own sections of it by itself. Durations in milliseconds, money in µUSD. */
export const homeConfig = z.strictObject({
  /** Wallet that earns. Its key is never on this machine. */
  provider: address,
  /** Replicas of one market, the preferred first. The node is linked to all of them at once. */
  gateways: z
    .array(url('http:', 'https:', 'ws:', 'wss:'))
    .min(1)
    .max(3)
    .refine((urls) => new Set(urls).size === urls.length, 'expected each gateway once'),
  rpcUrl: url('http:', 'https:'),
  chain: z.strictObject({ chainId: z.int().min(1), registry: address, settlement: address }),
  dataDir: z.string().min(1),
  /** 32 bytes of hex: a small balance for gas, nothing else. */
  gasKeyFile: z.string().min(1),
  region,
  ask: z.strictObject({
    multiplierPpm,
    slots: z.int().min(1).max(64),
    /** Other multipliers for single classes of jobs, or `off`; the slots are the same for all. Without it, everything that the model can. */
    classes: z.partialRecord(className, z.union([z.literal('off'), multiplierPpm])).default({}),
    /** What it takes to bring another model into memory, and what is sold before the next change: asks for a model that is not there carry it. */
    swap: swapCost.prefault({}),
  }),
  enclave: z.strictObject({
    /** Unix socket between the two processes; the system allows 107 bytes. */
    socket: z.string().min(1),
    model: modelSource,
    /** Served in turn with it: one model is in memory at a time, and `ask.swap` prices the change. */
    otherModels: z.array(modelSource).max(3).default([]),
    tee: z.strictObject({ driver: z.literal('simulated'), seed: z.string().min(1).max(256) }),
    /** Per job; 0 takes what the model was trained for. */
    contextTokens: z.int().min(0).max(1_048_576).default(0),
    threads: z.int().min(1).max(256).optional(),
    gpu: z.enum(['off', 'auto', 'cuda', 'vulkan', 'metal']).optional(),
    /** Another engine than the built-in one; the enclave checks what it says. */
    engine: z.looseObject({ kind: z.string() }).optional(),
  }),
  /** A stop lets running jobs finish for at most this long; then they are cut off and billed up to there. */
  finishJobsWithinMs: z.int().min(0).max(3_600_000).default(120_000),
  /** The owner's page; none without this section. */
  dashboard: dashboardConfig.optional(),
  /** The node's own door, for buyers whom no gateway answers; none without this section. */
  direct: z
    .strictObject({
      host: z.string().min(1).max(255).default('0.0.0.0'),
      port: z.int().min(1).max(65_535).default(7421),
      /** How buyers reach it: `http://203.0.113.7:7421`, or a name. It stands in the market's public list of nodes. */
      url: nodeUrl,
    })
    .optional(),
  limits: z
    .strictObject({
      /** No new lease while the node's unsettled earnings and open promises exceed this. */
      maxUnsettledMicroUsd: microUsd.default(20_000_000n),
      /** Settle by ourselves when the unsettled earnings of all orders exceed this. */
      settleAboveMicroUsd: microUsd.default(5_000_000n),
      /** Settle by ourselves what the gateway has left unsettled for this long. */
      settleAfterMs: z
        .int()
        .min(0)
        .default(15 * 60_000),
      /** Shorter limit while no gateway can be reached. */
      settleWhenUnlinkedAfterMs: z.int().min(0).default(60_000),
      /** Earnings below this do not pay for their gas. */
      minSettlementMicroUsd: microUsd.default(1n),
    })
    .prefault({}),
  /** When the node works and for how much; left out, it works always, at the price of `ask`. */
  energy: energyConfig.optional(),
});
export type HomeConfig = z.output<typeof homeConfig>;
