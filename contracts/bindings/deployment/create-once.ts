import type { Address } from 'abitype';
import {
  type Chain,
  getContractAddress,
  type Hex,
  keccak256,
  type LocalAccount,
  type PublicClient,
  TransactionReceiptNotFoundError,
  type Transport,
  type WalletClient,
} from 'viem';
import type { Journal, SignedCreation } from './journal.ts';

export interface Deployer {
  readonly publicClient: PublicClient;
  readonly walletClient: WalletClient<Transport, Chain | undefined, LocalAccount>;
  readonly journal: Journal;
  /** Blocks on top of a creation, itself included, before the next step builds on it. */
  readonly confirmations: number;
  /** Told of every step, for people and for tests that interrupt it. */
  report(event: DeploymentEvent): void;
}

export type DeploymentEvent = {
  readonly name: string;
  readonly what: 'signed' | 'sent' | 'deployed' | 'found';
  readonly address: Address;
};

/** What stands in the way of going on; nothing was sent. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
}

/**
 * Creates one contract exactly once, however often it is called and wherever the calls before were killed: the signed
 * transaction is in the journal before it is sent, its nonce lets it take effect once, and it is sent again as it was.
 */
export async function createOnce(deployer: Deployer, name: string, creationCode: Hex): Promise<Address> {
  const { publicClient, journal, report } = deployer;
  const creationHash = keccak256(creationCode);
  let creation = journal.load(name);
  if (creation && creation.creationHash !== creationHash)
    throw new DeploymentError(
      `${name}: the journal has a creation of other code or arguments (${creation.creationHash}, this build has ${creationHash}); finish with the build that began, or start with an empty journal`,
    );
  if (creation?.blockNumber !== undefined) {
    await assertCode(publicClient, name, creation.address);
    report({ name, what: 'found', address: creation.address });
    return creation.address;
  }
  if (creation && (await isNonceTaken(deployer, creation))) creation = undefined;
  if (!creation) {
    creation = await sign(deployer, creationCode, creationHash);
    journal.save(name, creation);
    report({ name, what: 'signed', address: creation.address });
  }
  await send(publicClient, creation);
  report({ name, what: 'sent', address: creation.address });
  const receipt = await publicClient.waitForTransactionReceipt({
    hash: creation.transactionHash,
    confirmations: deployer.confirmations,
    pollingInterval: 50,
  });
  // The wait also ends when another transaction of the account took the nonce.
  if (receipt.transactionHash !== creation.transactionHash)
    return await createOnce(deployer, name, creationCode);
  if (receipt.status !== 'success')
    throw new DeploymentError(
      `${name}: creation ${creation.transactionHash} was reverted in block ${receipt.blockNumber}; nothing is at ${creation.address}`,
    );
  journal.save(name, { ...creation, blockNumber: receipt.blockNumber });
  report({ name, what: 'deployed', address: creation.address });
  return creation.address;
}

async function sign(
  { publicClient, walletClient }: Deployer,
  creationCode: Hex,
  creationHash: Hex,
): Promise<SignedCreation> {
  const { account } = walletClient;
  const nonce = await publicClient.getTransactionCount({ address: account.address, blockTag: 'pending' });
  const request = await walletClient.prepareTransactionRequest({
    account,
    chain: walletClient.chain ?? null,
    data: creationCode,
    nonce,
  });
  const signedTransaction = await account.signTransaction(request as never);
  return {
    nonce,
    address: getContractAddress({ from: account.address, nonce: BigInt(nonce) }),
    transactionHash: keccak256(signedTransaction),
    signedTransaction,
    creationHash,
  };
}

/** Another transaction of this account has the nonce, so the signed one can never take effect. */
async function isNonceTaken(
  { publicClient, walletClient }: Deployer,
  creation: SignedCreation,
): Promise<boolean> {
  const used = await publicClient.getTransactionCount({ address: walletClient.account.address });
  return used > creation.nonce && !(await isMined(publicClient, creation.transactionHash));
}

/** A node that already has it refuses it: that is no failure, the wait for its receipt tells. */
async function send(publicClient: PublicClient, creation: SignedCreation): Promise<void> {
  if (await isMined(publicClient, creation.transactionHash)) return;
  try {
    await publicClient.sendRawTransaction({ serializedTransaction: creation.signedTransaction });
  } catch (error) {
    const known = await publicClient
      .getTransaction({ hash: creation.transactionHash })
      .then(() => true)
      .catch(() => false);
    if (!known) throw error;
  }
}

async function isMined(publicClient: PublicClient, hash: Hex): Promise<boolean> {
  try {
    await publicClient.getTransactionReceipt({ hash });
    return true;
  } catch (error) {
    if (error instanceof TransactionReceiptNotFoundError) return false;
    throw error;
  }
}

async function assertCode(publicClient: PublicClient, name: string, address: Address): Promise<void> {
  const code = await publicClient.getCode({ address });
  if (code === undefined || code === '0x')
    throw new DeploymentError(
      `${name}: the journal says it is deployed at ${address}, but there is no code; is this the same chain?`,
    );
}
