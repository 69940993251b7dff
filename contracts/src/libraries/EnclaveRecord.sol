// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What settlement reads about an enclave key. Not signed, hence no EIP-712 type.
struct EnclaveRecord {
    address provider;
    uint8 tier;
    uint8 teeType;
    uint8 tcbStatus; // a TcbStatus: where platform, module and quoting enclave stood
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
type PackedEnclave is uint256;

using EnclaveRecords for PackedEnclave global;

library EnclaveRecords {
    function pack(EnclaveRecord memory enclave) internal pure returns (PackedEnclave) {
        return
            PackedEnclave.wrap(
                uint256(uint160(enclave.provider)) |
                    (uint256(enclave.tier) << 160) |
                    (uint256(enclave.teeType) << 168) |
                    (uint256(enclave.tcbStatus) << 176) |
                    (uint256(enclave.expiresAtUnixSec) << 184) |
                    (uint256(enclave.registeredAtBlock) << 224)
            );
    }

    function unpack(PackedEnclave packed) internal pure returns (EnclaveRecord memory enclave) {
        uint256 word = PackedEnclave.unwrap(packed);
        enclave.provider = packed.provider();
        enclave.tier = packed.tier();
        enclave.teeType = uint8(word >> 168);
        enclave.tcbStatus = uint8(word >> 176);
        enclave.expiresAtUnixSec = uint40(word >> 184);
        enclave.registeredAtBlock = uint32(word >> 224);
    }

    function provider(PackedEnclave packed) internal pure returns (address) {
        return address(uint160(PackedEnclave.unwrap(packed)));
    }

    function tier(PackedEnclave packed) internal pure returns (uint8) {
        return uint8(PackedEnclave.unwrap(packed) >> 160);
    }
}
