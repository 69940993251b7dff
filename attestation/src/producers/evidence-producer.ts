import type { DeviceKind } from '../nvidia/device-facts.ts';

/** What the moment asks for: the two values that make evidence fresh and bind it. */
export type ProducerRequest = {
  /** 64 bytes, for the CPU's report data. */
  readonly reportData: Uint8Array;
  /** 32 bytes, for the SPDM request to each GPU or switch. */
  readonly nonce: Uint8Array;
  readonly signal: AbortSignal;
};

export type NvidiaDeviceEvidence = {
  readonly kind: DeviceKind;
  readonly architecture: string;
  /** SPDM request ‖ response. */
  readonly evidence: Uint8Array;
  /** PEM, leaf first. */
  readonly chain: Uint8Array;
};

/** What NVIDIA's driver says about this machine. Nobody signs it: for the operator, never for a verifier. */
export type NvidiaLocalState = {
  readonly confidentialCompute: string | undefined;
  readonly multiGpuMode: string | undefined;
  readonly devTools: string | undefined;
  readonly gpusReady: string | undefined;
};

/** Evidence in the shape that the verifier of its kind takes. */
export type ProducedEvidence =
  | {
      readonly kind: 'tdx';
      readonly quote: Uint8Array;
      /** CCEL, or dstack's JSON; absent where this machine shows none. */
      readonly eventLog: Uint8Array | undefined;
      /** dstack only, and only where the deployment publishes it. */
      readonly appCompose: Uint8Array | undefined;
    }
  | {
      readonly kind: 'sev-snp';
      readonly report: Uint8Array;
      /** The host's table; absent where it gave none and AMD's key server must be asked. */
      readonly certificates: { readonly table: Uint8Array } | undefined;
    }
  | {
      readonly kind: 'nvidia';
      readonly devices: readonly NvidiaDeviceEvidence[];
      readonly localState: NvidiaLocalState;
    };

export type ProducerName = 'configfs-tsm' | 'dstack' | 'nvidia';

/** What a machine offers, in words. */
export type ProducerStatus = {
  readonly name: ProducerName;
  readonly isReady: boolean;
  readonly words: string;
};

/** Asks one interface of this machine for evidence. */
export interface EvidenceProducer {
  readonly name: ProducerName;
  /** Evidence that carries what was asked, byte for byte. Throws ProducerError. */
  produce(request: ProducerRequest): Promise<ProducedEvidence>;
  /** Whether it would work, without asking for evidence. Never throws. */
  inspect(signal: AbortSignal): Promise<ProducerStatus>;
}
