// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OrderRecord} from "../libraries/OrderRecords.sol";
import {PairRecord} from "../libraries/PairRecords.sol";
import {AccountRecord, ItemStatus, ReceiptVerdict, SettleItem} from "../libraries/SettlementRecords.sol";
import {ClaimAuthorization} from "../types/ClaimAuthorization.sol";
import {Order} from "../types/Order.sol";
import {Receipt} from "../types/Receipt.sol";
import {Settlement} from "../types/Settlement.sol";

/// @title Escrow of orders, settled by receipts
/// @notice A buyer's money moves only with two signatures: the enclave's says what was done, the session key's bounds
/// it. Nobody can stop a withdrawal, a settlement or a claim; the contract has no owner and can't be paused.
/// @dev All amounts are µUSD, base units of a plain 6-decimal ERC-20 without transfer fee or rebasing. Rounding is down:
/// a total in favour of the buyer, a fee in favour of the provider. Solvency: the token balance is never below the sum
/// of all free balances, open orders' rests and claimable balances (the operator's fees are its claimable balance).
interface IHearthSettlement {
    /// @notice A receipt with only the hash of its execution part, and the enclave's 65-byte signature.
    struct SignedSettlement {
        Settlement settlement;
        bytes32 executionHash;
        bytes enclaveSignature;
    }

    event Deposited(address indexed buyer, uint96 amountMicroUsd);
    event Withdrawn(address indexed buyer, uint96 amountMicroUsd);
    event OrderOpened(
        bytes32 indexed orderHash,
        address indexed buyer,
        address indexed sessionKey,
        uint96 maxSpendMicroUsd,
        uint16 feeBps,
        uint40 validUntilUnixSec
    );
    event OrderCancelled(bytes32 indexed orderHash, address indexed buyer);
    event OrderCloseRequested(bytes32 indexed orderHash, uint40 validUntilUnixSec);
    event OrderClosed(bytes32 indexed orderHash, address indexed buyer, uint96 refundMicroUsd);

    /// @notice The pair (order, enclave) has now been paid `paidMicroUsd` in all, `creditMicroUsd` (to the provider) plus
    /// `feeMicroUsd` of it by this settlement.
    event Settled(
        bytes32 indexed orderHash,
        address indexed enclaveKey,
        address indexed provider,
        uint64 sequence,
        uint96 paidMicroUsd,
        uint96 creditMicroUsd,
        uint96 feeMicroUsd
    );

    /// @notice Item `index` of the batch moved nothing.
    event ItemRefused(
        bytes32 indexed orderHash,
        address indexed enclaveKey,
        uint256 index,
        ItemStatus status
    );
    event Claimed(address indexed provider, address indexed recipient, uint96 amountMicroUsd);

    /// @notice The enclave signed two receipts for one place in its sequence; nothing settles for it any more.
    event EnclaveBlocked(address indexed enclaveKey, bytes32 receiptHashA, bytes32 receiptHashB);

    error FeeTooHigh(uint16 maxBps, uint16 gotBps);
    error ZeroAddress();
    error ZeroAmount();
    error TokenTransferWrong(uint256 expectedMicroUsd, uint256 gotMicroUsd);
    error TotalTooLarge(uint256 maxMicroUsd, uint256 gotMicroUsd);
    error BalanceTooLow(address account, uint96 availableMicroUsd, uint96 wantedMicroUsd);
    error OrderMalformed(bytes32 orderHash);
    error OrderAlreadyKnown(bytes32 orderHash);
    error OrderOver(bytes32 orderHash, uint64 validUntilUnixSec, uint256 nowUnixSec);
    error OrderSignatureInvalid(bytes32 orderHash, address buyer);
    error OrderIsNotOpen(bytes32 orderHash);
    error OrderStillSettling(bytes32 orderHash, uint256 untilUnixSec, uint256 nowUnixSec);
    error NotBuyer(address buyer, address caller);
    error ClaimExpired(uint64 deadlineUnixSec, uint256 nowUnixSec);
    error ClaimNonceWrong(uint64 expected, uint64 got);
    error ClaimSignatureInvalid(address provider);
    error NotEquivocation();
    error EquivocationSignatureInvalid(bytes32 receiptHash, address enclaveKey);

    /// @notice Adds to the caller's free balance; the caller has approved the token before.
    function deposit(uint96 amountMicroUsd) external;

    /// @notice Pays out from the caller's free balance.
    function withdraw(uint96 amountMicroUsd) external;

    /// @notice Locks `order.maxSpendMicroUsd` of the buyer's free balance, once per order. Anyone may call.
    /// @param buyerSignature EIP-712 by `order.buyer`: EOA or ERC-1271.
    function openOrder(
        Order calldata order,
        bytes calldata buyerSignature
    ) external returns (bytes32 orderHash);

    /// @notice Makes an order that is not open yet unusable for ever. Only its buyer may call.
    function cancelOrder(Order calldata order) external;

    /// @notice Ends the order's validity now; receipts still settle for the settlement window. Only its buyer may call.
    function requestClose(bytes32 orderHash) external;

    /// @notice Returns the rest to the buyer's free balance after validUntil + settlement window. Anyone may call.
    function closeOrder(bytes32 orderHash) external;

    /// @notice Pays min(⌊cumulative/10⁶⌋, ⌊cap/10⁶⌋, maxSpendPerEnclave, paid + order's rest) minus what the pair has been
    /// paid. Anyone may call; a bad item moves nothing and never reverts the batch. Sort items by order to save gas.
    /// @return statuses one per item, in order.
    function settle(SettleItem[] calldata items) external returns (ItemStatus[] memory statuses);

    /// @notice Pays out earnings to the caller.
    function claim(uint96 amountMicroUsd) external;

    /// @notice Pays out all earnings to the caller.
    function claimAll() external returns (uint96 amountMicroUsd);

    /// @notice Pays out earnings as the provider signed (EOA or ERC-1271). Anyone may call.
    function claimFor(ClaimAuthorization calldata authorization, bytes calldata providerSignature) external;

    /// @notice Blocks an enclave that signed two different receipts with equal order and sequence. Anyone may call.
    function reportEquivocation(SignedSettlement calldata a, SignedSettlement calldata b) external;

    /// @notice Checks a receipt against its signature and the registry. Says nothing about measurement or price.
    function verifyReceipt(
        Receipt calldata receipt,
        bytes calldata enclaveSignature
    ) external view returns (ReceiptVerdict memory);

    /// @notice Whether `newest` (signed) proves that the enclave issued `receipt` earlier in the same sequence.
    /// @param path RFC 6962 inclusion path of leaf `receipt.sequence − 1` under `newest.priorReceiptsRoot`.
    function verifyIncluded(
        Receipt calldata receipt,
        bytes32[] calldata path,
        Receipt calldata newest,
        bytes calldata newestSignature
    ) external view returns (bool);

    function orderOf(bytes32 orderHash) external view returns (OrderRecord memory);

    function pairOf(bytes32 orderHash, address enclaveKey) external view returns (PairRecord memory);

    function accountOf(address account) external view returns (AccountRecord memory);

    function isBlocked(address enclaveKey) external view returns (bool);
}
