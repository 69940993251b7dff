// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDcapCollateral} from "./interfaces/IDcapCollateral.sol";
import {EnclaveRegistry} from "./registry/EnclaveRegistry.sol";
import {ListedReleasesOnly} from "./registry/ListedReleasesOnly.sol";
import {IntelVendor} from "./vendor/IntelVendor.sol";

/// Production: trusts what Intel signs, accepts no collateral with another root, and only listed releases.
contract IntelEnclaveRegistry is ListedReleasesOnly, IntelVendor {
    constructor(
        IDcapCollateral vendorCollateral,
        address authority_
    ) EnclaveRegistry(vendorCollateral, authority_) {}
}
