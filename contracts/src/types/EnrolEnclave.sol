// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// A provider's consent that an enclave earns for it; signed by the provider wallet, sent by anyone.
/// EIP-712 domain: registry.
struct EnrolEnclave {
    address enclaveKey;
    bytes32 nodeKey;
    uint64 deadlineUnixSec;
}

bytes32 constant ENROL_ENCLAVE_TYPEHASH = keccak256(
    "EnrolEnclave(address enclaveKey,bytes32 nodeKey,uint64 deadlineUnixSec)"
);

function hashEnrolEnclave(EnrolEnclave memory enrolEnclave) pure returns (bytes32) {
    return keccak256(abi.encode(ENROL_ENCLAVE_TYPEHASH, enrolEnclave));
}
