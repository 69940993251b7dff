// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDcapCollateral} from "./interfaces/IDcapCollateral.sol";
import {EnclaveRegistry} from "./registry/EnclaveRegistry.sol";
import {SimulatedVendor} from "./vendor/SimulatedVendor.sol";

/// Development: same verifier, but a vendor whose private keys everybody knows, and only tier 0. It proves nothing about
/// hardware. No production deployment imports or deploys it.
contract SimulatedEnclaveRegistry is EnclaveRegistry, SimulatedVendor {
    uint8 private constant TIER_SIMULATED = 0;

    constructor(IDcapCollateral vendorCollateral) EnclaveRegistry(vendorCollateral) {}

    function _acceptedTier(bytes32) internal pure override returns (uint8) {
        return TIER_SIMULATED;
    }
}
