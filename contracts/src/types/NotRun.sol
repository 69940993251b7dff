// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// An enclave's promise that it will never run (nor claim) a job; signed by the enclave key.
/// EIP-712 domain: settlement contract.
struct NotRun {
    bytes32 jobHeaderHash;
    address enclaveKey;
}

bytes32 constant NOT_RUN_TYPEHASH = keccak256("NotRun(bytes32 jobHeaderHash,address enclaveKey)");

function hashNotRun(NotRun memory notRun) pure returns (bytes32) {
    return keccak256(abi.encode(NOT_RUN_TYPEHASH, notRun));
}
