// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnclaveRegistry} from "./registry/EnclaveRegistry.sol";

/// Production: trusts the Intel SGX Root CA (SHA-256 of its DER 44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3).
contract IntelEnclaveRegistry is EnclaveRegistry {
    uint8 private constant TIER_CPU_TEE = 1;

    function _vendorRoot() internal pure override returns (VendorRoot memory) {
        return
            VendorRoot({
                keyX: 0x0ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f5,
                keyY: 0x67918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394,
                // CN=Intel SGX Root CA, O=Intel Corporation, L=Santa Clara, ST=CA, C=US
                subjectHash: 0x3112c8e9428b5c08824e727e3ea896f3597c8a91caeafe57d64a4bc08df71dfb
            });
    }

    /// Tier 2 rests on a list of measurements whose code verifies GPU evidence; until there is one, nobody gets it.
    function _acceptedTier(bytes32) internal pure override returns (uint8) {
        return TIER_CPU_TEE;
    }
}
