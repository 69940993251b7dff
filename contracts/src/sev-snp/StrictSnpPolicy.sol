// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AmdProduct} from "../libraries/AmdProduct.sol";
import {SnpPolicy} from "../libraries/SnpReport.sol";
import {SnpVerifier} from "./SnpVerifier.sol";

/// What attestation's `strictSevSnpPolicy` asks, but for the release: that is the registry's to decide.
abstract contract StrictSnpPolicy is SnpVerifier {
    /// SMT, what must be one, single socket, AES-256-XTS, RAPL off, ciphertext hiding, no page swap. Not migration (18), debug
    /// (19), CXL (21) or a bit that nobody knows.
    uint64 private constant GUEST_BITS =
        (1 << 16) | (1 << 17) | (1 << 20) | (1 << 22) | (1 << 23) | (1 << 24) | (1 << 25);
    /// ECC memory, and memory checked for aliases (BadRAM, AMD-SB-3015).
    uint64 private constant PLATFORM_BITS = (1 << 2) | (1 << 5);
    /// SNP 0x17 has the fixes of AMD-SB-3015 and AMD-SB-3019 on Milan and Genoa; AMD names no floor for Turin.
    uint64 private constant SNP_FLOOR = 0x17 << 8;

    function _policy(uint8 product) internal pure override returns (SnpPolicy memory) {
        return
            SnpPolicy({
                maxVmpl: 0,
                mayBeProvisional: false,
                allowedGuestBits: GUEST_BITS,
                requiredPlatformBits: PLATFORM_BITS,
                tcbFloor: product == AmdProduct.TURIN ? 0 : SNP_FLOOR
            });
    }
}
