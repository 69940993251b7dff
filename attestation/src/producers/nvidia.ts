import { z } from 'zod';
import { base64ToBytes } from '../bytes/base64.ts';
import { bytesToHex } from '../bytes/hex.ts';
import { parseStrictJson } from '../bytes/strict-json.ts';
import { utf8ToText } from '../bytes/text.ts';
import { checkShape } from '../collateral/dcap-collateral.ts';
import { EvidenceError } from '../errors.ts';
import type { DeviceKind } from '../nvidia/device-facts.ts';
import type {
  EvidenceProducer,
  NvidiaDeviceEvidence,
  ProducedEvidence,
  ProducerRequest,
  ProducerStatus,
} from './evidence-producer.ts';
import { readNvidiaLocalState } from './nvidia-local-state.ts';
import { ProducerError, wordsOf } from './producer-error.ts';
import { assertLength, assertNotCancelled, assertNvidiaEvidenceAnswers } from './request-rules.ts';
import { type CommandResult, runCommand } from './run-command.ts';

export type NvidiaOptions = {
  /** NVIDIA Attestation CLI, and what stands before its own arguments. */
  readonly nvattest: { readonly file: string; readonly args: readonly string[] };
  readonly nvidiaSmi: string;
  /** What the machine has; each kind is one run of the CLI. */
  readonly devices: readonly DeviceKind[];
  /** A GPU signs in about a second, eight of them one after another. */
  readonly timeoutMs: number;
};

export const nvidiaDefaults: NvidiaOptions = {
  nvattest: { file: 'nvattest', args: [] },
  nvidiaSmi: 'nvidia-smi',
  devices: ['gpu'],
  timeoutMs: 60_000,
};

/** 16 devices of some 15 kB each in base64, with room. */
const maxOutputBytes = 4 * 1024 * 1024;
const maxDevices = 64;

/** `nvattest collect-evidence --format json`, docs.nvidia.com/attestation, command reference. */
const collected = z.object({
  result_code: z.int(),
  result_message: z.string().max(1024).default(''),
  evidences: z
    .array(
      z.object({
        arch: z.string().max(64),
        /** What was asked, said back. Proves nothing: the nonce that counts stands in `evidence`. */
        nonce: z.string().max(256).optional(),
        evidence: z.string(),
        certificate: z.string(),
      }),
    )
    .max(maxDevices)
    .nullable()
    .default(null),
});

/** SPDM evidence of NVIDIA GPUs and switches, through NVIDIA's own tools. */
export function createNvidiaProducer(options: Partial<NvidiaOptions> = {}): EvidenceProducer {
  const complete = { ...nvidiaDefaults, ...options };
  return {
    name: 'nvidia',
    produce: (request) => produce(complete, request),
    inspect: (signal) => inspect(complete, signal),
  };
}

async function produce(options: NvidiaOptions, request: ProducerRequest): Promise<ProducedEvidence> {
  const { nonce, signal } = request;
  assertLength('nonce', nonce, 32);
  assertNotCancelled(signal);
  const localState = await readNvidiaLocalState(options.nvidiaSmi, options.timeoutMs, signal);
  const devices: NvidiaDeviceEvidence[] = [];
  for (const device of options.devices) devices.push(...(await collect(options, device, nonce, signal)));
  return { kind: 'nvidia', devices, localState };
}

const cliNames = { gpu: 'gpu', switch: 'nvswitch' } as const;

async function collect(
  { nvattest, timeoutMs }: NvidiaOptions,
  device: DeviceKind,
  nonce: Uint8Array,
  signal: AbortSignal,
): Promise<NvidiaDeviceEvidence[]> {
  const hex = bytesToHex(nonce).slice(2);
  const options = ['--device', cliNames[device], '--nonce', hex, '--format', 'json', '--log-level', 'off'];
  const result = await runCommand({
    file: nvattest.file,
    args: [...nvattest.args, 'collect-evidence', ...options],
    timeoutMs,
    maxOutputBytes,
    signal,
  });
  const evidence = readAnswer(device, result);
  if (evidence.length === 0) {
    throw new ProducerError('not-available', `nvattest: no ${device} gave evidence`);
  }
  for (const [index, one] of evidence.entries()) {
    assertNvidiaEvidenceAnswers(one.evidence, nonce, `nvattest, ${device} ${index}`);
  }
  return evidence;
}

/** The exit status is the SDK's result code; the JSON says it in words, where there is any. */
function readAnswer(device: DeviceKind, { exitCode, stdout, stderr }: CommandResult): NvidiaDeviceEvidence[] {
  try {
    const text = utf8ToText(stdout, 'output');
    if (exitCode !== 0 && text.trim() === '') throw new ProducerError('failed', exitWords(exitCode, stderr));
    const answer = checkShape(collected, parseStrictJson(text, 'output'), 'output');
    if (answer.result_code !== 0 || exitCode !== 0) {
      throw new ProducerError('failed', exitWords(exitCode, answer.result_message || stderr));
    }
    if (answer.evidences === null)
      throw new ProducerError('bad-answer', 'nvattest: success without evidence');
    return answer.evidences.map(({ arch, evidence, certificate }) => ({
      kind: device,
      architecture: arch,
      evidence: base64ToBytes(evidence),
      chain: base64ToBytes(certificate),
    }));
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    throw exitCode === 0
      ? new ProducerError('bad-answer', `nvattest: ${error.message}`, error)
      : new ProducerError('failed', exitWords(exitCode, stderr), error);
  }
}

function exitWords(exitCode: number | null, words: string): string {
  return `nvattest: exit ${exitCode}: ${words || 'no words'}`;
}

async function inspect(options: NvidiaOptions, signal: AbortSignal): Promise<ProducerStatus> {
  const name = 'nvidia';
  try {
    const state = await readNvidiaLocalState(options.nvidiaSmi, options.timeoutMs, signal);
    const { file, args } = options.nvattest;
    const version = await runCommand({
      file,
      args: [...args, 'version'],
      timeoutMs: options.timeoutMs,
      maxOutputBytes: 64 * 1024,
      signal,
    });
    if (version.exitCode !== 0)
      throw new ProducerError('failed', exitWords(version.exitCode, version.stderr));
    return { name, ...readiness(state) };
  } catch (error) {
    return { name, isReady: false, words: wordsOf(error) };
  }
}

/** "CC State OFF" is how a machine in protected PCIe mode reads; its multi-GPU mode says which it is. */
function readiness({
  confidentialCompute,
  multiGpuMode,
  devTools,
}: Awaited<ReturnType<typeof readNvidiaLocalState>>): Omit<ProducerStatus, 'name'> {
  const mode = `confidential computing ${confidentialCompute ?? 'unknown'}, multi-GPU mode ${multiGpuMode ?? 'unknown'}, developer tools ${devTools ?? 'unknown'}`;
  const isProtected = confidentialCompute === 'ON' || multiGpuMode === 'Protected PCIe';
  if (!isProtected) return { isReady: false, words: `NVIDIA GPU not in a confidential mode: ${mode}` };
  if (devTools === 'ON') return { isReady: false, words: `NVIDIA GPU open to developer tools: ${mode}` };
  return { isReady: true, words: `NVIDIA evidence through nvattest: ${mode}` };
}
