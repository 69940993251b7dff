// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDcapCollateral} from "./interfaces/IDcapCollateral.sol";
import {EnclaveRegistry} from "./registry/EnclaveRegistry.sol";
import {IntelVendor} from "./vendor/IntelVendor.sol";

/// Production: trusts what Intel signs, and accepts no collateral with another root.
contract IntelEnclaveRegistry is EnclaveRegistry, IntelVendor {
    uint8 private constant TIER_CPU_TEE = 1;

    constructor(IDcapCollateral vendorCollateral) EnclaveRegistry(vendorCollateral) {}

    /// Tier 2 rests on a list of measurements whose code verifies GPU evidence; until there is one, nobody gets it.
    function _acceptedTier(bytes32) internal pure override returns (uint8) {
        return TIER_CPU_TEE;
    }
}
