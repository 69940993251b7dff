// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OrderRecord} from "../libraries/OrderRecords.sol";
import {PairRecord} from "../libraries/PairRecords.sol";
import {AccountRecord, ItemStatus, OrderClaims, ReceiptVerdict} from "../libraries/SettlementRecords.sol";
import {Authorization} from "../types/Authorization.sol";
import {ClaimAuthorization} from "../types/ClaimAuthorization.sol";
import {Order} from "../types/Order.sol";
import {Receipt} from "../types/Receipt.sol";
import {Settlement} from "../types/Settlement.sol";
import {WithdrawAuthorization} from "../types/WithdrawAuthorization.sol";

/// @title Escrow of orders, settled by receipts
/// @notice A buyer's money moves only with two signatures: the enclave's says what was done, the session key's bounds
/// it. A guardian can stop new deposits and new orders, and nothing else: nobody can stop a settlement, a claim, a closing
/// or a withdrawal. The contract has no owner and can't be changed. Every payment goes to an address that its owner names,
/// so a payee that the token refuses holds up nobody, not even itself.
/// @dev Accounts are addresses: of a key, of an ERC-1271 wallet, or derived from an ERC-7913 key (see `Signers`), which
/// acts by signature alone. All amounts are µUSD, base units of a plain 6-decimal ERC-20 without transfer fee or rebasing. Rounding is down:
/// a total in favour of the buyer, a fee in favour of the provider. Solvency: the token balance is never below the sum
/// of all free balances, open orders' rests and reserves, and claimable balances (the operator's fees are its claimable
/// balance).
interface IHearthSettlement {
    /// @notice A receipt with only the hash of its execution part, and the enclave's 65-byte signature.
    struct SignedSettlement {
        Settlement settlement;
        bytes32 executionHash;
        bytes enclaveSignature;
    }

    event Deposited(address indexed buyer, uint96 amountMicroUsd);
    event Withdrawn(address indexed buyer, address indexed recipient, uint96 amountMicroUsd);
    event EntryPausedSet(bool paused);
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

    /// @notice Enclaves of this order have been paid. `payments` has two words for each, as `PairPayments` packs them: what
    /// the pair has now been paid in all and up to which sequence number, and the credit (to the enclave's provider) and
    /// fee of this settlement, which together are what the order paid now.
    event Settled(bytes32 indexed orderHash, uint256[] payments);

