// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// The most one enclave may ever have claimed on one order; signed by the session key.
/// EIP-712 domain: settlement contract.
struct Authorization {
    bytes32 orderHash;
    address enclaveKey;
    uint128 cumulativeCapPicoUsd;
    bytes32 jobHeaderHash;
}

bytes32 constant AUTHORIZATION_TYPEHASH = keccak256(
    "Authorization(bytes32 orderHash,address enclaveKey,uint128 cumulativeCapPicoUsd,bytes32 jobHeaderHash)"
);

function hashAuthorization(Authorization memory authorization) pure returns (bytes32) {
    return keccak256(abi.encode(AUTHORIZATION_TYPEHASH, authorization));
}
