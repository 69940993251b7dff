// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnclaveRegistry} from "./EnclaveRegistry.sol";

/// Only what is listed registers, and no higher than it is listed for.
abstract contract ListedReleasesOnly is EnclaveRegistry {
    uint8 private constant TIER_CPU_TEE = 1;

    function _admit(
        bytes32 measurementHash,
        uint8 tier
    ) internal view override returns (uint16 releaseNumber) {
        Release memory release = _release(measurementHash);
        require(release.status == ReleaseStatus.Listed, ReleaseNotListed(measurementHash));
        require(tier >= TIER_CPU_TEE && tier <= release.maxTier, TierNotAccepted(release.maxTier, tier));
        return release.number;
    }
}
