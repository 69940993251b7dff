// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What an enclave puts into the first half of its quote's report data, as this struct's EIP-712 digest.
/// EIP-712 domain: registry.
struct EnclaveKeys {
    address provider;
    bytes32 nodeKey;
    address enclaveKey;
    bytes32 firstHpkeKeyId;
    uint8 teeType;
    uint8 tier;
    bytes32 configHash;
    uint64 anchorBlockNumber;
    bytes32 anchorBlockHash;
}

bytes32 constant ENCLAVE_KEYS_TYPEHASH = keccak256(
    "EnclaveKeys(address provider,bytes32 nodeKey,address enclaveKey,bytes32 firstHpkeKeyId,uint8 teeType,uint8 tier,bytes32 configHash,uint64 anchorBlockNumber,bytes32 anchorBlockHash)"
);

function hashEnclaveKeys(EnclaveKeys memory enclaveKeys) pure returns (bytes32) {
    return keccak256(abi.encode(ENCLAVE_KEYS_TYPEHASH, enclaveKeys));
}
