// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// The part of a receipt that moves money: a running total per (order, enclave).
/// EIP-712 domain: settlement contract.
struct Settlement {
    bytes32 orderHash;
    address enclaveKey;
    address provider;
    uint64 sequence;
    uint128 cumulativePicoUsd;
    bytes32 priorReceiptsRoot;
}

bytes32 constant SETTLEMENT_TYPEHASH = keccak256(
    "Settlement(bytes32 orderHash,address enclaveKey,address provider,uint64 sequence,uint128 cumulativePicoUsd,bytes32 priorReceiptsRoot)"
);

function hashSettlement(Settlement memory settlement) pure returns (bytes32) {
    return keccak256(abi.encode(SETTLEMENT_TYPEHASH, settlement));
}
