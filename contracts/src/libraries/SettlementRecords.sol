// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Settlement} from "../types/Settlement.sol";

/// One slot: a buyer's free balance, a provider's (or the operator's) earnings, and its next claim nonce.
struct AccountRecord {
    uint96 freeMicroUsd;
    uint96 claimableMicroUsd;
    uint64 claimNonce;
}

/// A receipt's settlement with both signatures, ERC-2098 compact. `cumulativeCapPicoUsd` is the highest cap the session
/// key has signed for the pair; its job header need not be the receipt's.
struct SettleItem {
    Settlement settlement;
    bytes32 executionHash;
    bytes32 enclaveR;
    bytes32 enclaveVs;
    uint128 cumulativeCapPicoUsd;
    bytes32 jobHeaderHash;
    bytes32 sessionR;
    bytes32 sessionVs;
}

enum ItemStatus {
    Settled,
    NothingNew, // receipt, cap and limits allow no more than was paid
    OrderNotOpen,
    OrderNotInForce, // before validAfter, or after validUntil + settlement window
    EnclaveUnknown,
    EnclaveBlocked,
    ProviderWrong,
    TierTooLow,
    ReceiptOutdated, // sequence or cumulative below what is stored
    EnclaveSignatureInvalid,
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
