// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What a session key asks the market for: one slot under stated limits, cleared against one checkpoint.
/// EIP-712 domain: settlement contract.
struct LeaseRequest {
    bytes32 orderHash;
    bytes32 modelDigest;
    bytes32 policyHash;
    bytes32 regionsHash;
    uint8 minTier;
    uint8 class;
    uint32 contextTokens;
    uint64 maxPriceInput;
    uint64 maxPriceCachedInput;
    uint64 maxPriceOutput;
    uint128 holdPicoUsd;
    uint64 checkpointSize;
    bytes32 checkpointRoot;
    uint64 requestedAtMs;
    bytes32 salt;
}

bytes32 constant LEASE_REQUEST_TYPEHASH = keccak256(
    "LeaseRequest(bytes32 orderHash,bytes32 modelDigest,bytes32 policyHash,bytes32 regionsHash,uint8 minTier,uint8 class,uint32 contextTokens,uint64 maxPriceInput,uint64 maxPriceCachedInput,uint64 maxPriceOutput,uint128 holdPicoUsd,uint64 checkpointSize,bytes32 checkpointRoot,uint64 requestedAtMs,bytes32 salt)"
);

function hashLeaseRequest(LeaseRequest memory leaseRequest) pure returns (bytes32) {
    return keccak256(abi.encode(LEASE_REQUEST_TYPEHASH, leaseRequest));
}
