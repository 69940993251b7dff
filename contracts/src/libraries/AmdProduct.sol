// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Families of EPYC processors with a root key of their own, by number: 1 Milan, 2 Genoa (with Bergamo and Siena), 3 Turin.
library AmdProduct {
    uint8 internal constant NONE = 0;
    uint8 internal constant MILAN = 1;
    uint8 internal constant GENOA = 2;
    uint8 internal constant TURIN = 3;

    /// Bytes of a TCB_VERSION that hold no part and must be zero.
    uint64 private constant RESERVED = 0x0000ffffffff0000; // BL, TEE, …, SNP, microcode
    uint64 private constant RESERVED_TURIN = 0x00000000ffffff00; // FMC, BL, TEE, SNP, …, microcode

    /// From "Milan" or "Milan-B0", at the end of which nothing else may stand. NONE for a name that is not known.
    function ofName(bytes calldata name) internal pure returns (uint8) {
        uint256 length = name.length;
        if (length > 3 && name[length - 3] == "-") {
            if (name[length - 2] < "A" || name[length - 2] > "Z") return NONE;
            if (name[length - 1] < "0" || name[length - 1] > "9") return NONE;
            length -= 3;
        }
        bytes32 hash = keccak256(name[:length]);
        if (hash == keccak256("Milan")) return MILAN;
        if (hash == keccak256("Genoa") || hash == keccak256("Bergamo") || hash == keccak256("Siena")) {
            return GENOA;
        }
        return hash == keccak256("Turin") ? TURIN : NONE;
    }

    /// From a report's CPUID (AMD publication 57230; as go-sev-guest and AMD's key server divide them).
    function ofCpuid(uint8 family, uint8 model) internal pure returns (uint8) {
        if (family == 0x19) {
            if (model <= 0x0f) return MILAN;
            if ((model >= 0x10 && model <= 0x1f) || (model >= 0xa0 && model <= 0xaf)) return GENOA;
        }
        return family == 0x1a && model <= 0x11 ? TURIN : NONE;
    }

    function reservedTcbBytes(uint8 product) internal pure returns (uint64) {
        return product == TURIN ? RESERVED_TURIN : RESERVED;
    }
}
