// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnclaveRegistry} from "./registry/EnclaveRegistry.sol";

/// Development: same verifier, but a root whose private key everybody knows, and only tier 0. It proves nothing about
/// hardware. No production deployment imports or deploys it.
contract SimulatedEnclaveRegistry is EnclaveRegistry {
    uint8 private constant TIER_SIMULATED = 0;

    /// Private key: SHA-256("hearth simulated vendor root, worthless by design") mod the P-256 group order.
    function _vendorRoot() internal pure override returns (VendorRoot memory) {
        return
            VendorRoot({
                keyX: 0x3e36a0c50ac288b28d9e040a2556431e5b85e1a817e674f6fb998c15d920a29b,
                keyY: 0x266e5f1fc7634eeef38e36cf9129a4f54bb8bd2180d5ed1bfb3e139cfa78e216,
                // CN=Hearth Simulated SGX Root CA, O=Hearth development, worthless by design, L=Nowhere, ST=XX, C=XX
                subjectHash: 0xc99d4ea3159a571ede7a57a91c9cd6a1888d903546c66e2bc78eaa8de75f4ea6
            });
    }

    function _acceptedTier(bytes32) internal pure override returns (uint8) {
        return TIER_SIMULATED;
    }
}
