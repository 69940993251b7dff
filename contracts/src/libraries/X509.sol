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
        (uint256 position, uint256 end) = Der.bounds(der);
        position = Der.readLast(position, end, Der.SEQUENCE);
        (uint256 tbsStart, uint256 tbsEnd) = Der.read(position, end, Der.SEQUENCE);
        certificate.tbsHash = sha256(Der.slice(position, tbsEnd));
        _parseSignature(tbsEnd, end, certificate);
        _parseTbs(tbsStart, tbsEnd, certificate);
    }

    function _parseSignature(uint256 position, uint256 end, Certificate memory certificate) private pure {
        position = Der.expect(position, end, ECDSA_WITH_SHA256, 12);
        position = Der.readLast(position, end, Der.BIT_STRING);
        position = Der.expect(position, end, 0, 1); // no unused bits
        position = Der.readLast(position, end, Der.SEQUENCE);
        uint256 r;
        uint256 s;
        (r, position) = Der.readUint(position, end, 32);
        (s, position) = Der.readUint(position, end, 32);
        require(position == end, Der.DerMalformed(position));
        certificate.signatureR = bytes32(r);
        certificate.signatureS = bytes32(s);
    }

    function _parseTbs(uint256 position, uint256 end, Certificate memory certificate) private pure {
        position = Der.expect(position, end, VERSION_3, 5);
        (, position) = Der.readUint(position, end, 20); // serial number
        position = Der.expect(position, end, ECDSA_WITH_SHA256, 12);
        (certificate.issuerHash, position) = _hashName(position, end);
        position = _parseValidity(position, end, certificate);
        (certificate.subjectHash, position) = _hashName(position, end);
        position = Der.expect(position, end, P256_KEY_PREFIX, 27);
        require(position + 64 <= end, Der.DerMalformed(position));
        certificate.keyX = bytes32(Der.load(position));
        certificate.keyY = bytes32(Der.load(position + 32));
        _parseExtensions(position + 64, end, certificate);
    }

    function _hashName(uint256 position, uint256 limit) private pure returns (bytes32, uint256) {
        (, uint256 end) = Der.read(position, limit, Der.SEQUENCE);
        return (keccak256(Der.slice(position, end)), end);
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
        (, uint256 next) = Der.read(position, end, 0x06);
        bool critical = Der.load(next) >> 232 == CRITICAL && next + 3 <= end;
        uint256 start = Der.readLast(critical ? next + 3 : next, end, Der.OCTET_STRING);
        if (oid >> 216 == BASIC_CONSTRAINTS_OID) {
            certificate.isCa = _parseBasicConstraints(start, end);
            return 1;
        }
        if (oid >> 216 == KEY_USAGE_OID) {
            certificate.maySignCertificates = _parseKeyUsage(start, end);
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

    function _parseKeyUsage(uint256 start, uint256 end) private pure returns (bool) {
        uint256 position = Der.readLast(start, end, Der.BIT_STRING);
        require(end - position >= 2, Der.DerMalformed(start));
        return (Der.load(position) >> 240) & 0x04 != 0; // keyCertSign is bit 5 of the first octet
    }
}
