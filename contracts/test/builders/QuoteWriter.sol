// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "../Base.t.sol";
import {PckChain} from "./PckChain.sol";

/// Everything a test may bend in a quote before it is signed.
struct QuoteSpec {
    bytes header; // 48
    bytes report; // 584
    bytes qeReport; // 384; report data is filled in unless `keepQeReportData`
    bool keepQeReportData;
    bytes authData;
    uint256 attestationKey;
    uint256 pckKey;
    uint32 certSize;
}

/// TDX v4 quotes up to the certificate chain.
library QuoteWriter {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    uint256 internal constant MRTD = 136; // offsets in the TD report
    uint256 internal constant REPORT_DATA = 520;

    function spec(bytes32 reportDataDigest) internal pure returns (QuoteSpec memory quote) {
        quote.header = abi.encodePacked(
            hex"040002008100000000000000",
            hex"939a7233f79c4ca9940a0db3957f0607",
            new bytes(20)
        );
        quote.report = new bytes(584);
        for (uint256 i = 0; i < 48; i++) quote.report[MRTD + i] = bytes1(uint8(i + 1));
        patch(quote.report, REPORT_DATA, reportDataDigest);
        quote.qeReport = new bytes(384);
        quote.authData = abi.encodePacked(keccak256("qe authentication data"));
        quote.attestationKey = uint256(keccak256("attestation key"));
        quote.pckKey = PckChain.PCK_KEY;
        quote.certSize = 3000;
    }

    function sign(QuoteSpec memory quote) internal pure returns (bytes memory) {
        (uint256 x, uint256 y) = vm.publicKeyP256(quote.attestationKey);
        if (!quote.keepQeReportData) {
            patch(quote.qeReport, 320, sha256(abi.encodePacked(x, y, quote.authData)));
        }
        bytes memory signed = bytes.concat(quote.header, quote.report);
        (bytes32 r, bytes32 s) = vm.signP256(quote.attestationKey, sha256(signed));
        (bytes32 qeR, bytes32 qeS) = vm.signP256(quote.pckKey, sha256(quote.qeReport));
        uint32 outer = uint32(384 + 64 + 2 + quote.authData.length + 6) + quote.certSize;
        bytes memory signatures = abi.encodePacked(le32(134 + outer), r, s, x, y, hex"0600", le32(outer));
        bytes memory tail = abi.encodePacked(
            le16(uint16(quote.authData.length)),
            quote.authData,
            hex"0500",
            le32(quote.certSize)
        );
        return bytes.concat(signed, signatures, abi.encodePacked(quote.qeReport, qeR, qeS), tail);
    }

    function patch(bytes memory target, uint256 offset, bytes32 word) internal pure {
        for (uint256 i = 0; i < 32; i++) target[offset + i] = word[i];
    }

    function le16(uint16 number) internal pure returns (bytes2) {
        return bytes2((number << 8) | (number >> 8));
    }

    function le32(uint32 number) internal pure returns (bytes4) {
        return
            bytes4(
                ((number & 0xff) << 24) | ((number & 0xff00) << 8) | ((number >> 8) & 0xff00) | (number >> 24)
            );
    }
}
