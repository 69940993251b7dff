import { checkDcapCollateral } from '@hearth/attestation';
import { base64ToBytes } from '@hearth/sdk/protocol';
import { Backoff } from '../backoff.ts';
import type { MarketChain, MarketTransactions, RegisteredEnclave } from '../chain/market-chain.ts';
import { firstLine } from '../chain/rpc.ts';
import type { Report } from '../host-events.ts';
import { type Clock, delay, type Random, type Timers } from '../ports.ts';
import type { LiveEnclave } from './enclave-session.ts';
import {
  type EnrolmentRequest,
  enrolmentFault,
  enrolmentPath,
  isSignedByAccount,
  readEnrolment,
  type SignedEnrolment,
  writeEnrolmentRequest,
} from './enrolment.ts';

export type RegistrarContext = {
  readonly dataDir: string;
  readonly request: Omit<EnrolmentRequest, 'enclaveKey' | 'schema'>;
  readonly chain: Pick<MarketChain, 'enclave'>;
  readonly transactions: MarketTransactions;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly report: Report;
  /** A new quote over the same keys with a fresh anchor block. */
  requote(enclave: LiveEnclave): Promise<LiveEnclave>;
  /** The registry knows the key until then; its evidence is that of `enclave`. */
  onRegistered(enclave: LiveEnclave, registered: RegisteredEnclave): void;
};

/** An attestation lasts 24 h; renewed with this much left, so that a long outage of the RPC does not end it. */
const RENEW_BEFORE_MS = 6 * 3600_000;
const STEP_MS = 60_000;
const POLL_MS = 500;
const GAS_POLL_MS = 5_000;
const BACKOFF = { firstMs: 1_000, maxMs: 60_000 };

/** Keeps one enclave registered for as long as it lives. */
export class Registrar {
  readonly #context: RegistrarContext;

  constructor(context: RegistrarContext) {
    this.#context = context;
  }

  /** Returns when `enclave.signal` fires. */
  async keepRegistered(enclave: LiveEnclave): Promise<void> {
    const backoff = new Backoff(BACKOFF, this.#context.random);
    let current = enclave;
    while (!enclave.signal.aborted) {
      try {
        const known = await this.#registration(current);
        if (known && this.#leftMs(known) > RENEW_BEFORE_MS) {
          await this.#serveUntil(current, known, this.#leftMs(known) - RENEW_BEFORE_MS);
        }
        if (enclave.signal.aborted) return;
        current = await this.#register(current);
        const renewed = await this.#registration(current);
        if (!renewed) continue;
        backoff.reset();
        // A PCK certificate near its end gives less than a day; renewing at once again would burn the gas key.
        const leftMs = this.#leftMs(renewed);
        await this.#serveUntil(current, renewed, Math.max(leftMs / 2, leftMs - RENEW_BEFORE_MS));
      } catch (error) {
        if (enclave.signal.aborted) return;
        const retryInMs = backoff.nextMs();
        this.#context.report(
          'registration-failed',
          `registration: ${firstLine(error)}; retry in ${retryInMs} ms`,
          { retryInMs, cause: firstLine(error) },
        );
        await delay(this.#context.timers, retryInMs, enclave.signal);
      }
    }
  }

  #registration(enclave: LiveEnclave): Promise<RegisteredEnclave | undefined> {
    return this.#context.chain.enclave(enclave.booted.enclaveKeys.enclaveKey);
  }

