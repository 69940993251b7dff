import { randomBytes } from 'node:crypto';
import { sha256, toHex } from '@hearth/attestation/receipt';
import { hearthSettlementAbi, readTokenDomain, testUsdAbi } from '@hearth/contracts';
import {
  type Account,
  BaseError,
  type Chain,
  type Hash,
  type Hex,
  type LocalAccount,
  type PublicClient,
  parseSignature,
  type Transport,
  type WalletClient,
} from 'viem';
import { HearthError } from '../protocol/index.ts';

export type DepositWay = 'authorization' | 'permit' | 'approve';

export type DepositOptions = {
  /** EIP-3009, ERC-2612 or an approval first; without it the first of them that the token knows. */
  readonly by?: DepositWay | undefined;
  /**
   * Equal keys deposit once, however often and from wherever they are sent: the key becomes the nonce of an EIP-3009
   * authorisation, which the token itself uses up. Other ways cannot promise that, and refuse a key.
   */
  readonly idempotencyKey?: string | undefined;
};

type Wallet = WalletClient<Transport, Chain, LocalAccount & Account>;
type Deposit = {
  readonly reader: PublicClient<Transport, Chain>;
  readonly wallet: Wallet;
  readonly settlement: Hex;
  readonly amountMicroUsd: bigint;
  /** Waits for a transaction and throws unless it succeeded. */
  confirmed(hash: Hash, what: string): Promise<Hash>;
};

const SIGNATURE_LIFE_SEC = 3600n;

/** @returns hash of the transaction that deposited, now or when the same key was used before */
export async function sendDeposit(deposit: Deposit, options: DepositOptions = {}): Promise<Hash> {
  const { reader, settlement, wallet } = deposit;
  const market = { address: settlement, abi: hearthSettlementAbi } as const;
  const token = await reader.readContract({ ...market, functionName: 'token' });
  const owner = wallet.account.address;
  const way = options.by ?? (await firstKnownWay(reader, token, owner));
  if (options.idempotencyKey !== undefined && way !== 'authorization')
    throw new HearthError(
      'invalid_request',
      `idempotency key: expected a token with EIP-3009, this deposit goes by ${way}`,
    );
  if (way === 'authorization') return byAuthorization(deposit, token, options.idempotencyKey);
  if (way === 'permit') return byPermit(deposit, token);
  return byApproval(deposit, token);
}

async function firstKnownWay(reader: Deposit['reader'], token: Hex, owner: Hex): Promise<DepositWay> {
  const at = { address: token, abi: testUsdAbi } as const;
  const nonce = toHex(randomBytes(32));
  const isKnown = (call: Promise<unknown>) =>
    call.then(
      () => true,
      (error: unknown) => {
        if (error instanceof BaseError && error.name === 'ContractFunctionExecutionError') return false;
        throw error;
      },
    );
  if (await isKnown(reader.readContract({ ...at, functionName: 'authorizationState', args: [owner, nonce] })))
    return 'authorization';
  if (await isKnown(reader.readContract({ ...at, functionName: 'nonces', args: [owner] }))) return 'permit';
  return 'approve';
}

async function byAuthorization(deposit: Deposit, token: Hex, key: string | undefined): Promise<Hash> {
  const { reader, wallet, settlement, amountMicroUsd, confirmed } = deposit;
  const from = wallet.account.address;
  const nonce = key === undefined ? toHex(randomBytes(32)) : nonceOf(key);
  const at = { address: token, abi: testUsdAbi } as const;
  if (await reader.readContract({ ...at, functionName: 'authorizationState', args: [from, nonce] }))
    return usedIn(deposit, token, nonce);
  const validBefore = (await reader.getBlock()).timestamp + SIGNATURE_LIFE_SEC;
  const message = { from, to: settlement, value: amountMicroUsd, validAfter: 0n, validBefore, nonce };
  const signature = await wallet.account.signTypedData({
    domain: await readTokenDomain(reader, token),
    types: { ReceiveWithAuthorization: receiveWithAuthorization },
    primaryType: 'ReceiveWithAuthorization',
    message,
  });
  const { r, s, v } = parts(signature);
  const hash = await wallet.writeContract({
    address: settlement,
    abi: hearthSettlementAbi,
    functionName: 'depositWithAuthorization',
    args: [from, amountMicroUsd, 0n, validBefore, nonce, v, r, s],
  });
  return confirmed(hash, 'deposit with authorization');
}

