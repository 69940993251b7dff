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
        bytes32 header = _word(quote, 0);
        require(bytes8(header) == HEADER, QuoteHeaderUnsupported(bytes8(header)));
        bytes16 vendorId = bytes16(_word(quote, 12));
        require(vendorId == INTEL_QE_VENDOR, QeVendorUnknown(vendorId));
        bytes8 seamAttributes = bytes8(_word(quote, 160));
        require(seamAttributes == 0, SeamAttributesSet(seamAttributes));
        // Any bit of the first attribute byte (TUD) makes the TD untrusted: its owner can read its memory.
        bytes8 tdAttributes = bytes8(_word(quote, 168));
        require(bytes1(tdAttributes) == 0, QuoteOfDebugTd(tdAttributes));
        require(_word(quote, 184) != 0, QuoteOfUnmeasuredTd());
        bytes16 qeAttributes = bytes16(_word(quote, QE_REPORT + 48));
        require(bytes1(qeAttributes) & 0x02 == 0, QuoteOfDebugQe(qeAttributes));
        _assertAttestationKeyBound(quote);
    }

    /// Both size fields and both certification types, for the length the quote had before it was cut.
    function _assertSizes(bytes calldata quote) private pure {
        unchecked {
            require(quote.length >= QE_AUTH, QuoteLengthWrong(QE_AUTH, quote.length));
            uint256 authEnd = QE_AUTH + (_littleEndian(quote, QE_AUTH - 2) & 0xffff);
            require(quote.length == authEnd + 6, QuoteLengthWrong(authEnd + 6, quote.length));
            _assertCertification(quote, 764, QE_REPORT_CERTIFICATION);
            _assertCertification(quote, authEnd, PEM_CHAIN_CERTIFICATION);
            uint256 quoteEnd = authEnd + 6 + _littleEndian(quote, authEnd + 2);
            _assertSizeField(quote, 632, quoteEnd - 636);
            _assertSizeField(quote, 766, quoteEnd - QE_REPORT);
        }
    }

    function _assertCertification(bytes calldata quote, uint256 offset, bytes2 expected) private pure {
        bytes2 got = bytes2(_word(quote, offset));
        require(got == expected, QuoteCertificationTypeUnsupported(got));
    }

    function _assertSizeField(bytes calldata quote, uint256 offset, uint256 expected) private pure {
        uint256 got = _littleEndian(quote, offset);
        require(got == expected, QuoteSizeFieldWrong(expected, got));
    }

    /// Without this the attestation key would be anybody's: the QE vouches for it in its report data.
    function _assertAttestationKeyBound(bytes calldata quote) private pure {
        bytes32 expected = sha256(bytes.concat(quote[700:764], quote[QE_AUTH:quote.length - 6]));
        bytes32 got = _word(quote, QE_REPORT + 320);
        require(got == expected && _word(quote, QE_REPORT + 352) == 0, AttestationKeyUnbound(expected, got));
    }

    function signedHash(bytes calldata quote) internal pure returns (bytes32) {
        return sha256(quote[0:SIGNED_END]);
    }

    function signature(bytes calldata quote) internal pure returns (bytes32 r, bytes32 s) {
        return (_word(quote, 636), _word(quote, 668));
    }

    function attestationKey(bytes calldata quote) internal pure returns (bytes32 x, bytes32 y) {
        return (_word(quote, 700), _word(quote, 732));
    }

    function qeReportHash(bytes calldata quote) internal pure returns (bytes32) {
        return sha256(quote[QE_REPORT:QE_REPORT_END]);
    }

    function qeReportSignature(bytes calldata quote) internal pure returns (bytes32 r, bytes32 s) {
        return (_word(quote, QE_REPORT_END), _word(quote, QE_REPORT_END + 32));
    }

    /// First half of the report data: the digest of the enclave's keys.
    function reportDataDigest(bytes calldata quote) internal pure returns (bytes32) {
        return _word(quote, 568);
    }

    /// keccak256(abi.encode(teeType, MRTD, RTMR0..3, MRCONFIGID, MROWNER)), the seven as `bytes` of 48: a word for the
    /// TEE type and seven offsets, then each one's length, 48 bytes and 16 of padding.
    function measurementHash(bytes calldata quote, uint8 teeType) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, calldatasize(), 0x3a0) // zeros
            mstore(free, teeType)
            let tail := 0x100
            for {
                let i := 0
            } lt(i, 7) {
                i := add(i, 1)
            } {
                mstore(add(free, mul(0x20, add(i, 1))), tail)
                mstore(add(free, tail), 48)
                // MRTD at 184, RTMR0 to RTMR3 from 376, then MRCONFIGID at 232 and MROWNER at 280
                let from := 184
                if gt(i, 0) {
                    from := add(328, mul(48, i))
                }
                if gt(i, 4) {
                    from := sub(mul(48, i), 8)
                }
                calldatacopy(add(free, add(tail, 0x20)), add(quote.offset, from), 48)
                tail := add(tail, 0x60)
            }
            digest := keccak256(free, 0x3a0)
        }
    }

    /// A little-endian u32; mask it for a u16.
    function _littleEndian(bytes calldata quote, uint256 offset) private pure returns (uint256) {
        uint256 word = uint256(_word(quote, offset));
        return
            (word >> 248) |
            ((word >> 232) & 0xff00) |
            ((word >> 216) & 0xff0000) |
            ((word >> 200) & 0xff000000);
    }

    /// 32 bytes at `offset`; `_assertSizes` has shown that they exist wherever this reads.
    function _word(bytes calldata quote, uint256 offset) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := calldataload(add(quote.offset, offset))
        }
    }
}
