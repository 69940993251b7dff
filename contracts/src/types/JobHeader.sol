// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Terms of one sealed job, signed by the session key; its digest binds the ciphertext and the receipt.
/// EIP-712 domain: settlement contract.
struct JobHeader {
    uint8 suite;
    bytes32 jobId;
    bytes32 leaseId;
    bytes32 orderHash;
    bytes32 policyHash;
    bytes32 modelDigest;
    uint8 endpoint;
    uint64 priceInput;
    uint64 priceCachedInput;
    uint64 priceOutput;
    uint128 capPicoUsd;
    uint32 maxOutputTokens;
    uint64 notBeforeUnixSec;
    uint64 expiresAtUnixSec;
    uint8 padClass;
    uint8 attempt;
    bytes32 previousJobId;
    bytes32 recipientsRoot;
    bytes32 cekCommit;
}

bytes32 constant JOB_HEADER_TYPEHASH = keccak256(
    "JobHeader(uint8 suite,bytes32 jobId,bytes32 leaseId,bytes32 orderHash,bytes32 policyHash,bytes32 modelDigest,uint8 endpoint,uint64 priceInput,uint64 priceCachedInput,uint64 priceOutput,uint128 capPicoUsd,uint32 maxOutputTokens,uint64 notBeforeUnixSec,uint64 expiresAtUnixSec,uint8 padClass,uint8 attempt,bytes32 previousJobId,bytes32 recipientsRoot,bytes32 cekCommit)"
);

function hashJobHeader(JobHeader memory jobHeader) pure returns (bytes32) {
    return keccak256(abi.encode(JOB_HEADER_TYPEHASH, jobHeader));
}
