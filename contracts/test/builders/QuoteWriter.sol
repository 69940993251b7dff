// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "../Base.t.sol";
import {PckChain} from "./PckChain.sol";

/// Everything a test may bend in a quote before it is signed.
struct QuoteSpec {
    bytes header; // 48
    bytes descriptor; // version 5 only: body type and size, 6
    bytes report; // 584, or 648 for TD report 1.5
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
        quote.report[0] = 0x0b; // TEE_TCB_SVN: module ISVSVN 11, module version 1, microcode 4
        quote.report[1] = 0x01;
        quote.report[2] = 0x04;
        quote.report[123] = 0x10; // SEPT_VE_DISABLE
        for (uint256 i = 0; i < 48; i++) quote.report[MRTD + i] = bytes1(uint8(i + 1));
        patch(quote.report, REPORT_DATA, reportDataDigest);
        quote.qeReport = new bytes(384);
        quote.qeReport[48] = 0x15; // attributes: the mask leaves bit 2 out
        patch(quote.qeReport, 128, 0xdc9e2a7c6f948f17474e34a7fc43ed030f7c1563f1babddf6340c82e0e54a8c5); // MRSIGNER
        quote.qeReport[256] = 0x02; // ISVPRODID
        quote.qeReport[258] = 0x06; // ISVSVN
        quote.authData = abi.encodePacked(keccak256("qe authentication data"));
        quote.attestationKey = uint256(keccak256("attestation key"));
        quote.pckKey = PckChain.PCK_KEY;
        quote.certSize = 3000;
    }

    /// The same as version 5, with a TD report 1.0 or 1.5.
    function asVersion5(QuoteSpec memory quote, bool isTd15) internal pure {
        quote.header[0] = 0x05;
        quote.descriptor = isTd15 ? bytes(hex"030088020000") : bytes(hex"020048020000");
        if (isTd15) quote.report = bytes.concat(quote.report, new bytes(64));
    }

    function sign(QuoteSpec memory quote) internal pure returns (bytes memory) {
        (uint256 x, uint256 y) = vm.publicKeyP256(quote.attestationKey);
        if (!quote.keepQeReportData) {
            patch(quote.qeReport, 320, sha256(abi.encodePacked(x, y, quote.authData)));
        }
        bytes memory signed = bytes.concat(quote.header, quote.descriptor, quote.report);
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
