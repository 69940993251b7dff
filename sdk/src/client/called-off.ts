import { HearthError } from '../protocol/index.ts';

/** Why an attempt ends that was asked beside another one and came second: its connection is closed, and its enclave stops. */
export class CalledOff extends HearthError {
  /** It was asked first, and is asked no more for a while. */
  readonly isSlow: boolean;

  constructor(isSlow: boolean) {
    super('timeout', 'called off: another enclave gave the first token');
    this.isSlow = isSlow;
  }
}

/** Whether an attempt ended because the caller, or a faster one, wanted so, and its enclave is as good as ever. */
export function isWanted(reason: unknown, signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && !(reason instanceof CalledOff && reason.isSlow);
}
