import type { Random } from '../random.ts';
import type { EscrowModel } from './escrow-model.ts';
import { type Claim, cast, type Enclave, type Evidence } from './operation.ts';
import type { OrderModel } from './order-model.ts';

/** Up to six claims, most on young open orders and few enclaves, so that the same pair is claimed again and again. */
export function drawClaims(random: Random, model: EscrowModel): Claim[] {
  const open = [...model.orders.values()].filter(({ status }) => status === 'open').slice(-5);
  return Array.from({ length: 1 + random.below(6) }, () =>
    drawClaim(random, model, open.length === 0 || random.oneIn(20) ? undefined : random.pick(open)),
  );
}

function drawClaim(random: Random, model: EscrowModel, open: OrderModel | undefined): Claim {
  const order = open ?? random.pick([...model.orders.values()]);
  const enclave = drawEnclave(random, model);
  const pair = order?.pairOf(enclave);
  const defects = ['enclave signature', 'session signature', 'provider'] as const;
  const defect = random.oneIn(12) ? random.pick(defects) : undefined;
  const before = pair?.cumulative ?? 0n;
  return {
    order: order?.terms.id ?? -1,
    enclave,
    sequence:
      (pair?.sequence ?? 0n) +
      BigInt(random.below(4)) -
      (pair && pair.sequence > 0n && random.oneIn(10) ? 1n : 0n),
    cumulativePicoUsd: total(random, before),
    capPicoUsd: total(random, before),
    ...(defect === undefined ? {} : { defect }),
  };
}

/** A little more than before, in a unit finer than the contract keeps; at times less, or beyond everything. */
function total(random: Random, beforeMicroUsd: bigint): bigint {
  const roll = random.below(30);
  if (roll === 0) return 2n ** 128n - 1n;
  const more = BigInt(random.below(400_000));
  const microUsd = roll === 1 ? beforeMicroUsd / 2n : beforeMicroUsd + more;
  return microUsd * 1_000_000n + BigInt(random.below(1_000_000));
}

function drawEnclave(random: Random, model: EscrowModel): Enclave {
  if (random.oneIn(25)) return random.below(cast.enclaves + 1);
  const honest = Array.from({ length: cast.enclaves }, (_, index) => index).filter(
    (enclave) => !model.blocked.has(enclave),
  );
  return random.pick(honest.slice(0, 6)) ?? cast.stranger;
}

/** Mostly two receipts that any honest enclave may have signed. */
export function drawEvidence(random: Random, model: EscrowModel): Evidence {
  const sequence = BigInt(1 + random.below(50));
  const cumulativePicoUsd = BigInt(random.below(1_000_000_000));
  const a = { sequence, cumulativePicoUsd };
  const honest = [a, { sequence: sequence + 1n, cumulativePicoUsd }] as const;
  const lies = [
    { sequence, cumulativePicoUsd: cumulativePicoUsd + 1n },
    { sequence: sequence + 1n, cumulativePicoUsd: cumulativePicoUsd - 1n < 0n ? 0n : cumulativePicoUsd - 1n },
  ] as const;
  const lying = random.oneIn(8);
  const bonded = model.stake.bonds.map(({ enclave }) => enclave);
  return {
    enclave: random.oneIn(2) && bonded.length > 0 ? random.pick(bonded) : random.below(cast.enclaves + 1),
    a,
    b: lying ? random.pick(lies) : random.pick(honest),
    forged: random.oneIn(10),
  };
}