/** The deposit that used the nonce. @throws HearthError `already_exists` when it was of another amount */
async function usedIn(deposit: Deposit, token: Hex, nonce: Hex): Promise<Hash> {
  const { reader, wallet, settlement, amountMicroUsd } = deposit;
  const authorizer = wallet.account.address;
  const used = await reader.getContractEvents({
    address: token,
    abi: testUsdAbi,
    eventName: 'AuthorizationUsed',
    args: { authorizer, nonce },
    fromBlock: 'earliest',
    strict: true,
  });
  const hash = used[0]?.transactionHash;
  const moved = hash
    ? await reader.getContractEvents({
        address: token,
        abi: testUsdAbi,
        eventName: 'Transfer',
        args: { from: authorizer, to: settlement },
        blockHash: used[0]?.blockHash as Hash,
        strict: true,
      })
    : [];
  const amounts = moved
    .filter(({ transactionHash }) => transactionHash === hash)
    .map(({ args }) => args.value);
  if (hash && amounts.includes(amountMicroUsd)) return hash;
  throw new HearthError(
    'already_exists',
    `idempotency key: it was used for a deposit of ${amounts.join(', ') || 'something else'}, not of ${amountMicroUsd} µUSD`,
  );
}

async function byPermit(deposit: Deposit, token: Hex): Promise<Hash> {
  const { reader, wallet, settlement, amountMicroUsd, confirmed } = deposit;
  const owner = wallet.account.address;
  const nonce = await reader.readContract({
    address: token,
    abi: testUsdAbi,
    functionName: 'nonces',
    args: [owner],
  });
  const deadline = (await reader.getBlock()).timestamp + SIGNATURE_LIFE_SEC;
  const signature = await wallet.account.signTypedData({
    domain: await readTokenDomain(reader, token),
    types: { Permit: permit },
    primaryType: 'Permit',
    message: { owner, spender: settlement, value: amountMicroUsd, nonce, deadline },
  });
  const { r, s, v } = parts(signature);
  const hash = await wallet.writeContract({
    address: settlement,
    abi: hearthSettlementAbi,
    functionName: 'depositWithPermit',
    args: [amountMicroUsd, deadline, v, r, s],
  });
  return confirmed(hash, 'deposit with permit');
}

async function byApproval(deposit: Deposit, token: Hex): Promise<Hash> {
  const { wallet, settlement, amountMicroUsd, confirmed } = deposit;
  const approval = await wallet.writeContract({
    address: token,
    abi: testUsdAbi,
    functionName: 'approve',
    args: [settlement, amountMicroUsd],
  });
  await confirmed(approval, 'approve');
  const hash = await wallet.writeContract({
    address: settlement,
    abi: hearthSettlementAbi,
    functionName: 'deposit',
    args: [amountMicroUsd],
  });
  return confirmed(hash, 'deposit');
}

const nonceOf = (key: string): Hex => toHex(sha256(new TextEncoder().encode(`hearth deposit ${key}`)));

function parts(signature: Hex): { r: Hex; s: Hex; v: number } {
  const { r, s, yParity } = parseSignature(signature);
  return { r, s, v: 27 + yParity };
}

const receiveWithAuthorization = [
  { name: 'from', type: 'address' },
  { name: 'to', type: 'address' },
  { name: 'value', type: 'uint256' },
  { name: 'validAfter', type: 'uint256' },
  { name: 'validBefore', type: 'uint256' },
  { name: 'nonce', type: 'bytes32' },
] as const;

const permit = [
  { name: 'owner', type: 'address' },
  { name: 'spender', type: 'address' },
  { name: 'value', type: 'uint256' },
  { name: 'nonce', type: 'uint256' },
  { name: 'deadline', type: 'uint256' },
] as const;
