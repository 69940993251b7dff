import type { HostState } from '../host-events.ts';

export type EnclavePhase = 'absent' | 'connecting' | 'loading' | 'running' | 'lost';
export type ConsentPhase =
  | 'unknown'
  | 'consent_needed'
  | 'gas_needed'
  | 'registering'
  | 'failed'
  | 'registered';
export type LinkPhase = 'connecting' | 'linked' | 'lost';
export type AskPhase = 'none' | 'standing' | 'refused';

/** What the host has said about itself so far, folded: one phase for each thing that has to be there before work comes. */
export type NodeState = {
  readonly sinceMs: number;
  readonly enclave: {
    readonly phase: EnclavePhase;
    readonly sinceMs: number;
    readonly loadingPhase?: string;
    readonly fraction?: number;
    readonly enclaveKey?: string;
    readonly measurementHash?: string;
    readonly modelDigest?: string;
    readonly model?: string;
    /** Another model is on its way into memory; jobs for it wait. */
    readonly warming?: { readonly model: string; readonly fraction: number; readonly sinceMs: number };
    readonly tier?: number;
  };
  readonly registration: {
    readonly phase: ConsentPhase;
    readonly sinceMs: number;
    readonly gasAddress?: string;
    readonly txHash?: string;
    readonly note?: string;
  };
  /** By gateway. */
  readonly links: Readonly<Record<string, GatewayLinkState>>;
  readonly ask: {
    readonly phase: AskPhase;
    readonly sinceMs: number;
    readonly multiplierPpm?: number;
    readonly slots?: number;
  };
  /** Running jobs by lease. */
  readonly running: Readonly<Record<string, { readonly jobId: string; readonly sinceMs: number }>>;
  readonly isStopping: boolean;
};

export type GatewayLinkState = {
  readonly phase: LinkPhase;
  readonly sinceMs: number;
  readonly clockOffsetMs?: number;
  readonly nextTryMs?: number;
};

export type HostEvent = {
  readonly state: HostState;
  readonly message: string;
  readonly atMs: number;
  readonly particulars: Readonly<Record<string, unknown>>;
};

export function initialNodeState(atMs: number): NodeState {
  return {
    sinceMs: atMs,
    enclave: { phase: 'absent', sinceMs: atMs },
    registration: { phase: 'unknown', sinceMs: atMs },
    links: {},
    ask: { phase: 'none', sinceMs: atMs },
    running: {},
    isStopping: false,
  };
}

export function foldEvent(state: NodeState, event: HostEvent): NodeState {
  const { atMs, particulars } = event;
  const text = (name: string) =>
    typeof particulars[name] === 'string' ? (particulars[name] as string) : undefined;
  const number = (name: string) =>
    typeof particulars[name] === 'number' ? (particulars[name] as number) : undefined;
  switch (event.state) {
    case 'enclave-connecting':
      return { ...state, enclave: { phase: 'connecting', sinceMs: atMs } };
    case 'enclave-loading':
      return {
        ...state,
        enclave: clean({
          phase: 'loading',
          sinceMs: atMs,
          loadingPhase: text('phase'),
          fraction: number('fraction'),
        }),
      };
    case 'enclave-booted':
      return {
        ...state,
        enclave: clean({
          phase: 'running',
          sinceMs: atMs,
          enclaveKey: text('enclaveKey'),
          measurementHash: text('measurementHash'),
          modelDigest: text('modelDigest'),
          model: text('model'),
          tier: number('tier'),
        }),
        registration: { phase: 'unknown', sinceMs: atMs },
      };
    case 'model-loading':
      return { ...state, enclave: { ...state.enclave, warming: warmingOf(state, event) } };
    case 'model-loaded': {
      const { warming: _, ...enclave } = state.enclave;
      return {
        ...state,
        enclave: clean({ ...enclave, modelDigest: text('modelDigest'), model: text('model') }),
      };
    }
    case 'enclave-lost':
      return {
        ...state,
        enclave: { phase: 'lost', sinceMs: state.enclave.phase === 'lost' ? state.enclave.sinceMs : atMs },
        ask: { phase: 'none', sinceMs: atMs },
        running: {},
      };
    case 'enrolment-needed':
      return { ...state, registration: { phase: 'consent_needed', sinceMs: atMs } };
    case 'gas_key_empty':
      // Also said when a settlement lacks gas: an enclave that is registered stays so.
      if (state.ask.phase === 'standing') return state;
      return {
        ...state,
        registration: clean({ phase: 'gas_needed', sinceMs: atMs, gasAddress: text('address') }),
      };
    case 'registering':
      return { ...state, registration: { phase: 'registering', sinceMs: atMs } };
    case 'registered':
      return {
        ...state,
        registration: clean({ phase: 'registered', sinceMs: atMs, txHash: text('txHash') }),
      };
    case 'registration-failed':
      return { ...state, registration: { phase: 'failed', sinceMs: atMs, note: event.message } };
    case 'link-connecting':
    case 'linked':
    case 'link-lost':
      return { ...state, links: foldLink(state.links, event) };
    case 'ready':
      return {
        ...state,
        ask: clean({
          phase: 'standing',
          sinceMs: atMs,
          multiplierPpm: number('multiplierPpm'),
          slots: number('slots'),
        }),
        registration:
          state.registration.phase === 'registered'
            ? state.registration
            : { phase: 'registered', sinceMs: atMs },
      };
    case 'ask-refused':
      return { ...state, ask: { phase: 'refused', sinceMs: atMs } };
    case 'job-started': {
      const leaseId = text('leaseId') ?? '';
      return {
        ...state,
        running: { ...state.running, [leaseId]: { jobId: text('jobId') ?? '', sinceMs: atMs } },
      };
    }
    case 'job-ended':
    case 'job-refused': {
      const { [text('leaseId') ?? '']: _, ...running } = state.running;
      return { ...state, running };
    }
    case 'stopping':
      return { ...state, isStopping: true };
    default:
      return state;
  }
}

function warmingOf({ enclave }: NodeState, { atMs, particulars }: HostEvent) {
  const { note, fraction } = particulars as { note?: string; fraction?: number };
  return { model: note ?? '', fraction: fraction ?? 0, sinceMs: enclave.warming?.sinceMs ?? atMs };
}

function foldLink(links: NodeState['links'], { state, atMs, particulars }: HostEvent): NodeState['links'] {
  const { url, clockOffsetMs, retryInMs } = particulars as Partial<Record<string, never>>;
  const before = links[String(url)];
  // Still lost while it is tried again.
  const isOutage = before?.phase === 'lost';
  if (state === 'link-connecting')
    return isOutage ? links : { ...links, [String(url)]: { phase: 'connecting', sinceMs: atMs } };
  const link: GatewayLinkState =
    state === 'linked'
      ? { phase: 'linked', sinceMs: atMs, clockOffsetMs: Number(clockOffsetMs ?? 0) }
      : {
          phase: 'lost',
          sinceMs: isOutage ? before.sinceMs : atMs,
          nextTryMs: atMs + Number(retryInMs ?? 0),
        };
  return { ...links, [String(url)]: link };
}

/** `exactOptionalPropertyTypes`: what is not known is left out. */
function clean<T extends object>(members: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(members).filter(([, member]) => member !== undefined)) as T;
}
