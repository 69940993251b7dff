// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AmdProduct} from "./AmdProduct.sol";

/// What a relying party asks of a report beyond its signature. Numbers are little-endian fields read as integers, but for
/// TCB versions, whose first byte is the most significant.
struct SnpPolicy {
    uint8 maxVmpl;
    bool mayBeProvisional; // firmware that runs but is not committed: the host can still go back behind it
    uint64 allowedGuestBits; // of POLICY; bits 0 to 15 are an ABI version
    uint64 requiredPlatformBits; // of PLATFORM_INFO
    uint64 tcbFloor; // under each part of each of the four TCB versions
}

/// Offsets and rules of ATTESTATION_REPORT (AMD publication 56860, SEV-SNP Firmware ABI): versions 2, 3 and 5, signed by a
/// VCEK. The same rules as attestation/src/sev-snp has off-chain.
library SnpReport {
    error ReportLengthWrong(uint256 expected, uint256 got);
    error ReportVersionUnsupported(uint256 version);
    error ReportAlgorithmUnsupported(uint256 algorithm);
    error ReportReservedBytesUsed(uint256 offset);
    error ReportFlagsUnsupported(uint256 flags);
    error ReportGuestPolicyRefused(uint256 guestPolicy);
    error ReportOfDebugGuest(uint256 guestPolicy);
    error ReportVmplRefused(uint256 vmpl);
    error ReportPlatformRefused(uint256 required, uint256 got);
    error ReportOfOtherProduct(uint8 expected, uint8 got);
    error ReportTcbMalformed(uint256 offset);
    error ReportTcbNotCertified(uint64 expected, uint64 got);
    error ReportTcbTooLow(uint256 offset, uint64 floor, uint64 got);
    error ReportFirmwareProvisional();
    error ReportOfOtherChip(bytes32 expected, bytes32 got);

    uint256 internal constant LENGTH = 0x4a0;
    uint256 internal constant SIGNED_LENGTH = 0x2a0;
    uint256 private constant FIELD = 72; // bytes for each of R and S, 48 of them used
    uint256 private constant ECDSA_P384_SHA384 = 1;
    uint256 private constant MUST_BE_ONE = 1 << 17;
    uint256 private constant DEBUG = 1 << 19;
    uint256 private constant AUTHOR_KEY = 1; // the one flag a VCEK's report may have
    uint256 private constant CURRENT_TCB = 0x38;
    uint256 private constant REPORTED_TCB = 0x180;
    uint256 private constant COMMITTED_TCB = 0x1e0;
    uint256 private constant LAUNCH_TCB = 0x1f0;
    uint256 private constant CHIP_ID = 0x1a0;

    /// Everything that can be said without a certificate.
    function assertWellFormed(bytes calldata report) internal pure {
        require(report.length == LENGTH, ReportLengthWrong(LENGTH, report.length));
        uint256 version = littleEndian(report, 0, 4);
        require(version == 2 || version == 3 || version == 5, ReportVersionUnsupported(version));
        uint256 algorithm = littleEndian(report, 0x34, 4);
        require(algorithm == ECDSA_P384_SHA384, ReportAlgorithmUnsupported(algorithm));
        _assertZero(report, 0x4c, 4);
        if (version < 3) _assertZero(report, 0x188, 3);
        _assertZero(report, 0x18b, 21);
        _assertZero(report, 0x1eb, 1);
        _assertZero(report, 0x1ef, 1);
        if (version < 5) _assertZero(report, 0x1f8, 16);
        _assertZero(report, 0x208, 0x98);
        _assertZero(report, SIGNED_LENGTH + 48, FIELD - 48);
        _assertZero(report, SIGNED_LENGTH + FIELD + 48, LENGTH - SIGNED_LENGTH - FIELD - 48);
        // A VLEK, no key at all, a masked chip id and bits without a meaning are all refused.
        uint256 flags = littleEndian(report, 0x48, 4);
        require(flags & ~AUTHOR_KEY == 0, ReportFlagsUnsupported(flags));
    }

    function assertAllowed(bytes calldata report, SnpPolicy memory policy) internal pure {
        uint256 guestPolicy = littleEndian(report, 0x08, 8);
        require(guestPolicy & DEBUG == 0, ReportOfDebugGuest(guestPolicy));
        require(
            guestPolicy & MUST_BE_ONE != 0 && (guestPolicy & ~uint256(policy.allowedGuestBits)) >> 16 == 0,
            ReportGuestPolicyRefused(guestPolicy)
        );
        uint256 vmpl = littleEndian(report, 0x30, 4);
        require(vmpl <= policy.maxVmpl, ReportVmplRefused(vmpl));
        uint256 platform = littleEndian(report, 0x40, 8);
        uint256 required = policy.requiredPlatformBits;
        require(platform & required == required, ReportPlatformRefused(required, platform));
    }

    /// The chip and the firmware that the certificate names, and firmware good enough.
    function assertEndorsed(
        bytes calldata report,
        uint8 product,
        uint64 certifiedTcb,
        bytes32 platformId,
        SnpPolicy memory policy
    ) internal pure {
        if (littleEndian(report, 0, 4) >= 3) {
            uint8 got = AmdProduct.ofCpuid(uint8(report[0x188]), uint8(report[0x189]));
            require(got == product, ReportOfOtherProduct(product, got));
        }
        uint64 reported = _tcb(report, REPORTED_TCB, product, policy.tcbFloor);
        uint64 committed = _tcb(report, COMMITTED_TCB, product, policy.tcbFloor);
        uint64 current = _tcb(report, CURRENT_TCB, product, policy.tcbFloor);
        _tcb(report, LAUNCH_TCB, product, policy.tcbFloor);
        require(reported == certifiedTcb, ReportTcbNotCertified(certifiedTcb, reported));
        bool isSame = committed == current && bytes3(report[0x1e8:0x1eb]) == bytes3(report[0x1ec:0x1ef]);
        // No genuine firmware commits to more than it runs.
        require(
            isSame || (policy.mayBeProvisional && _reaches(current, committed)),
            ReportFirmwareProvisional()
        );
        bytes32 chip = keccak256(report[CHIP_ID:CHIP_ID + 64]);
        require(chip == platformId, ReportOfOtherChip(platformId, chip));
    }

    /// keccak256(abi.encode(uint8 teeType, bytes measurement, bytes hostData, bytes idKeyDigest, bytes authorKeyDigest)):
    /// attestation/src/sev-snp/measurement.ts has the same.
    function measurementHash(bytes calldata report, uint8 teeType) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    teeType,
                    report[0x90:0xc0],
                    report[0xc0:0xe0],
                    report[0xe0:0x110],
                    report[0x110:0x140]
                )
            );
    }

    /// Both halves of the report data: the digest of the enclave's keys, and whatever the guest adds.
    function reportData(bytes calldata report) internal pure returns (bytes32, bytes32) {
        return (bytes32(report[0x50:0x70]), bytes32(report[0x70:0x90]));
    }

    /// R and S as (high 128 bits, low 256 bits); the report has them little-endian.
    function signature(
        bytes calldata report
    ) internal pure returns (uint256[2] memory r, uint256[2] memory s) {
        r[1] = littleEndian(report, SIGNED_LENGTH, 32);
        r[0] = littleEndian(report, SIGNED_LENGTH + 32, 16);
        s[1] = littleEndian(report, SIGNED_LENGTH + FIELD, 32);
        s[0] = littleEndian(report, SIGNED_LENGTH + FIELD + 32, 16);
    }

    /// At most 32 bytes; the bytes are turned round by halves, quarters and so on.
    function littleEndian(
        bytes calldata report,
        uint256 offset,
        uint256 length
    ) internal pure returns (uint256 v) {
        assembly ("memory-safe") {
            v := calldataload(add(report.offset, offset))
        }
        v = ((v >> 8) & _M8) | ((v & _M8) << 8);
        v = ((v >> 16) & _M16) | ((v & _M16) << 16);
        v = ((v >> 32) & _M32) | ((v & _M32) << 32);
        v = ((v >> 64) & _M64) | ((v & _M64) << 64);
        v = (v >> 128) | (v << 128);
        v &= type(uint256).max >> (256 - 8 * length);
    }

    uint256 private constant _M8 = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    uint256 private constant _M16 = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
    uint256 private constant _M32 = 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff;
    uint256 private constant _M64 = 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff;

    function _tcb(
        bytes calldata report,
        uint256 offset,
        uint8 product,
        uint64 floor
    ) private pure returns (uint64 tcb) {
        tcb = uint64(bytes8(report[offset:offset + 8]));
        require(tcb & AmdProduct.reservedTcbBytes(product) == 0, ReportTcbMalformed(offset));
        require(_reaches(tcb, floor), ReportTcbTooLow(offset, floor, tcb));
    }

    /// Byte by byte: as one integer, a high part would hide a low one.
    function _reaches(uint64 tcb, uint64 floor) private pure returns (bool) {
        for (uint256 shift = 0; shift < 64; shift += 8) {
            if ((tcb >> shift) & 0xff < (floor >> shift) & 0xff) return false;
        }
        return true;
    }

    function _assertZero(bytes calldata report, uint256 offset, uint256 length) private pure {
        uint256 other;
        uint256 i;
        for (; i + 32 <= length; i += 32) {
            other |= uint256(bytes32(report[offset + i:offset + i + 32]));
        }
        if (i < length) other |= littleEndian(report, offset + i, length - i);
        require(other == 0, ReportReservedBytesUsed(offset));
    }
}
