import { createHash } from 'node:crypto';
import { canonicalBytes, canonicalHash, type ModelManifest } from '@hearth/sdk/protocol';
import type { Measurement } from '../../channel/message-schemas.ts';
import type { MeasuredFile } from './measured-code.ts';
import type { MeasuredConfig } from './measured-config.ts';
import type { MeasuredRuntime } from './measured-runtime.ts';

export type MeasuredParts = {
  readonly code: readonly MeasuredFile[];
  readonly runtime: MeasuredRuntime;
  readonly config: MeasuredConfig;
  readonly models: readonly ModelManifest[];
};

const ZERO_REGISTER = '00'.repeat(48);

/**
 * The one rule of what stands in which register, for the enclave at boot and for the build that writes a release:
 * MRTD the code, RTMR0 the runtime, RTMR1 the configuration, RTMR2 the model manifests, RTMR3 nothing yet.
 * MRTD = SHA-384(JCS(code)); each RTMR is one TDX extension of zero: SHA-384(0^48 ‖ SHA-384(JCS(part))).
 */
export function measurementOf(parts: MeasuredParts): Measurement {
  return {
    mrtd: sha384(canonicalBytes(parts.code)).toString('hex'),
    rtmr0: extendedOnce(parts.runtime),
    rtmr1: extendedOnce(parts.config),
    rtmr2: extendedOnce(parts.models),
    rtmr3: ZERO_REGISTER,
    mrConfigId: ZERO_REGISTER,
    mrOwner: ZERO_REGISTER,
  };
}

/** Names code, runtime and configuration together; the same for every model. */
export function releaseIdOf({ mrtd, rtmr0, rtmr1 }: Measurement): `0x${string}` {
  return canonicalHash({ schema: 'hearth-release/1', mrtd, rtmr0, rtmr1 });
}

function extendedOnce(part: unknown): string {
  const event = sha384(canonicalBytes(part));
  return sha384(Buffer.concat([Buffer.alloc(48), event])).toString('hex');
}

function sha384(bytes: Uint8Array): Buffer {
  return createHash('sha384').update(bytes).digest();
}
