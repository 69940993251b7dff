// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AmdFrame, AmdSigned} from "./AmdSigned.sol";
import {AmdLeafExtensions, AmdLeafFacts} from "./AmdLeafExtensions.sol";
import {Der} from "./Der.sol";
import {DerTime} from "./DerTime.sol";
import {X509} from "./X509.sol";

/// What ASK and VCEK have in common (AMD publication 57230, VCEK Certificate and KDS Interface Specification, 2 and 3).
struct AmdCertificate {
    AmdFrame frame;
    uint256 serial;
    bytes32 issuerHash; // keccak256 of the DER name
    bytes32 subjectHash;
    bytes32 commonNameHash; // keccak256 of the subject's common name
    uint64 notBeforeUnixSec;
    uint64 notAfterUnixSec;
    uint256 key; // where the key's bytes begin
    bool isCa;
    bool maySign; // certificates or CRLs
    AmdLeafFacts facts; // of a VCEK
}

library AmdCertificates {
    error AmdKeyUnsupported(uint256 position);
    error AmdNameUnsupported(uint256 position);

    uint256 private constant VERSION_3 = 0xa003020102;
    uint256 private constant COMMON_NAME = 0x0603550403;
    uint256 private constant EXTENSIONS = 0xa3;
    uint256 private constant CRITICAL = 0x0101ff;
    uint256 private constant OID = 0x06;
    uint256 private constant SET = 0x31;
    /// SubjectPublicKeyInfo of an uncompressed P-384 point, up to and including its 0x04.
    uint256 private constant P384_KEY = 0x3076301006072a8648ce3d020106052b8104002203620004;
    /// SubjectPublicKeyInfo of an RSA key with 4096 bits, up to the modulus; behind it the exponent 65537.
    uint256 private constant RSA_KEY = 0x30820222300d06092a864886f70d01010105000382020f003082020a02820201;
    uint256 private constant RSA_EXPONENT = 0x0203010001;

    /// A leaf (VCEK) has a P-384 key and AMD's extensions; an authority has an RSA key.
    function parse(
        bytes calldata der,
        bool isLeaf
    ) internal pure returns (AmdCertificate memory certificate) {
        certificate.frame = AmdSigned.open(der);
        uint256 end = certificate.frame.end;
        uint256 position = Der.expect(certificate.frame.body, end, VERSION_3, 5);
        (certificate.serial, position) = Der.readUint(position, end, 20);
        position = AmdSigned.repeated(certificate.frame, position);
        (certificate.issuerHash, position) = AmdSigned.element(position, end);
        position = _parseValidity(position, end, certificate);
        certificate.commonNameHash = _commonNameHash(position, end);
        (certificate.subjectHash, position) = AmdSigned.element(position, end);
        position = isLeaf ? _pointKey(position, end, certificate) : _rsaKey(position, end, certificate);
        _parseExtensions(position, end, certificate, isLeaf);
    }

    function _parseValidity(
        uint256 position,
        uint256 limit,
        AmdCertificate memory certificate
    ) private pure returns (uint256 end) {
        (position, end) = Der.read(position, limit, Der.SEQUENCE);
        (certificate.notBeforeUnixSec, position) = DerTime.readUnixSec(position, end);
        (certificate.notAfterUnixSec, position) = DerTime.readUnixSec(position, end);
        require(position == end, Der.DerMalformed(position));
    }

    /// A name is a sequence of sets of one attribute each; exactly one of them is the common name.
    function _commonNameHash(uint256 position, uint256 limit) private pure returns (bytes32 digest) {
        uint256 start = position;
        (position, limit) = Der.read(position, limit, Der.SEQUENCE);
        while (position < limit) {
            (uint256 set, uint256 next) = Der.read(position, limit, SET);
            set = Der.readLast(set, next, Der.SEQUENCE);
            bool isCommonName = Der.load(set) >> 216 == COMMON_NAME;
            (, set) = Der.read(set, next, OID);
            uint256 tag = Der.load(set) >> 248;
            require(tag == 0x0c || tag == 0x13, AmdNameUnsupported(position)); // UTF8String, PrintableString
            set = Der.readLast(set, next, tag);
            if (isCommonName) {
                require(digest == 0, AmdNameUnsupported(position));
                digest = keccak256(Der.slice(set, next));
            }
            position = next;
        }
        require(digest != 0, AmdNameUnsupported(start));
    }

    function _pointKey(
        uint256 position,
        uint256 limit,
        AmdCertificate memory certificate
    ) private pure returns (uint256) {
        require(Der.load(position) >> 64 == P384_KEY && position + 120 <= limit, AmdKeyUnsupported(position));
        certificate.key = position + 24;
        return position + 120;
    }

    function _rsaKey(
        uint256 position,
        uint256 limit,
        AmdCertificate memory certificate
    ) private pure returns (uint256) {
        uint256 end = position + 33 + 512 + 5;
        require(
            Der.load(position) == RSA_KEY &&
                end <= limit &&
                Der.load(position + 32) >> 247 == 1 && // 0x00, and a modulus of the full 4096 bits
                Der.load(end - 5) >> 216 == RSA_EXPONENT,
            AmdKeyUnsupported(position)
        );
        certificate.key = position + 33;
        return end;
    }

    function _parseExtensions(
        uint256 position,
        uint256 limit,
        AmdCertificate memory certificate,
        bool isLeaf
    ) private pure {
        position = Der.readLast(position, limit, EXTENSIONS);
        position = Der.readLast(position, limit, Der.SEQUENCE);
        uint256 seen;
        while (position < limit) {
            (uint256 start, uint256 end) = Der.read(position, limit, Der.SEQUENCE);
            uint256 kind = _parseExtension(start, end, certificate, isLeaf);
            require(seen & kind == 0, X509.CertificateExtensionRepeated(position));
            seen |= kind;
            position = end;
        }
        if (isLeaf) AmdLeafExtensions.assertComplete(certificate.facts, seen);
    }

    /// One bit per known kind, 0 for an unknown extension that is not critical.
    function _parseExtension(
        uint256 position,
        uint256 end,
        AmdCertificate memory certificate,
        bool isLeaf
    ) private pure returns (uint256 kind) {
        (uint256 oid, uint256 next) = Der.read(position, end, OID);
        bool isCritical = Der.load(next) >> 232 == CRITICAL && next + 3 <= end;
        uint256 start = Der.readLast(isCritical ? next + 3 : next, end, Der.OCTET_STRING);
        uint256 id = next - oid > 32 ? 0 : Der.load(oid) >> (256 - 8 * (next - oid));
        if (id == 0x551d13) {
            certificate.isCa = _parseBasicConstraints(start, end);
            return 1;
        }
        if (id == 0x551d0f) {
            certificate.maySign = _parseKeyUsage(start, end, isLeaf);
            return 2;
        }
        if (isLeaf) kind = AmdLeafExtensions.read(id, start, end, certificate.facts);
        require(kind != 0 || !isCritical, X509.CertificateExtensionUnknown(position));
    }

    function _parseBasicConstraints(uint256 start, uint256 end) private pure returns (bool) {
        uint256 position = Der.readLast(start, end, Der.SEQUENCE);
        if (position == end) return false; // DER leaves the default FALSE out
        position = Der.expect(position, end, CRITICAL, 3); // BOOLEAN TRUE has the same bytes
        if (position < end) (, position) = Der.readUint(position, end, 1); // path length
        require(position == end, Der.DerMalformed(position));
        return true;
    }

    /// keyCertSign, bit 5; for a leaf cRLSign, bit 6, too.
    function _parseKeyUsage(uint256 start, uint256 end, bool isLeaf) private pure returns (bool) {
        uint256 position = Der.readLast(start, end, Der.BIT_STRING);
        require(end - position >= 2, Der.DerMalformed(start));
        return (Der.load(position) >> 240) & (isLeaf ? 0x06 : 0x04) != 0;
    }
}
