// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AmdFrame, AmdSigned} from "./AmdSigned.sol";
import {Der} from "./Der.sol";
import {DerTime} from "./DerTime.sol";
import {X509} from "./X509.sol";

/// A complete X.509 v2 CRL of an ARK (RFC 5280, 5).
struct AmdCrl {
    AmdFrame frame;
    bytes32 issuerHash;
    uint64 thisUpdateUnixSec;
    uint64 nextUpdateUnixSec;
    uint256 entries; // where the revoked certificates begin; equal to `entriesEnd` where there are none
    uint256 entriesEnd;
}

library AmdCrls {
    uint256 private constant VERSION_2 = 0x020101;
    uint256 private constant EXTENSIONS = 0xa0;
    uint256 private constant CRITICAL = 0x0101ff;

    function parse(bytes calldata der) internal pure returns (AmdCrl memory crl) {
        crl.frame = AmdSigned.open(der);
        uint256 end = crl.frame.end;
        uint256 position = Der.expect(crl.frame.body, end, VERSION_2, 3);
        position = AmdSigned.repeated(crl.frame, position);
        (crl.issuerHash, position) = AmdSigned.element(position, end);
        (crl.thisUpdateUnixSec, position) = DerTime.readUnixSec(position, end);
        (crl.nextUpdateUnixSec, position) = DerTime.readUnixSec(position, end);
        if (Der.load(position) >> 248 == Der.SEQUENCE && position < end) {
            (crl.entries, crl.entriesEnd) = Der.read(position, end, Der.SEQUENCE);
            position = crl.entriesEnd;
        }
        position = Der.readLast(position, end, EXTENSIONS);
        _assertNothingCritical(position, end);
    }

    /// The serial at `position` in the list, and where the next entry begins.
    function readEntry(uint256 position, uint256 limit) internal pure returns (uint256 serial, uint256 next) {
        (position, next) = Der.read(position, limit, Der.SEQUENCE);
        (serial, position) = Der.readUint(position, next, 20);
        (, position) = DerTime.readUnixSec(position, next);
        if (position < next) _assertNothingCritical(position, next);
    }

    /// A critical extension would make the list a part or a difference of one.
    function _assertNothingCritical(uint256 position, uint256 limit) private pure {
        position = Der.readLast(position, limit, Der.SEQUENCE);
        while (position < limit) {
            (uint256 start, uint256 end) = Der.read(position, limit, Der.SEQUENCE);
            (, start) = Der.read(start, end, 0x06);
            require(Der.load(start) >> 232 != CRITICAL, X509.CertificateExtensionUnknown(position));
            Der.readLast(start, end, Der.OCTET_STRING);
            position = end;
        }
    }
}
