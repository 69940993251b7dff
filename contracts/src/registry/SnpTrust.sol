// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnclaveRegistry} from "../interfaces/IEnclaveRegistry.sol";
import {ISnpVerifier} from "../interfaces/ISnpVerifier.sol";
import {VendorAnchor} from "../vendor/VendorAnchor.sol";

/// The one verifier of SEV-SNP reports that a registry asks, chosen when it is deployed.
abstract contract SnpTrust is IEnclaveRegistry, VendorAnchor {
    /// @inheritdoc IEnclaveRegistry
    ISnpVerifier public immutable snpVerifier;

    constructor(ISnpVerifier vendorSnpVerifier) {
        bytes32 expected = _snpRootsHash();
        bytes32 got = vendorSnpVerifier.vendorRootsHash();
        require(got == expected, CollateralOfOtherVendor(expected, got));
        snpVerifier = vendorSnpVerifier;
    }
}
