import {
  address,
  bytes8,
  bytes32,
  enclaveStatement,
  evidence,
  modelManifest,
  notRunCodec,
  release,
  signature65,
  signedCap,
  signedKeyConfig,
  signedReceipt,
  uintNumber,
  uintString,
} from '@hearth/sdk/protocol';
import { z } from 'zod';
import { enclaveErrorCodeNames } from './errors.ts';

/** Version of this protocol; both ends refuse another one. */
export const CHANNEL_VERSION = 1;

/** Models that one enclave serves in turn. */
export const MAX_MODELS = 4;

const sentence = z.string().max(2000);
/** Everything here is supplied by the host and believed only as far as receipts say so (`host-declared`). */
const hostDeclared = {
  /** ISO 3166 style, padded with zero bytes. */
  regionCode: bytes8,
  nowMs: uintNumber(53),
};

export const signedNotRun = z.strictObject({
  notRun: notRunCodec,
  /** By the enclave key. */
  signature: signature65,
});

/** TDX registers as in a release: 48 bytes of hex each. */
export const measurement = release.pick({
  mrtd: true,
  rtmr0: true,
  rtmr1: true,
  rtmr2: true,
  rtmr3: true,
  mrConfigId: true,
  mrOwner: true,
});

/** Preimage of `configHash`: SHA-256 over its canonical JSON. */
export const committedConfig = z.strictObject({
  kemSuites: z.array(uintNumber(8)).min(1),
  modelDigests: z.array(bytes32).min(1),
  releaseId: bytes32,
});

/** One of the models that an enclave serves. */
const offeredModel = z.strictObject({
  modelDigest: bytes32,
  manifest: modelManifest,
  contextTokens: uintNumber(32),
  /** What it can be asked for, by the numbers of `jobClasses`. */
  classes: z.array(uintNumber(8)).min(1).max(16),
  /** From its file into memory, as it was when the enclave started. */
  loadMs: uintNumber(32),
});
export type OfferedModel = z.output<typeof offeredModel>;

export const controlSchemas = {
  boot: z.strictObject({
    v: z.literal(CHANNEL_VERSION),
    provider: address,
    /** Raw Ed25519 public key of the host. */
    nodeKey: bytes32,
    /** A block at most 256 below the head: proves that the keys are younger than it. */
    anchor: z.strictObject({ blockNumber: uintString(64), blockHash: bytes32 }),
    ...hostDeclared,
  }),
  clock: z.strictObject({ nowMs: uintNumber(53) }),
  quote: z.strictObject({ nonce: bytes32 }),
  /** The host's word: what the node's work has taken since it last said so, and what a token costs by its calibration. */
  energy: z.strictObject({
    workMilliJoules: uintNumber(40),
    inputMicroJoules: uintNumber(40),
    outputMicroJoules: uintNumber(40),
  }),
  jobOpen: z.strictObject({ v: z.literal(CHANNEL_VERSION), wire: z.literal('sealed-job/1') }),
  jobEnd: z.strictObject({}),
  jobCancel: z.strictObject({}),
  responseCredit: z.strictObject({ bytes: uintNumber(32) }),

  progress: z.strictObject({
    phase: z.enum(['copying-model', 'hashing-model', 'loading-model', 'measuring', 'quoting']),
    /** 0 to 1 within the phase. */
    fraction: z.number().min(0).max(1),
    note: sentence,
  }),
  ready: z.strictObject({
    v: z.literal(CHANNEL_VERSION),
    /** All that its measurement covers; each was loaded once before this was said. */
    models: z.array(offeredModel).min(1).max(MAX_MODELS),
    /** The one in memory, or on its way there; jobs for another bring that there, when nothing else runs. */
    loaded: bytes32,
    slots: uintNumber(16),
    teeType: uintNumber(8),
    tier: uintNumber(8),
    /** Set when a host booted this enclave before; boot must then name the same provider and node key. */
    bootedFor: z.strictObject({ provider: address, nodeKey: bytes32 }).optional(),
  }),
  /** What a buyer needs to decide about this enclave; the host adds its region, and publishes it once for each model. */
  booted: enclaveStatement.omit({ region: true, model: true }).extend({ measurement, committedConfig }),
  /** Another model is in memory than before. */
  loaded: z.strictObject({ modelDigest: bytes32 }),
  keyConfigs: z.strictObject({ keyConfigs: z.array(signedKeyConfig).min(1).max(8) }),
  quoted: evidence,
  failed: z.strictObject({
    code: z.enum(enclaveErrorCodeNames),
    message: sentence,
    details: z.record(z.string(), z.unknown()).optional(),
  }),
  jobAccepted: z.strictObject({
    jobHeaderHash: bytes32,
    jobId: bytes32,
    leaseId: bytes32,
    orderHash: bytes32,
    capPicoUsd: uintString(128),
  }),
  /** The answer goes on from what these enclaves delivered: whether they are enclaves of the market, the chain says. */
  jobContinues: z.strictObject({ enclaveKeys: z.array(address).max(8) }),
  requestCredit: z.strictObject({ bytes: uintNumber(32) }),
  receipt: signedReceipt.extend({
    /** EIP-712 digest of `receipt`. */
    receiptHash: bytes32,
    /** The highest cap the buyer has signed for this (order, enclave): what settlement needs beside the receipt. */
    cap: signedCap,
    /** True for receipts that a new connection hears again, in case the journal missed them. */
    resent: z.boolean(),
  }),
  jobRefused: z.strictObject({
    code: z.enum(enclaveErrorCodeNames),
    message: sentence,
    /** With `cap_exceeded` and `replayed`: the newest receipt of the order, from which the buyer resynchronises. */
    newestReceipt: signedReceipt.optional(),
    /**
     * This job never ran here and never will: present when the header was authentic and the enclave can still be sure.
     */
    notRun: signedNotRun.optional(),
  }),
  jobDone: z.strictObject({
    jobHeaderHash: bytes32,
    outcome: uintNumber(8),
    receiptHash: bytes32,
    inputTokens: uintNumber(32),
    outputTokens: uintNumber(32),
  }),
} as const;

export type ControlName = keyof typeof controlSchemas;
export type Control<Name extends ControlName> = z.output<(typeof controlSchemas)[Name]>;
export type SignedNotRun = z.output<typeof signedNotRun>;
export type Measurement = z.output<typeof measurement>;
export type CommittedConfig = z.output<typeof committedConfig>;