  async #register(enclave: LiveEnclave): Promise<LiveEnclave> {
    const { transactions, report } = this.#context;
    const enrolment = await this.#enrolment(enclave);
    if (!enrolment || !(await this.#gas(enclave.signal))) return enclave; // the enclave is gone
    // Waiting may have taken longer than the 256 blocks for which an anchor counts.
    const fresh = await this.#context.requote(enclave);
    const { enclaveKeys, evidence } = fresh.booted;
    const { enclaveKey } = enclaveKeys;
    report('registering', `registering enclave ${enclaveKey} on-chain`, { enclaveKey });
    const consent = { deadlineUnixSec: enrolment.enrolment.deadlineUnixSec, signature: enrolment.signature };
    const quote = base64ToBytes(evidence.quote);
    const collateral = checkDcapCollateral(evidence.collateral);
    const { txHash } = await transactions.register(enclaveKeys, { quote, collateral }, consent);
    report('registered', `enclave ${enclaveKey} is registered`, { enclaveKey, txHash });
    return fresh;
  }

  /** The wallet's consent for this enclave key; waits for it as long as the enclave lives. */
  async #enrolment(enclave: LiveEnclave): Promise<SignedEnrolment | undefined> {
    const { enclaveKey } = enclave.booted.enclaveKeys;
    const request: EnrolmentRequest = {
      schema: 'hearth-enrolment-request/1',
      ...this.#context.request,
      enclaveKey,
    };
    await writeEnrolmentRequest(this.#context.dataDir, request);
    let told = false;
    while (!enclave.signal.aborted) {
      const found = await readEnrolment(this.#context.dataDir).catch(() => undefined);
      const fault = found && enrolmentFault(found, request, Math.floor(this.#context.clock.nowMs() / 1000));
      if (found && !fault) return this.#warnIfForeign(request, found);
      if (!told) this.#ask(request, fault);
      told = true;
      await delay(this.#context.timers, POLL_MS, enclave.signal);
    }
    return undefined;
  }

  #ask(request: EnrolmentRequest, fault: string | undefined): void {
    const { dataDir, report } = this.#context;
    const path = enrolmentPath(dataDir);
    const why = fault ? `${path} is there, but ${fault.replace('_', ' ')}; a` : 'A';
    report(
      'enrolment-needed',
      [
        `${why} new enclave needs the consent of wallet ${request.provider}, once:`,
        `    hearth-agent enrol --data ${dataDir}`,
        '  It shows what to sign and takes the wallet key once, or a signature made on another machine',
        '  (copy enrolment-request.json there and enrolment.json back). The wallet key never stays on this node.',
      ].join('\n'),
      { ...request, path },
    );
  }

  #warnIfForeign(request: EnrolmentRequest, found: SignedEnrolment): SignedEnrolment {
    if (!isSignedByAccount(request, found))
      this.#context.report(
        'warning',
        `enrolment.json: not signed by the account ${request.provider}; right only if that is a contract wallet`,
      );
    return found;
  }

  async #gas(signal: AbortSignal): Promise<boolean> {
    const { transactions, report, timers } = this.#context;
    let told = false;
    while (!signal.aborted) {
      const [balance, needed] = await Promise.all([
        transactions.gasBalanceWei(),
        transactions.neededBalanceWei(),
      ]);
      if (balance >= needed) return true;
      if (!told)
        report(
          'gas_key_empty',
          `the gas key holds ${balance} wei, a registration needs about ${needed} wei: send that much ether to ${transactions.gasAddress}`,
          { address: transactions.gasAddress, balanceWei: balance.toString(), neededWei: needed.toString() },
        );
      told = true;
      await delay(timers, GAS_POLL_MS, signal);
    }
    return false;
  }

  #leftMs({ expiresAtUnixSec }: RegisteredEnclave): number {
    return expiresAtUnixSec * 1000 - this.#context.clock.nowMs();
  }

  /** In steps, because timers count in 32 bits and clocks get corrected. */
  async #serveUntil(enclave: LiveEnclave, registered: RegisteredEnclave, forMs: number): Promise<void> {
    const { clock, timers } = this.#context;
    if (enclave.signal.aborted) return; // a dead enclave is never put on offer
    this.#context.onRegistered(enclave, registered);
    const untilMs = clock.nowMs() + forMs;
    while (!enclave.signal.aborted && clock.nowMs() < untilMs)
      await delay(timers, Math.min(STEP_MS, untilMs - clock.nowMs()), enclave.signal);
  }
}
