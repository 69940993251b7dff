// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDcapCollateral} from "./interfaces/IDcapCollateral.sol";
import {ISnpVerifier} from "./interfaces/ISnpVerifier.sol";
import {EnclaveRegistry} from "./registry/EnclaveRegistry.sol";
import {SimulatedVendor} from "./vendor/SimulatedVendor.sol";

/// Development: same verifier, but a vendor whose private keys everybody knows, and only tier 0. It proves nothing about
/// hardware. No production deployment imports or deploys it.
contract SimulatedEnclaveRegistry is EnclaveRegistry, SimulatedVendor {
    uint8 private constant TIER_SIMULATED = 0;

    constructor(
        IDcapCollateral vendorCollateral,
        ISnpVerifier vendorSnpVerifier,
        address authority_
    ) EnclaveRegistry(vendorCollateral, vendorSnpVerifier, authority_) {}

    /// Development builds change by the hour: only a withdrawn release is refused.
    function _admit(
        bytes32 measurementHash,
        uint8 tier
    ) internal view override returns (uint16 releaseNumber) {
        require(tier == TIER_SIMULATED, TierNotAccepted(TIER_SIMULATED, tier));
        return _release(measurementHash).number;
    }
}
