// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What a buyer signs once: spending authority for one session key, funded by escrow when opened.
/// EIP-712 domain: settlement contract.
struct Order {
    address buyer;
    address sessionKey;
    uint96 maxSpendMicroUsd;
    uint64 maxPriceInput;
    uint64 maxPriceCachedInput;
    uint64 maxPriceOutput;
    uint96 maxSpendPerEnclaveMicroUsd;
    bytes32 policyHash;
    uint8 minTier;
    uint64 validAfterUnixSec;
    uint64 validUntilUnixSec;
    bytes32 salt;
}

bytes32 constant ORDER_TYPEHASH = keccak256(
    "Order(address buyer,address sessionKey,uint96 maxSpendMicroUsd,uint64 maxPriceInput,uint64 maxPriceCachedInput,uint64 maxPriceOutput,uint96 maxSpendPerEnclaveMicroUsd,bytes32 policyHash,uint8 minTier,uint64 validAfterUnixSec,uint64 validUntilUnixSec,bytes32 salt)"
);

function hashOrder(Order memory order) pure returns (bytes32) {
    return keccak256(abi.encode(ORDER_TYPEHASH, order));
}
