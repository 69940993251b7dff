// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// An HPKE key of an enclave with its lifetime; signed by the enclave key.
/// EIP-712 domain: registry.
struct KeyConfig {
    bytes32 keyId;
    uint8 suite;
    bytes32 pkHash;
    uint64 sequence;
    uint64 notBeforeUnixSec;
    uint64 notAfterUnixSec;
}

bytes32 constant KEY_CONFIG_TYPEHASH = keccak256(
    "KeyConfig(bytes32 keyId,uint8 suite,bytes32 pkHash,uint64 sequence,uint64 notBeforeUnixSec,uint64 notAfterUnixSec)"
);

function hashKeyConfig(KeyConfig memory keyConfig) pure returns (bytes32) {
    return keccak256(abi.encode(KEY_CONFIG_TYPEHASH, keyConfig));
}