    /// @notice `addedMicroUsd` more of the order can now go to this enclave alone, `reservedMicroUsd` in all.
    event Reserved(
        bytes32 indexed orderHash,
        address indexed enclaveKey,
        uint96 addedMicroUsd,
        uint96 reservedMicroUsd
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
    error SignatureExpired(uint64 deadlineUnixSec, uint256 nowUnixSec);
    error NonceWrong(uint64 expected, uint64 got);
    error PayoutSignatureInvalid(address account);
    error SessionSignatureInvalid(bytes32 orderHash, address sessionKey);
    error NothingToReserve(bytes32 orderHash, address enclaveKey, uint96 assuredMicroUsd);
    error OrderRestTooLow(bytes32 orderHash, uint96 restMicroUsd, uint96 wantedMicroUsd);
    error EntryPaused();
    error NotGuardian(address guardian, address caller);
    error NotEquivocation();
    error EquivocationSignatureInvalid(bytes32 receiptHash, address enclaveKey);

    /// @notice Adds to the caller's free balance; the caller has approved the token before.
    function deposit(uint96 amountMicroUsd) external;

    /// @notice Adds the caller's tokens to another account's free balance.
    function depositFor(address account, uint96 amountMicroUsd) external;

    /// @notice `deposit` with the caller's ERC-2612 permit instead of an approval. A permit that somebody else sent first
    /// changes nothing.
    function depositWithPermit(
        uint96 amountMicroUsd,
        uint256 deadlineUnixSec,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Adds to the free balance of `from`, which signed an EIP-3009 `ReceiveWithAuthorization` to this contract.
    /// Anyone may call; only this contract can use the signature.
    function depositWithAuthorization(
        address from,
        uint96 amountMicroUsd,
        uint256 validAfterUnixSec,
        uint256 validBeforeUnixSec,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Pays out from the caller's free balance, to the caller.
    function withdraw(uint96 amountMicroUsd) external;

    /// @notice Pays out from the caller's free balance, to another address.
    function withdrawTo(address recipient, uint96 amountMicroUsd) external;

    /// @notice Pays out a free balance as its owner signed. Anyone may call.
    function withdrawFor(
        WithdrawAuthorization calldata authorization,
        bytes calldata buyerSignature
    ) external;

    /// @notice By the guardian: stops, or lets through, deposits and orders. Nothing else asks.
    function setEntryPaused(bool paused) external;

    /// @notice Locks `order.maxSpendMicroUsd` of the buyer's free balance, once per order. Anyone may call.
    /// @param buyerSignature EIP-712 by `order.buyer`: EOA, ERC-1271 or ERC-7913 envelope.
    function openOrder(
        Order calldata order,
        bytes calldata buyerSignature
    ) external returns (bytes32 orderHash);

    /// @notice Makes an order that is not open yet unusable for ever. Only its buyer may call.
    function cancelOrder(Order calldata order) external;

    /// @notice Ends the order's validity now; receipts still settle for the settlement window. Only its buyer may call.
    function requestClose(bytes32 orderHash) external;

    /// @notice Cancels or closes, whichever the order's state allows, as the buyer signed (CloseAuthorization). Anyone may
    /// call.
    function endOrderFor(Order calldata order, bytes calldata buyerSignature) external;

    /// @notice Sets aside for one enclave, out of the order's rest, what the session key authorised and the pair was not
    /// paid yet: from then on no other enclave can earn it. What isn't used comes back when the order closes. Anyone may
    /// call; used where no gateway keeps a ledger of holds.
    function reserve(
        Authorization calldata authorization,
        bytes calldata sessionSignature
    ) external returns (uint96 addedMicroUsd);

    /// @notice Returns the rest to the buyer's free balance after validUntil + settlement window. Anyone may call.
    function closeOrder(bytes32 orderHash) external;

    /// @notice Pays min(⌊cumulative/10⁶⌋, ⌊cap/10⁶⌋, maxSpendPerEnclave, paid + reserved + order's rest) minus what the pair
    /// has been paid. Anyone may call; a bad claim moves nothing and never reverts the batch.
    /// @param enclaveKeys the enclaves of the batch; claims name them by index.
    /// @return statuses one per claim, in the order they stand in `orders`.
    function settle(
        address[] calldata enclaveKeys,
        OrderClaims[] calldata orders
    ) external returns (ItemStatus[] memory statuses);

    /// @notice Pays out earnings to the caller.
    function claim(uint96 amountMicroUsd) external;

    /// @notice Pays out all earnings to the caller.
    function claimAll() external returns (uint96 amountMicroUsd);

    /// @notice Pays out earnings to an address that the caller names.
    function claimTo(address recipient, uint96 amountMicroUsd) external;

    /// @notice Pays out earnings as the provider signed (EOA, ERC-1271 or ERC-7913 envelope). Anyone may call.
    function claimFor(ClaimAuthorization calldata authorization, bytes calldata providerSignature) external;

    /// @notice Whether one enclave signed both, for one order, and both can't be honest: two different receipts with one
    /// sequence number, or a later receipt with a smaller total. A replay, or the same receipt signed again, is neither.
    /// Reverts with the same errors as `reportEquivocation` when it is not so.
    function assertContradiction(SignedSettlement calldata a, SignedSettlement calldata b) external view;

    /// @notice Blocks an enclave that contradicted itself (see `assertContradiction`). Anyone may call.
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

    function entryPaused() external view returns (bool);
}
