// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What settlement reads about an enclave key: one storage slot. Not signed, hence no EIP-712 type.
struct EnclaveRecord {
    address provider;
    uint8 tier;
    uint8 teeType;
    uint8 uncheckedCollateral; // bits of UncheckedCollateral
    uint40 expiresAtUnixSec;
    uint32 registeredAtBlock; // where to find its EnclaveRegistered event, with every detail
}

/// What else the attestation bound; the registry stores only keccak256(abi.encode(details)).
struct EnclaveDetails {
    bytes32 nodeKey;
    bytes32 measurementHash;
    bytes32 platformId;
    bytes32 firstHpkeKeyId;
    bytes32 configHash;
}
