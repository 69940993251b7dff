// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Where the parts of one quote stand. Versions and bodies differ in nothing else.
struct QuoteLayout {
    uint256 body; // the TD report, after the header and, in version 5, its descriptor
    uint256 signedEnd; // end of the TD report and of what the quote signature covers
}

/// Offsets and structural rules of a TDX quote (Intel TDX DCAP Quoting Library API, A.3 and A.4): version 4, and version 5
/// with a TD report 1.0 or 1.5. The quote is cut before its PEM certificate chain: the chain is unsigned, verified once per
/// platform, and would be most of the calldata.
library TdxQuote {
    error QuoteLengthWrong(uint256 expected, uint256 got);
    error QuoteHeaderUnsupported(bytes8 header);
    error QuoteBodyUnsupported(bytes6 descriptor);
    error QuoteSizeFieldWrong(uint256 expected, uint256 got);
    error QuoteCertificationTypeUnsupported(bytes2 certificationType);
    error QeVendorUnknown(bytes16 vendorId);
    error QuoteOfDebugTd(bytes8 tdAttributes);
    error TdAttributesRefused(bytes8 tdAttributes);
    error TdServedByOther();
    error QuoteOfDebugQe(bytes16 qeAttributes);
    error QuoteOfUnmeasuredTd();
    error SeamAttributesSet(bytes8 seamAttributes);
    error AttestationKeyUnbound(bytes32 expected, bytes32 got);

    uint256 private constant HEADER_BYTES = 48;
    uint256 private constant TD_REPORT_10 = 584;
    uint256 private constant TD_REPORT_15 = 648;
    /// Attestation key type 2 (ECDSA P-256), TEE type 0x81 (TDX); little-endian
    bytes8 private constant HEADER_V4 = 0x0400020081000000;
    bytes8 private constant HEADER_V5 = 0x0500020081000000;
    /// Body type (u16) and size (u32).
    bytes6 private constant BODY_10 = 0x020048020000;
    bytes6 private constant BODY_15 = 0x030088020000;
    bytes16 private constant INTEL_QE_VENDOR = 0x939a7233f79c4ca9940a0db3957f0607;
    bytes2 private constant QE_REPORT_CERTIFICATION = 0x0600;
    bytes2 private constant PEM_CHAIN_CERTIFICATION = 0x0500;

    // After the signed part: size 4, signature 64, attestation key 64, certification type 2 and size 4, QE report 384, its
    // signature 64, size of its authentication data 2, and the data.
    uint256 private constant SIGNATURE = 4;
    uint256 private constant ATTESTATION_KEY = 68;
    uint256 private constant CERTIFICATION = 132;
    uint256 private constant QE_REPORT = 138;
    uint256 private constant QE_SIGNATURE = 522;
    uint256 private constant QE_AUTH = 588;

    /// SEPT_VE_DISABLE (bit 28): without it the host can make the TD read pages that it never accepted.
    bytes8 private constant SEPT_VE_DISABLE = 0x0000001000000000;
    /// PKS, KL and PERFMON may be set. MIGRATABLE and every bit without a meaning may not.
    bytes8 private constant ALLOWED_ATTRIBUTES = SEPT_VE_DISABLE | 0x000000c000000080;

    /// Everything that can be checked without a signature; reverts with what was expected.
    function assertWellFormed(bytes calldata quote) internal pure returns (QuoteLayout memory parts) {
        require(
            quote.length >= HEADER_BYTES + TD_REPORT_10 + QE_AUTH,
            QuoteLengthWrong(HEADER_BYTES + TD_REPORT_10 + QE_AUTH, quote.length)
        );
        parts = _layoutOf(quote);
        _assertSizes(quote, parts.signedEnd);
        bytes16 vendorId = bytes16(_word(quote, 12));
        require(vendorId == INTEL_QE_VENDOR, QeVendorUnknown(vendorId));
        _assertTd(quote, parts);
        bytes16 qeAttributes = bytes16(_word(quote, parts.signedEnd + QE_REPORT + 48));
        require(bytes1(qeAttributes) & 0x02 == 0, QuoteOfDebugQe(qeAttributes));
        _assertAttestationKeyBound(quote, parts.signedEnd);
    }

    function _layoutOf(bytes calldata quote) private pure returns (QuoteLayout memory) {
        bytes8 header = bytes8(_word(quote, 0));
        if (header == HEADER_V4) return QuoteLayout(HEADER_BYTES, HEADER_BYTES + TD_REPORT_10);
        require(header == HEADER_V5, QuoteHeaderUnsupported(header));
        bytes6 descriptor = bytes6(_word(quote, HEADER_BYTES));
        require(descriptor == BODY_10 || descriptor == BODY_15, QuoteBodyUnsupported(descriptor));
        uint256 body = HEADER_BYTES + 6;
        return QuoteLayout(body, body + (descriptor == BODY_10 ? TD_REPORT_10 : TD_REPORT_15));
    }

    /// Both size fields and both certification types, for the length the quote had before it was cut.
    function _assertSizes(bytes calldata quote, uint256 signedEnd) private pure {
        unchecked {
            uint256 authStart = signedEnd + QE_AUTH;
            require(quote.length >= authStart, QuoteLengthWrong(authStart, quote.length));
            uint256 authEnd = authStart + (_littleEndian(quote, authStart - 2) & 0xffff);
            require(quote.length == authEnd + 6, QuoteLengthWrong(authEnd + 6, quote.length));
            _assertCertification(quote, signedEnd + CERTIFICATION, QE_REPORT_CERTIFICATION);
            _assertCertification(quote, authEnd, PEM_CHAIN_CERTIFICATION);
            uint256 quoteEnd = authEnd + 6 + _littleEndian(quote, authEnd + 2);
            _assertSizeField(quote, signedEnd, quoteEnd - signedEnd - 4);
            _assertSizeField(quote, signedEnd + CERTIFICATION + 2, quoteEnd - signedEnd - QE_REPORT);
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

    function _assertTd(bytes calldata quote, QuoteLayout memory parts) private pure {
        uint256 body = parts.body;
        bytes8 seamAttributes = bytes8(_word(quote, body + 112));
        require(seamAttributes == 0, SeamAttributesSet(seamAttributes));
        // Any bit of the first attribute byte (TUD) makes the TD untrusted: its owner can read its memory.
        bytes8 tdAttributes = bytes8(_word(quote, body + 120));
        require(bytes1(tdAttributes) == 0, QuoteOfDebugTd(tdAttributes));
        require(
            tdAttributes & ~ALLOWED_ATTRIBUTES == 0 && tdAttributes & SEPT_VE_DISABLE != 0,
            TdAttributesRefused(tdAttributes)
        );
        require(_word(quote, body + 136) != 0, QuoteOfUnmeasuredTd());
        // MRSERVICETD: another TD was bound to this one and may move it. The measurement does not cover that one.
        if (parts.signedEnd - body == TD_REPORT_15)
            require(
                _word(quote, body + 600) == 0 && bytes16(_word(quote, body + 632)) == 0,
                TdServedByOther()
            );
    }

    /// Without this the attestation key would be anybody's: the QE vouches for it in its report data.
    function _assertAttestationKeyBound(bytes calldata quote, uint256 signedEnd) private pure {
        uint256 key = signedEnd + ATTESTATION_KEY;
        bytes32 expected = sha256(
            bytes.concat(quote[key:key + 64], quote[signedEnd + QE_AUTH:quote.length - 6])
        );
        bytes32 got = _word(quote, signedEnd + QE_REPORT + 320);
        require(
            got == expected && _word(quote, signedEnd + QE_REPORT + 352) == 0,
            AttestationKeyUnbound(expected, got)
        );
    }

    function signedHash(bytes calldata quote, QuoteLayout memory parts) internal pure returns (bytes32) {
        return sha256(quote[0:parts.signedEnd]);
    }

    function tdReport(bytes calldata quote, QuoteLayout memory parts) internal pure returns (bytes calldata) {
        return quote[parts.body:parts.signedEnd];
    }

    function qeReport(bytes calldata quote, QuoteLayout memory parts) internal pure returns (bytes calldata) {
        return quote[parts.signedEnd + QE_REPORT:parts.signedEnd + QE_SIGNATURE];
    }

    /// Names all that decides the standing of a platform, for one PCK key: of the TD report TEE_TCB_SVN, MRSIGNERSEAM,
    /// SEAMATTRIBUTES and, in 1.5, TEE_TCB_SVN_2; of the QE report MISCSELECT, ATTRIBUTES, MRSIGNER, ISVPRODID and ISVSVN.
    function tcbHash(
        bytes32 pckKeyHash,
        bytes calldata td,
        bytes calldata qe
    ) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, pckKeyHash)
            mstore(add(free, 0x20), td.length)
            calldatacopy(add(free, 0x40), td.offset, 16)
            calldatacopy(add(free, 0x50), add(td.offset, 64), 56)
            calldatacopy(add(free, 0x88), add(qe.offset, 16), 4)
            calldatacopy(add(free, 0x8c), add(qe.offset, 48), 16)
            calldatacopy(add(free, 0x9c), add(qe.offset, 128), 32)
            calldatacopy(add(free, 0xbc), add(qe.offset, 256), 4)
            let size := 0xc0
            if gt(td.length, TD_REPORT_10) {
                calldatacopy(add(free, 0xc0), add(td.offset, TD_REPORT_10), 16)
                size := 0xd0
            }
            hash := keccak256(free, size)
        }
    }

    function signature(
        bytes calldata quote,
        QuoteLayout memory parts
    ) internal pure returns (bytes32 r, bytes32 s) {
        return _pair(quote, parts.signedEnd + SIGNATURE);
    }

    function attestationKey(
        bytes calldata quote,
        QuoteLayout memory parts
    ) internal pure returns (bytes32 x, bytes32 y) {
        return _pair(quote, parts.signedEnd + ATTESTATION_KEY);
    }

    function qeReportSignature(
        bytes calldata quote,
        QuoteLayout memory parts
    ) internal pure returns (bytes32 r, bytes32 s) {
        return _pair(quote, parts.signedEnd + QE_SIGNATURE);
    }

    /// First half of the report data: the digest of the enclave's keys.
    function reportDataDigest(
        bytes calldata quote,
        QuoteLayout memory parts
    ) internal pure returns (bytes32) {
        return _word(quote, parts.body + 520);
    }

    /// keccak256(abi.encode(teeType, MRTD, RTMR0..3, MRCONFIGID, MROWNER)), the seven as `bytes` of 48: a word for the
    /// TEE type and seven offsets, then each one's length, 48 bytes and 16 of padding.
    function measurementHash(
        bytes calldata quote,
        QuoteLayout memory parts,
        uint8 teeType
    ) internal pure returns (bytes32 digest) {
        uint256 body = parts.body;
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, calldatasize(), 0x3a0) // zeros
            mstore(free, teeType)
            let report := add(quote.offset, body)
            let tail := 0x100
            for {
                let i := 0
            } lt(i, 7) {
                i := add(i, 1)
            } {
                mstore(add(free, mul(0x20, add(i, 1))), tail)
                mstore(add(free, tail), 48)
                // MRTD at 136, RTMR0 to RTMR3 from 328, then MRCONFIGID at 184 and MROWNER at 232
                let from := 136
                if gt(i, 0) {
                    from := add(280, mul(48, i))
                }
                if gt(i, 4) {
                    from := sub(mul(48, i), 56)
                }
                calldatacopy(add(free, add(tail, 0x20)), add(report, from), 48)
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

    function _pair(bytes calldata quote, uint256 offset) private pure returns (bytes32, bytes32) {
        return (_word(quote, offset), _word(quote, offset + 32));
    }

    /// 32 bytes at `offset`; the length checks have shown that they exist wherever this reads.
    function _word(bytes calldata quote, uint256 offset) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := calldataload(add(quote.offset, offset))
        }
    }
}
