import {
  type Hex,
  hashClaimAuthorization,
  hashCloseAuthorization,
  hashWithdrawAuthorization,
  signDigest,
  typedDigest,
} from '@hearth/attestation/receipt';
import { hearthSettlementAbi, stakeVaultAbi, testUsdAbi, toSettleCall } from '@hearth/contracts';
import {
  type Abi,
  type AbiStateMutability,
  type ContractFunctionArgs,
  type ContractFunctionName,
  encodeFunctionData,
  numberToHex,
  parseAbi,
} from 'viem';
import { type EscrowWorld, enclaveAddress } from './escrow-world.ts';
import { type Account, cast, type Operation } from './operation.ts';
import type { Call } from './rpc.ts';
import type { SignedMessages } from './signed-messages.ts';

const managerAbi = parseAbi(['function execute(address target, bytes data)']);
const tokenMessages = {
  Permit: fields('address owner,address spender,uint256 value,uint256 nonce,uint256 deadline'),
  ReceiveWithAuthorization: fields(
    'address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce',
  ),
} as const;

/** The transaction of an operation, with everything signed that is signed. */
export async function encodeOperation(
  world: EscrowWorld,
  messages: SignedMessages,
  operation: Operation,
): Promise<Call> {
  const { market } = world;
  const from = world.addressOf(operation.sender);
  const escrow = <Name extends ContractFunctionName<typeof hearthSettlementAbi>>(
    functionName: Name,
    ...args: Arguments<typeof hearthSettlementAbi, Name>
  ): Call => ({ from, to: market.settlement, data: encode(hearthSettlementAbi, functionName, args) });
  const vault = <Name extends ContractFunctionName<typeof stakeVaultAbi>>(
    functionName: Name,
    ...args: Arguments<typeof stakeVaultAbi, Name>
  ): Call => ({ from, to: market.stakeVault, data: encode(stakeVaultAbi, functionName, args) });
  const address = (account: Account) => world.addressOf(account);

  switch (operation.kind) {
    case 'approve': {
      const args = [market.settlement, operation.amountMicroUsd] as const;
      return { from, to: market.token, data: encode(testUsdAbi, 'approve', args) };
    }
    case 'deposit':
      if (operation.account === operation.sender) return escrow('deposit', operation.amountMicroUsd);
      return escrow('depositFor', address(operation.account), operation.amountMicroUsd);
    case 'deposit with permit': {
      const { amountMicroUsd: value, deadlineUnixSec: deadline, signer } = operation;
      const nonce = await world.publicClient.readContract({
        address: market.token,
        abi: testUsdAbi,
        functionName: 'nonces',
        args: [from],
      });
      const permit = { owner: from, spender: market.settlement, value, nonce, deadline };
      return escrow('depositWithPermit', value, deadline, ...signed('Permit', permit, signer));
    }
    case 'deposit with authorization': {
      const { owner, amountMicroUsd: value, signer } = operation;
      const { validAfterUnixSec: validAfter, validBeforeUnixSec: validBefore } = operation;
      const nonce = numberToHex(operation.nonce, { size: 32 });
      const to = market.settlement;
      const message = { from: address(owner), to, value, validAfter, validBefore, nonce };
      const signature = signed('ReceiveWithAuthorization', message, signer);
      return escrow(
        'depositWithAuthorization',
        address(owner),
        value,
        validAfter,
        validBefore,
        nonce,
        ...signature,
      );
    }
    case 'withdraw':
      if (operation.recipient === operation.sender) return escrow('withdraw', operation.amountMicroUsd);
      return escrow('withdrawTo', address(operation.recipient), operation.amountMicroUsd);
    case 'claim':
      if (operation.recipient === operation.sender) return escrow('claim', operation.amountMicroUsd);
      return escrow('claimTo', address(operation.recipient), operation.amountMicroUsd);
    case 'claim all':
      return escrow('claimAll');
    case 'withdraw for': {
      const { owner, recipient, amountMicroUsd, nonce, deadlineUnixSec, signer } = operation;
      const payout = { recipient: address(recipient), amountMicroUsd, nonce, deadlineUnixSec };
      const message = { buyer: address(owner), ...payout };
      const digest = hashWithdrawAuthorization(messages.domain, message);
      return escrow('withdrawFor', message, signDigest(digest, world.keyOf(signer)));
    }
    case 'claim for': {
      const { owner, recipient, amountMicroUsd, nonce, deadlineUnixSec, signer } = operation;
      const payout = { recipient: address(recipient), amountMicroUsd, nonce, deadlineUnixSec };
      const message = { provider: address(owner), ...payout };
      const digest = hashClaimAuthorization(messages.domain, message);
      return escrow('claimFor', message, signDigest(digest, world.keyOf(signer)));
    }
    case 'open order': {
      const signature = signDigest(messages.orderHash(operation.order), world.keyOf(operation.signer));
      return escrow('openOrder', messages.order(operation.order), signature);
    }
    case 'cancel order':
      messages.orderHash(operation.order);
      return escrow('cancelOrder', messages.order(operation.order));
    case 'end order for': {
      const message = { orderHash: messages.orderHash(operation.order) };
      const digest = hashCloseAuthorization(messages.domain, message);
      return escrow(
        'endOrderFor',
        messages.order(operation.order),
        signDigest(digest, world.keyOf(operation.signer)),
      );
    }
    case 'request close':
      return escrow('requestClose', messages.hashOfId(operation.order));
    case 'close order':
      return escrow('closeOrder', messages.hashOfId(operation.order));
    case 'reserve': {
      const { order, enclave, capPicoUsd, forged } = operation;
      const { message, signature } = messages.authorization(order, enclave, capPicoUsd, forged);
      return escrow('reserve', message, signature);
    }
    case 'settle':
      return escrow('settle', ...toSettleCall(operation.claims.map((claim) => messages.claim(claim))).args);
    case 'pause entry': {
      const call = escrow('setEntryPaused', operation.paused);
      if (operation.sender !== cast.guardian) return call;
      return {
        from,
        to: market.accessManager,
        data: encode(managerAbi, 'execute', [call.to, call.data]),
      };
    }
    case 'report':
      return escrow('reportEquivocation', ...messages.evidence(operation.evidence));
    case 'slash':
      return vault('slash', ...messages.evidence(operation.evidence));
    case 'bond':
      return vault('bond', enclaveAddress(world, operation.enclave));
    case 'exit':
      return vault('requestExit', BigInt(operation.bond));
    case 'withdraw bond':
      return vault('withdrawBond', BigInt(operation.bond), address(operation.recipient));
    case 'claim reward':
      return vault('claimReward', address(operation.recipient));
  }

  /** v, r, s under the token's own domain. */
  function signed(name: keyof typeof tokenMessages, message: object, signer: Account): [number, Hex, Hex] {
    const domain = {
      name: 'Hearth Test USD',
      version: '1',
      chainId: world.chainId,
      verifyingContract: market.token,
    };
    const signature = signDigest(typedDigest(domain, tokenMessages, name, message), world.keyOf(signer));
    return [
      Number.parseInt(signature.slice(130), 16),
      `0x${signature.slice(2, 66)}`,
      `0x${signature.slice(66, 130)}`,
    ];
  }
}

type Arguments<Interface extends Abi, Name extends ContractFunctionName<Interface>> =
  ContractFunctionArgs<Interface, AbiStateMutability, Name> extends infer List extends readonly unknown[]
    ? List
    : never;

/** The generic parameters of viem's encoder do not survive being passed on; the callers above are checked. */
function encode(abi: Abi, functionName: string, args: readonly unknown[]): Hex {
  return encodeFunctionData({ abi, functionName, args });
}

function fields(list: string) {
  return list.split(',').map((field) => {
    const [type = '', name = ''] = field.split(' ');
    return { type, name };
  });
}
