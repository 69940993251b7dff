// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Der} from "./Der.sol";
import {DerTime} from "./DerTime.sol";
import {SignedDer, SignedPart} from "./SignedDer.sol";

/// What a chain needs from a certificate (RFC 5280 profile of Intel's PCS: v3, P-256 keys, ecdsa-with-SHA256).
struct Certificate {
    SignedPart signed;
    bytes32 issuerHash; // keccak256 of the DER name
    bytes32 subjectHash;
    bytes32 keyX;
    bytes32 keyY;
    uint160 serial;
    uint64 notBeforeUnixSec;
    uint64 notAfterUnixSec;
    bool isCa;
    uint256 keyUsage; // first octet: 0x04 keyCertSign, 0x02 cRLSign
    uint256 sgxStart; // bounds of the SGX extension's content; 0, 0 when there is none
    uint256 sgxEnd;
}

library X509 {
    error CertificateExtensionUnknown(uint256 position);
    error CertificateExtensionRepeated(uint256 position);

    uint256 internal constant MAY_SIGN_CERTIFICATES = 0x04;
    uint256 internal constant MAY_SIGN_CRLS = 0x02;

    uint256 private constant VERSION_3 = 0xa003020102;
    /// SubjectPublicKeyInfo of an uncompressed P-256 point, up to and including its 0x04.
    uint256 private constant P256_KEY_PREFIX = 0x3059301306072a8648ce3d020106082a8648ce3d03010703420004;
    uint256 private constant EXTENSIONS = 0xa3;
    uint256 private constant CRITICAL = 0x0101ff;
    uint256 private constant BASIC_CONSTRAINTS_OID = 0x0603551d13;
    uint256 private constant KEY_USAGE_OID = 0x0603551d0f;
    uint256 private constant SGX_OID = 0x06092a864886f84d010d01;

    function parse(bytes calldata der) internal pure returns (Certificate memory certificate) {
        uint256 start;
        uint256 end;
        (certificate.signed, start, end) = SignedDer.parse(der);
        _parseTbs(start, end, certificate);
    }

    function _parseTbs(uint256 position, uint256 end, Certificate memory certificate) private pure {
        position = Der.expect(position, end, VERSION_3, 5);
        uint256 serial;
        (serial, position) = Der.readUint(position, end, 20);
        certificate.serial = uint160(serial);
        position = Der.expect(position, end, SignedDer.ECDSA_WITH_SHA256, 12);
        (certificate.issuerHash, position) = SignedDer.hashName(position, end);
        position = _parseValidity(position, end, certificate);
        (certificate.subjectHash, position) = SignedDer.hashName(position, end);
        position = Der.expect(position, end, P256_KEY_PREFIX, 27);
        require(position + 64 <= end, Der.DerMalformed(position));
        certificate.keyX = bytes32(Der.load(position));
        certificate.keyY = bytes32(Der.load(position + 32));
        _parseExtensions(position + 64, end, certificate);
    }

    function _parseValidity(
        uint256 position,
        uint256 limit,
        Certificate memory certificate
    ) private pure returns (uint256 end) {
        (position, end) = Der.read(position, limit, Der.SEQUENCE);
        (certificate.notBeforeUnixSec, position) = DerTime.readUnixSec(position, end);
        (certificate.notAfterUnixSec, position) = DerTime.readUnixSec(position, end);
        require(position == end, Der.DerMalformed(position));
    }

    function _parseExtensions(uint256 position, uint256 limit, Certificate memory certificate) private pure {
        position = Der.readLast(position, limit, EXTENSIONS);
        position = Der.readLast(position, limit, Der.SEQUENCE);
        uint256 seen;
        while (position < limit) {
            (uint256 start, uint256 end) = Der.read(position, limit, Der.SEQUENCE);
            uint256 kind = _parseExtension(start, end, certificate);
            require(seen & kind == 0, CertificateExtensionRepeated(position));
            seen |= kind;
            position = end;
        }
    }

    /// Returns one bit per known kind, 0 for an unknown extension that is not critical.
    function _parseExtension(
        uint256 position,
        uint256 end,
        Certificate memory certificate
    ) private pure returns (uint256 kind) {
        uint256 oid = Der.load(position);
        (, uint256 next) = Der.read(position, end, Der.OBJECT_IDENTIFIER);
        bool critical = Der.load(next) >> 232 == CRITICAL && next + 3 <= end;
        uint256 start = Der.readLast(critical ? next + 3 : next, end, Der.OCTET_STRING);
        if (oid >> 216 == BASIC_CONSTRAINTS_OID) {
            certificate.isCa = _parseBasicConstraints(start, end);
            return 1;
        }
        if (oid >> 216 == KEY_USAGE_OID) {
            certificate.keyUsage = _parseKeyUsage(start, end);
            return 2;
        }
        if (oid >> 168 == SGX_OID) {
            (certificate.sgxStart, certificate.sgxEnd) = (start, end);
            return 4;
        }
        require(!critical, CertificateExtensionUnknown(position));
    }

    function _parseBasicConstraints(uint256 start, uint256 end) private pure returns (bool isCa) {
        uint256 position = Der.readLast(start, end, Der.SEQUENCE);
        if (position == end) return false; // DER leaves the default FALSE out
        position = Der.expect(position, end, CRITICAL, 3); // BOOLEAN TRUE has the same bytes
        if (position < end) (, position) = Der.readUint(position, end, 1); // path length
        require(position == end, Der.DerMalformed(position));
        return true;
    }

    function _parseKeyUsage(uint256 start, uint256 end) private pure returns (uint256) {
        uint256 position = Der.readLast(start, end, Der.BIT_STRING);
        require(end - position >= 2, Der.DerMalformed(start));
        return (Der.load(position) >> 240) & 0xff;
    }
}
