// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Der} from "./Der.sol";
import {DerTime} from "./DerTime.sol";

/// What the PCK chain needs from a certificate (RFC 5280 profile of Intel's PCS: v3, P-256 keys, ecdsa-with-SHA256).
struct Certificate {
    bytes32 tbsHash; // SHA-256 of the signed part
    bytes32 signatureR;
    bytes32 signatureS;
    bytes32 issuerHash; // keccak256 of the DER name
    bytes32 subjectHash;
    bytes32 keyX;
    bytes32 keyY;
    uint64 notBeforeUnixSec;
    uint64 notAfterUnixSec;
    bool isCa;
    bool maySignCertificates;
    uint256 sgxStart; // bounds of the SGX extension's content; 0, 0 when there is none
    uint256 sgxEnd;
}

library X509 {
    using Der for bytes;

    error CertificateExtensionUnknown(uint256 position);
    error CertificateExtensionRepeated(uint256 position);

    uint256 private constant VERSION_3 = 0xa003020102;
    uint256 private constant ECDSA_WITH_SHA256 = 0x300a06082a8648ce3d040302;
    /// SubjectPublicKeyInfo of an uncompressed P-256 point, up to and including its 0x04.
    uint256 private constant P256_KEY_PREFIX = 0x3059301306072a8648ce3d020106082a8648ce3d03010703420004;
    uint256 private constant EXTENSIONS = 0xa3;
    uint256 private constant CRITICAL = 0x0101ff;
    uint256 private constant BASIC_CONSTRAINTS_OID = 0x0603551d13;
    uint256 private constant KEY_USAGE_OID = 0x0603551d0f;
    uint256 private constant SGX_OID = 0x06092a864886f84d010d01;

    function parse(bytes calldata der) internal pure returns (Certificate memory certificate) {
        uint256 position = der.readLast(0, der.length, Der.SEQUENCE);
        (uint256 tbsStart, uint256 tbsEnd) = der.read(position, der.length, Der.SEQUENCE);
        certificate.tbsHash = sha256(der[position:tbsEnd]);
        _parseSignature(der, tbsEnd, certificate);
        _parseTbs(der, tbsStart, tbsEnd, certificate);
    }

    function _parseSignature(bytes calldata der, uint256 position, Certificate memory certificate) private pure {
        position = der.expect(position, der.length, ECDSA_WITH_SHA256, 12);
        position = der.readLast(position, der.length, Der.BIT_STRING);
        position = der.expect(position, der.length, 0, 1); // no unused bits
        position = der.readLast(position, der.length, Der.SEQUENCE);
        uint256 r;
        uint256 s;
        (r, position) = der.readUint(position, der.length, 32);
        (s, position) = der.readUint(position, der.length, 32);
        require(position == der.length, Der.DerMalformed(position));
        certificate.signatureR = bytes32(r);
        certificate.signatureS = bytes32(s);
    }

    function _parseTbs(bytes calldata der, uint256 position, uint256 end, Certificate memory certificate) private pure {
        position = der.expect(position, end, VERSION_3, 5);
        (, position) = der.readUint(position, end, 20); // serial number
        position = der.expect(position, end, ECDSA_WITH_SHA256, 12);
        (certificate.issuerHash, position) = _hashName(der, position, end);
        position = _parseValidity(der, position, end, certificate);
        (certificate.subjectHash, position) = _hashName(der, position, end);
        position = der.expect(position, end, P256_KEY_PREFIX, 27);
        require(position + 64 <= end, Der.DerMalformed(position));
        certificate.keyX = bytes32(der.load(position));
        certificate.keyY = bytes32(der.load(position + 32));
        _parseExtensions(der, position + 64, end, certificate);
    }

    function _hashName(bytes calldata der, uint256 position, uint256 limit) private pure returns (bytes32, uint256) {
        (, uint256 end) = der.read(position, limit, Der.SEQUENCE);
        return (keccak256(der[position:end]), end);
    }

    function _parseValidity(
        bytes calldata der,
        uint256 position,
        uint256 limit,
        Certificate memory certificate
    ) private pure returns (uint256 end) {
        (position, end) = der.read(position, limit, Der.SEQUENCE);
        (certificate.notBeforeUnixSec, position) = DerTime.readUnixSec(der, position, end);
        (certificate.notAfterUnixSec, position) = DerTime.readUnixSec(der, position, end);
        require(position == end, Der.DerMalformed(position));
    }

    function _parseExtensions(
        bytes calldata der,
        uint256 position,
        uint256 limit,
        Certificate memory certificate
    ) private pure {
        position = der.readLast(position, limit, EXTENSIONS);
        position = der.readLast(position, limit, Der.SEQUENCE);
        uint256 seen;
        while (position < limit) {
            (uint256 start, uint256 end) = der.read(position, limit, Der.SEQUENCE);
            uint256 kind = _parseExtension(der, start, end, certificate);
            require(seen & kind == 0, CertificateExtensionRepeated(position));
            seen |= kind;
            position = end;
        }
    }

    /// Returns one bit per known kind, 0 for an unknown extension that is not critical.
    function _parseExtension(
        bytes calldata der,
        uint256 position,
        uint256 end,
        Certificate memory certificate
    ) private pure returns (uint256 kind) {
        uint256 oid = der.load(position);
        (, uint256 next) = der.read(position, end, 0x06);
        bool critical = der.load(next) >> 232 == CRITICAL && next + 3 <= end;
        uint256 start = der.readLast(critical ? next + 3 : next, end, Der.OCTET_STRING);
        if (oid >> 216 == BASIC_CONSTRAINTS_OID) {
            certificate.isCa = _parseBasicConstraints(der, start, end);
            return 1;
        }
        if (oid >> 216 == KEY_USAGE_OID) {
            certificate.maySignCertificates = _parseKeyUsage(der, start, end);
            return 2;
        }
        if (oid >> 168 == SGX_OID) {
            (certificate.sgxStart, certificate.sgxEnd) = (start, end);
            return 4;
        }
        require(!critical, CertificateExtensionUnknown(position));
    }

    function _parseBasicConstraints(bytes calldata der, uint256 start, uint256 end) private pure returns (bool isCa) {
        uint256 position = der.readLast(start, end, Der.SEQUENCE);
        if (position == end) return false; // DER leaves the default FALSE out
        position = der.expect(position, end, CRITICAL, 3); // BOOLEAN TRUE has the same bytes
        if (position < end) (, position) = der.readUint(position, end, 1); // path length
        require(position == end, Der.DerMalformed(position));
        return true;
    }

    function _parseKeyUsage(bytes calldata der, uint256 start, uint256 end) private pure returns (bool) {
        uint256 position = der.readLast(start, end, Der.BIT_STRING);
        require(end - position >= 2, Der.DerMalformed(start));
        return (der.load(position) >> 240) & 0x04 != 0; // keyCertSign is bit 5 of the first octet
    }
}
