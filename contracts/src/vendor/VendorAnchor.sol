// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// The one thing a verifier of vendor evidence takes on trust. Names are keccak256 of the DER name.
struct VendorRoot {
    bytes32 keyX;
    bytes32 keyY;
    bytes32 subjectHash;
    bytes32 platformCaHash; // "PCK Platform CA"
    bytes32 processorCaHash; // "PCK Processor CA"
    bytes32 tcbSignerHash; // "TCB Signing": the only role that may sign TCB info and QE identities
}

abstract contract VendorAnchor {
    /// A compile-time constant in what is deployed: no transaction and no owner can change whom the contract trusts.
    function _vendorRoot() internal view virtual returns (VendorRoot memory);

    /// The roots for SEV-SNP, as `ISnpCollateral.vendorRootsHash` has them.
    function _snpRootsHash() internal view virtual returns (bytes32);
}
