// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Der} from "./Der.sol";
import {DerTime} from "./DerTime.sol";
import {SignedDer, SignedPart} from "./SignedDer.sol";

/// A complete X.509 v2 CRL of one issuer.
struct RevocationList {
    SignedPart signed;
    bytes32 issuerHash; // keccak256 of the DER name
    uint64 thisUpdateUnixSec;
    uint64 nextUpdateUnixSec;
    bytes serials; // 20 bytes each
}

/// CRLs (RFC 5280, 5). No critical extension is understood, which refuses delta, indirect and partitioned lists.
library Crl {
    error CrlExtensionCritical(uint256 position);

    uint256 private constant VERSION_2 = 0x020101;
    uint256 private constant EXTENSIONS = 0xa0;
    uint256 private constant CRITICAL = 0x0101ff;
    /// SEQUENCE { SEQUENCE { reasonCode, OCTET STRING { ENUMERATED } } }: what Intel's entries end in, up to the reason.
    uint256 private constant REASON = 0x300c300a0603551d1504030a01;
    uint256 private constant SERIAL_BYTES = 20;

    function parse(bytes calldata der) internal pure returns (RevocationList memory list) {
        (SignedPart memory signed, uint256 position, uint256 end) = SignedDer.parse(der);
        list.signed = signed;
        position = Der.expect(position, end, VERSION_2, 3);
        position = Der.expect(position, end, SignedDer.ECDSA_WITH_SHA256, 12);
        (list.issuerHash, position) = SignedDer.hashName(position, end);
        (list.thisUpdateUnixSec, position) = DerTime.readUnixSec(position, end);
        (list.nextUpdateUnixSec, position) = DerTime.readUnixSec(position, end);
        if (position < end && Der.load(position) >> 248 == Der.SEQUENCE) {
            uint256 start;
            (start, position) = Der.read(position, end, Der.SEQUENCE);
            list.serials = _parseEntries(start, position);
        }
        position = Der.readLast(position, end, EXTENSIONS);
        _skipExtensions(Der.readLast(position, end, Der.SEQUENCE), end);
    }

    /// SEQUENCE OF SEQUENCE { serial INTEGER, revocationDate Time, extensions OPTIONAL }
    function _parseEntries(uint256 position, uint256 limit) private pure returns (bytes memory serials) {
        unchecked {
            // An entry takes 20 bytes at least, so the entries' own length bounds what their serials need; each is written as a word.
            serials = new bytes(limit - position + 32);
            uint256 target;
            assembly ("memory-safe") {
                target := add(serials, 0x20)
            }
            uint256 first = target;
            while (position < limit) {
                (uint256 start, uint256 end) = Der.read(position, limit, Der.SEQUENCE);
                uint256 serial;
                (serial, start) = Der.readUint(start, end, SERIAL_BYTES);
                (, start) = DerTime.readUnixSec(start, end);
                if (start < end) _parseEntryExtensions(start, end);
                assembly ("memory-safe") {
                    mstore(target, shl(96, serial))
                }
                target += SERIAL_BYTES;
                position = end;
            }
            assembly ("memory-safe") {
                mstore(serials, sub(target, first))
            }
        }
    }

    function _parseEntryExtensions(uint256 position, uint256 end) private pure {
        if (Der.load(position) >> 152 == REASON && position + 14 == end) return;
        _skipExtensions(Der.readLast(position, end, Der.SEQUENCE), end);
    }

    function _skipExtensions(uint256 position, uint256 limit) private pure {
        while (position < limit) {
            (uint256 start, uint256 end) = Der.read(position, limit, Der.SEQUENCE);
            (, start) = Der.read(start, end, Der.OBJECT_IDENTIFIER);
            require(Der.load(start) >> 232 != CRITICAL, CrlExtensionCritical(position));
            Der.readLast(start, end, Der.OCTET_STRING);
            position = end;
        }
    }
}
