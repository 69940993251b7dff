// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// A buyer's word that it wants no more of a lease; signed by the session key.
/// EIP-712 domain: settlement contract.
struct LeaseRelease {
    bytes32 leaseId;
    bytes32 orderHash;
}

bytes32 constant LEASE_RELEASE_TYPEHASH = keccak256("LeaseRelease(bytes32 leaseId,bytes32 orderHash)");

function hashLeaseRelease(LeaseRelease memory leaseRelease) pure returns (bytes32) {
    return keccak256(abi.encode(LEASE_RELEASE_TYPEHASH, leaseRelease));
}
