// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Offsets and structural rules of a TDX quote, version 4 (Intel TDX DCAP Quoting Library API, A.3), cut before its PEM
/// certificate chain: the chain is unsigned, verified once per platform, and would be most of the calldata.
library TdxQuote {
    error QuoteLengthWrong(uint256 expected, uint256 got);
    error QuoteHeaderUnsupported(bytes8 header);
    error QuoteSizeFieldWrong(uint256 expected, uint256 got);
    error QuoteCertificationTypeUnsupported(bytes2 certificationType);
    error QeVendorUnknown(bytes16 vendorId);
    error QuoteOfDebugTd(bytes8 tdAttributes);
    error QuoteOfDebugQe(bytes16 qeAttributes);
    error QuoteOfUnmeasuredTd();
    error SeamAttributesSet(bytes8 seamAttributes);
    error AttestationKeyUnbound(bytes32 expected, bytes32 got);

    uint256 internal constant SIGNED_END = 632; // header 48, TD report 584
    uint256 private constant QE_REPORT = 770;
    uint256 private constant QE_REPORT_END = 1154;
    uint256 private constant QE_AUTH = 1220;
    /// version 4, attestation key type 2 (ECDSA P-256), TEE type 0x81 (TDX); little-endian
    bytes8 private constant HEADER = 0x0400020081000000;
    bytes16 private constant INTEL_QE_VENDOR = 0x939a7233f79c4ca9940a0db3957f0607;
    bytes2 private constant QE_REPORT_CERTIFICATION = 0x0600;
    bytes2 private constant PEM_CHAIN_CERTIFICATION = 0x0500;

    /// Everything that can be checked without a signature; reverts with what was expected.
    function assertWellFormed(bytes calldata quote) internal pure {
        _assertSizes(quote);
        require(bytes8(quote[0:8]) == HEADER, QuoteHeaderUnsupported(bytes8(quote[0:8])));
        require(bytes16(quote[12:28]) == INTEL_QE_VENDOR, QeVendorUnknown(bytes16(quote[12:28])));
        // Any bit of the first attribute byte (TUD) makes the TD untrusted: its owner can read its memory.
        require(quote[168] == 0, QuoteOfDebugTd(bytes8(quote[168:176])));
        require(bytes8(quote[160:168]) == 0, SeamAttributesSet(bytes8(quote[160:168])));
        require(bytes32(quote[184:216]) != 0, QuoteOfUnmeasuredTd());
        require(quote[QE_REPORT + 48] & 0x02 == 0, QuoteOfDebugQe(bytes16(quote[QE_REPORT + 48:QE_REPORT + 64])));
        _assertAttestationKeyBound(quote);
    }

    function _assertSizes(bytes calldata quote) private pure {
        require(quote.length >= QE_AUTH, QuoteLengthWrong(QE_AUTH, quote.length));
        uint256 authEnd = QE_AUTH + _uint16(quote, QE_AUTH - 2);
        require(quote.length == authEnd + 6, QuoteLengthWrong(authEnd + 6, quote.length));
        _assertCertification(quote, 764, QE_REPORT_CERTIFICATION);
        _assertCertification(quote, authEnd, PEM_CHAIN_CERTIFICATION);
        uint256 quoteEnd = authEnd + 6 + _uint32(quote, authEnd + 2);
        _assertSizeField(quote, 632, quoteEnd - 636);
        _assertSizeField(quote, 766, quoteEnd - QE_REPORT);
    }

    function _assertCertification(bytes calldata quote, uint256 offset, bytes2 expected) private pure {
        bytes2 got = bytes2(quote[offset:offset + 2]);
        require(got == expected, QuoteCertificationTypeUnsupported(got));
    }

    function _assertSizeField(bytes calldata quote, uint256 offset, uint256 expected) private pure {
        uint256 got = _uint32(quote, offset);
        require(got == expected, QuoteSizeFieldWrong(expected, got));
    }

    /// Without this the attestation key would be anybody's: the QE vouches for it in its report data.
    function _assertAttestationKeyBound(bytes calldata quote) private pure {
        bytes calldata authData = quote[QE_AUTH:quote.length - 6];
        bytes32 expected = sha256(bytes.concat(quote[700:764], authData));
        bytes32 got = bytes32(quote[QE_REPORT + 320:QE_REPORT + 352]);
        require(
            got == expected && bytes32(quote[QE_REPORT + 352:QE_REPORT_END]) == 0,
            AttestationKeyUnbound(expected, got)
        );
    }

    function signedHash(bytes calldata quote) internal pure returns (bytes32) {
        return sha256(quote[0:SIGNED_END]);
    }

    function signature(bytes calldata quote) internal pure returns (bytes32 r, bytes32 s) {
        return (bytes32(quote[636:668]), bytes32(quote[668:700]));
    }

    function attestationKey(bytes calldata quote) internal pure returns (bytes32 x, bytes32 y) {
        return (bytes32(quote[700:732]), bytes32(quote[732:764]));
    }

    function qeReportHash(bytes calldata quote) internal pure returns (bytes32) {
        return sha256(quote[QE_REPORT:QE_REPORT_END]);
    }

    function qeReportSignature(bytes calldata quote) internal pure returns (bytes32 r, bytes32 s) {
        return (bytes32(quote[QE_REPORT_END:1186]), bytes32(quote[1186:1218]));
    }

    /// First half of the report data: the digest of the enclave's keys.
    function reportDataDigest(bytes calldata quote) internal pure returns (bytes32) {
        return bytes32(quote[568:600]);
    }

    /// keccak256(abi.encode(teeType, MRTD, RTMR0..3, MRCONFIGID, MROWNER)).
    function measurementHash(bytes calldata quote, uint8 teeType) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    teeType,
                    quote[184:232],
                    quote[376:424],
                    quote[424:472],
                    quote[472:520],
                    quote[520:568],
                    quote[232:280],
                    quote[280:328]
                )
            );
    }

    function _uint16(bytes calldata quote, uint256 offset) private pure returns (uint256) {
        return uint256(uint8(quote[offset])) | (uint256(uint8(quote[offset + 1])) << 8);
    }

    function _uint32(bytes calldata quote, uint256 offset) private pure returns (uint256) {
        return _uint16(quote, offset) | (_uint16(quote, offset + 2) << 16);
    }
}
