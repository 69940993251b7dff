// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// One slot: a buyer's free balance, a provider's (or the operator's) earnings, and the next nonce of what it signs.
struct AccountRecord {
    uint96 freeMicroUsd;
    uint96 claimableMicroUsd;
    uint64 nonce;
}

/// All claims of a batch on one order.
struct OrderClaims {
    bytes32 orderHash;
    PairClaim[] claims;
}

/// A receipt's settlement, less what the batch says once (order, enclave) or the registry knows (provider), with both
/// signatures, ERC-2098 compact. The cap is the highest that the session key has signed for the pair; its job header need
/// not be the receipt's.
struct PairClaim {
    ClaimHead head;
    ClaimTotals totals;
    bytes32 priorReceiptsRoot;
    bytes32 executionHash;
    bytes32 enclaveR;
    bytes32 enclaveVs;
    bytes32 jobHeaderHash;
    bytes32 sessionR;
    bytes32 sessionVs;
}

/// sequence 64 | index into the batch's list of enclaves, from the low end
type ClaimHead is uint256;

/// cumulativePicoUsd 128 | cumulativeCapPicoUsd 128, from the low end
type ClaimTotals is uint256;

using ClaimWords for ClaimHead global;
using ClaimWords for ClaimTotals global;

library ClaimWords {
    function sequence(ClaimHead head) internal pure returns (uint64) {
        return uint64(ClaimHead.unwrap(head));
    }

    function enclaveIndex(ClaimHead head) internal pure returns (uint256) {
        return ClaimHead.unwrap(head) >> 64;
    }

    function cumulativePicoUsd(ClaimTotals totals) internal pure returns (uint128) {
        return uint128(ClaimTotals.unwrap(totals));
    }

    function cumulativeCapPicoUsd(ClaimTotals totals) internal pure returns (uint128) {
        return uint128(ClaimTotals.unwrap(totals) >> 128);
    }
}

enum ItemStatus {
    Settled,
    NothingNew, // receipt, cap and limits allow no more than was paid
    OrderNotOpen,
    OrderNotInForce, // before validAfter, or after validUntil + settlement window
    EnclaveUnknown,
    EnclaveBlocked,
    TierTooLow,
    ReceiptOutdated, // sequence or cumulative below what is stored
    EnclaveSignatureInvalid, // or the receipt names another provider than the registry
    SessionSignatureInvalid
}

/// Every check of a receipt that the chain can make.
struct ReceiptVerdict {
    bytes32 receiptHash;
    bool signedByEnclave;
    bool enclaveRegistered;
    bool enclaveNotBlocked;
    bool providerMatches;
    bool tierMatches;
    bool teeTypeMatches;
}
