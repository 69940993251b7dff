// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What settlement reads about an enclave key. Not signed, hence no EIP-712 type.
struct EnclaveRecord {
    address provider;
    uint8 tier;
    uint8 teeType;
    uint8 tcbStatus; // a TcbStatus: where platform, module and quoting enclave stood
    bool isRevoked; // takes no new jobs and never registers again; what it earned is paid
    uint16 releaseNumber; // in the registry's list; 0 when its measurement was not listed (simulation only)
    uint40 expiresAtUnixSec;
    uint32 registeredAtBlock; // where to find its EnclaveRegistered event, with every detail
}

/// What else the attestation bound; it stands in the EnclaveRegistered event only.
struct EnclaveDetails {
    bytes32 nodeKey;
    bytes32 measurementHash;
    bytes32 platformId;
    bytes32 firstHpkeKeyId;
    bytes32 configHash;
}

/// An EnclaveRecord in one word, fields in order from the low end: one write, where a struct would take several.
/// provider 160 | tier 4 | teeType 4 | tcbStatus 4 | isRevoked 4 | releaseNumber 16 | expiresAtUnixSec 32 | block 32.
type PackedEnclave is uint256;

using EnclaveRecords for PackedEnclave global;

library EnclaveRecords {
    uint256 private constant REVOKED = 1 << 172;

    /// Tier, TEE type and TCB status are enumerations with fewer than 16 members. From 2106 on every record has expired.
    function pack(EnclaveRecord memory enclave) internal pure returns (PackedEnclave) {
        uint256 expiresAtUnixSec = enclave.expiresAtUnixSec;
        if (expiresAtUnixSec > type(uint32).max) expiresAtUnixSec = type(uint32).max;
        return
            PackedEnclave.wrap(
                uint256(uint160(enclave.provider)) |
                    (uint256(enclave.tier & 15) << 160) |
                    (uint256(enclave.teeType & 15) << 164) |
                    (uint256(enclave.tcbStatus & 15) << 168) |
                    (enclave.isRevoked ? REVOKED : 0) |
                    (uint256(enclave.releaseNumber) << 176) |
                    (expiresAtUnixSec << 192) |
                    (uint256(enclave.registeredAtBlock) << 224)
            );
    }

    function unpack(PackedEnclave packed) internal pure returns (EnclaveRecord memory enclave) {
        uint256 word = PackedEnclave.unwrap(packed);
        enclave.provider = packed.provider();
        enclave.tier = packed.tier();
        enclave.teeType = uint8(word >> 164) & 15;
        enclave.tcbStatus = uint8(word >> 168) & 15;
        enclave.isRevoked = packed.isRevoked();
        enclave.releaseNumber = uint16(word >> 176);
        enclave.expiresAtUnixSec = uint32(word >> 192);
        enclave.registeredAtBlock = uint32(word >> 224);
    }

    function provider(PackedEnclave packed) internal pure returns (address) {
        return address(uint160(PackedEnclave.unwrap(packed)));
    }

    function tier(PackedEnclave packed) internal pure returns (uint8) {
        return uint8(PackedEnclave.unwrap(packed) >> 160) & 15;
    }

    function isRevoked(PackedEnclave packed) internal pure returns (bool) {
        return PackedEnclave.unwrap(packed) & REVOKED != 0;
    }

    function revoked(PackedEnclave packed) internal pure returns (PackedEnclave) {
        return PackedEnclave.wrap(PackedEnclave.unwrap(packed) | REVOKED);
    }
}
