// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDcapCollateral} from "./interfaces/IDcapCollateral.sol";
import {ISnpVerifier} from "./interfaces/ISnpVerifier.sol";
import {EnclaveRegistry} from "./registry/EnclaveRegistry.sol";
import {ListedReleasesOnly} from "./registry/ListedReleasesOnly.sol";
import {IntelVendor} from "./vendor/IntelVendor.sol";

/// Production: trusts what Intel and AMD sign, accepts no collateral with another root, and only listed releases.
contract IntelEnclaveRegistry is ListedReleasesOnly, IntelVendor {
    constructor(
        IDcapCollateral vendorCollateral,
        ISnpVerifier vendorSnpVerifier,
        address authority_
    ) EnclaveRegistry(vendorCollateral, vendorSnpVerifier, authority_) {}
}
