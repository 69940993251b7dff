// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnclaveRegistry} from "../src/interfaces/IEnclaveRegistry.sol";
import {TdxQuote} from "../src/libraries/TdxQuote.sol";
import {EnclaveKeys} from "../src/types/EnclaveKeys.sol";
import {QuoteSpec, QuoteWriter} from "./builders/QuoteWriter.sol";
import {RegistryFixture} from "./RegistryFixture.t.sol";

/// Each test bends one thing of a quote, signs it properly, and expects the refusal that names it.
contract TdxQuoteTest is RegistryFixture {
    function test_RevertIf_QuoteIsShorterThanItsFixedPart() public {
        bytes memory quote = _valid();
        assembly ("memory-safe") {
            mstore(quote, 1219)
        }
        _expect(quote, abi.encodeWithSelector(TdxQuote.QuoteLengthWrong.selector, 1220, 1219));
    }

    function test_RevertIf_QuoteHasUnknownBytesBehind() public {
        bytes memory quote = bytes.concat(_valid(), hex"00");
        _expect(
            quote,
            abi.encodeWithSelector(TdxQuote.QuoteLengthWrong.selector, quote.length - 1, quote.length)
        );
    }

    function test_RevertIf_VersionTypeOrTeeIsNotTdxV4() public {
        for (uint256 i = 0; i < 8; i++) {
            QuoteSpec memory quote = _spec();
            quote.header[i] ^= 0x02;
            bytes8 header = bytes8(bytes32(quote.header));
            _expect(
                QuoteWriter.sign(quote),
                abi.encodeWithSelector(TdxQuote.QuoteHeaderUnsupported.selector, header)
            );
        }
    }

    function test_RevertIf_QeVendorIsNotIntel() public {
        QuoteSpec memory quote = _spec();
        quote.header[12] ^= 0x01;
        _expect(
            QuoteWriter.sign(quote),
            abi.encodeWithSelector(
                TdxQuote.QeVendorUnknown.selector,
                bytes16(0x929a7233f79c4ca9940a0db3957f0607)
            )
        );
    }

    function test_RevertIf_TdIsUntrusted() public {
        for (uint256 bit = 0; bit < 8; bit++) {
            QuoteSpec memory quote = _spec();
            quote.report[120] = bytes1(uint8(1 << bit));
            _expect(
                QuoteWriter.sign(quote),
                abi.encodeWithSelector(
                    TdxQuote.QuoteOfDebugTd.selector,
                    bytes8(bytes1(uint8(1 << bit))) | 0x0000001000000000
                )
            );
        }
    }

    function test_RevertIf_SeamAttributesAreSet() public {
        QuoteSpec memory quote = _spec();
        quote.report[119] = 0x01;
        _expect(
            QuoteWriter.sign(quote),
            abi.encodeWithSelector(TdxQuote.SeamAttributesSet.selector, bytes8(uint64(1)))
        );
    }

    function test_RevertIf_TdIsUnmeasured() public {
        QuoteSpec memory quote = _spec();
        QuoteWriter.patch(quote.report, QuoteWriter.MRTD, 0);
        _expect(QuoteWriter.sign(quote), abi.encodeWithSelector(TdxQuote.QuoteOfUnmeasuredTd.selector));
    }

    function test_RevertIf_QeIsInDebugMode() public {
        QuoteSpec memory quote = _spec();
        quote.qeReport[48] = 0x02;
        _expect(
            QuoteWriter.sign(quote),
            abi.encodeWithSelector(TdxQuote.QuoteOfDebugQe.selector, bytes16(bytes1(0x02)))
        );
    }

    function test_RevertIf_AttestationKeyIsNotTheQes() public {
        QuoteSpec memory quote = _spec();
        quote.keepQeReportData = true;
        (uint256 x, uint256 y) = vm.publicKeyP256(quote.attestationKey);
        bytes32 expected = sha256(abi.encodePacked(x, y, quote.authData));
        QuoteWriter.patch(quote.qeReport, 320, keccak256("another key"));
        _expect(
            QuoteWriter.sign(quote),
            abi.encodeWithSelector(
                TdxQuote.AttestationKeyUnbound.selector,
                expected,
                keccak256("another key")
            )
        );
    }

    function test_RevertIf_QeReportDataHasATail() public {
        QuoteSpec memory quote = _spec();
        quote.qeReport[383] = 0x01;
        (uint256 x, uint256 y) = vm.publicKeyP256(quote.attestationKey);
        bytes32 expected = sha256(abi.encodePacked(x, y, quote.authData));
        _expect(
            QuoteWriter.sign(quote),
            abi.encodeWithSelector(TdxQuote.AttestationKeyUnbound.selector, expected, expected)
        );
    }

    function test_RevertIf_OuterCertificationTypeIsNotSix() public {
        bytes memory quote = _valid();
        quote[764] = 0x05;
        _expect(
            quote,
            abi.encodeWithSelector(TdxQuote.QuoteCertificationTypeUnsupported.selector, bytes2(0x0500))
        );
    }

    function test_RevertIf_InnerCertificationTypeIsNotFive() public {
        bytes memory quote = _valid();
        quote[1252] = 0x01;
        _expect(
            quote,
            abi.encodeWithSelector(TdxQuote.QuoteCertificationTypeUnsupported.selector, bytes2(0x0100))
        );
    }

    function test_RevertIf_AuthenticationSizeDisagrees() public {
        bytes memory quote = _valid();
        quote[633] ^= 0x01;
        uint256 size = 134 + 384 + 64 + 2 + 32 + 6 + 3000;
        _expect(quote, abi.encodeWithSelector(TdxQuote.QuoteSizeFieldWrong.selector, size, size ^ 0x100));
    }

    function test_RevertIf_CertificationSizeDisagrees() public {
        bytes memory quote = _valid();
        quote[769] ^= 0x01;
        uint256 size = 384 + 64 + 2 + 32 + 6 + 3000;
        _expect(quote, abi.encodeWithSelector(TdxQuote.QuoteSizeFieldWrong.selector, size, size + (1 << 24)));
    }

    function test_RevertIf_QuoteSignatureIsNotTheAttestationKeys() public {
        bytes memory quote = _valid();
        quote[640] ^= 0x01;
        _expect(quote, abi.encodeWithSelector(IEnclaveRegistry.QuoteSignatureInvalid.selector));
    }

    function test_RevertIf_QeReportIsNotSignedByThePck() public {
        QuoteSpec memory quote = _spec();
        quote.pckKey = uint256(keccak256("another PCK"));
        _expect(
            QuoteWriter.sign(quote),
            abi.encodeWithSelector(IEnclaveRegistry.QeReportSignatureInvalid.selector)
        );
    }

    function test_QeAuthenticationDataOfOtherLengthsIsLegal() public {
        bytes[3] memory lengths = [bytes(""), bytes("short"), new bytes(300)];
        for (uint256 i = 0; i < 3; i++) {
            EnclaveKeys memory keys = validKeys();
            QuoteSpec memory quote = quoteSpec(keys);
            quote.authData = lengths[i];
            register(keys, QuoteWriter.sign(quote));
        }
    }

    function test_HighSSignaturesAreAccepted() public {
        EnclaveKeys memory keys = validKeys();
        bytes memory quote = QuoteWriter.sign(quoteSpec(keys));
        _negateS(quote, 668);
        _negateS(quote, 1186);
        register(keys, quote);
        assertEq(registry.enclaveOf(keys.enclaveKey).provider, keys.provider, "provider");
    }

    function test_Version5CarriesEitherTdReport() public {
        for (uint256 i = 0; i < 2; i++) {
            EnclaveKeys memory keys = validKeys();
            keys.enclaveKey = vm.addr(0xe500 + i);
            QuoteSpec memory quote = quoteSpec(keys);
            QuoteWriter.asVersion5(quote, i == 1);
            register(keys, QuoteWriter.sign(quote));
            assertEq(registry.enclaveOf(keys.enclaveKey).provider, keys.provider, "provider");
        }
    }

    function test_RevertIf_Version5HasAnotherBody() public {
        bytes6[4] memory descriptors = [
            bytes6(0x010080010000), // SGX report
            bytes6(0x020088020000),
            bytes6(0x030048020000),
            bytes6(0x040048020000)
        ];
        for (uint256 i = 0; i < 4; i++) {
            QuoteSpec memory quote = _spec();
            QuoteWriter.asVersion5(quote, false);
            quote.descriptor = abi.encodePacked(descriptors[i]);
            _expect(
                QuoteWriter.sign(quote),
                abi.encodeWithSelector(TdxQuote.QuoteBodyUnsupported.selector, descriptors[i])
            );
        }
    }

    function test_RevertIf_Version5IsCutAtItsEnd() public {
        QuoteSpec memory spec = _spec();
        QuoteWriter.asVersion5(spec, true);
        bytes memory quote = QuoteWriter.sign(spec);
        assembly ("memory-safe") {
            mstore(quote, 1280)
        }
        _expect(quote, abi.encodeWithSelector(TdxQuote.QuoteLengthWrong.selector, 1290, 1280));
    }

    function test_RevertIf_AnotherTdMayMoveThisOne() public {
        uint256[3] memory offsets = [uint256(600), 631, 647];
        for (uint256 i = 0; i < 3; i++) {
            QuoteSpec memory quote = _spec();
            QuoteWriter.asVersion5(quote, true);
            quote.report[offsets[i]] = 0x01;
            _expect(QuoteWriter.sign(quote), abi.encodeWithSelector(TdxQuote.TdServedByOther.selector));
        }
    }

    function test_OnlyTheKnownAttributesMayBeSet() public {
        for (uint256 bit = 8; bit < 64; bit++) {
            EnclaveKeys memory keys = validKeys();
            QuoteSpec memory quote = quoteSpec(keys);
            quote.report[120 + bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
            if (bit == 30 || bit == 31 || bit == 63) {
                register(keys, QuoteWriter.sign(quote)); // PKS, KL, PERFMON
                continue;
            }
            uint64 attributes = 0x0000001000000000 ^ uint64(1 << (56 - 8 * (bit / 8) + (bit % 8)));
            _expect(
                QuoteWriter.sign(quote),
                abi.encodeWithSelector(TdxQuote.TdAttributesRefused.selector, bytes8(attributes))
            );
        }
    }

    /// Any single changed byte of what is signed, or of a signature, is refused.
    function testFuzz_EveryByteIsCovered(uint256 seed, uint8 mask) public {
        if (mask == 0) mask = 1;
        EnclaveKeys memory keys = validKeys();
        bytes memory quote = QuoteWriter.sign(quoteSpec(keys));
        uint256 offset = bound(seed, 0, quote.length - 1);
        quote[offset] ^= bytes1(mask);
        bytes memory consent = enrolment(keys, PROVIDER_KEY);
        vm.prank(RELAYER);
        (bool accepted, ) = address(registry).call(
            abi.encodeCall(registry.registerEnclave, (keys, quote, pckKey(), deadline, consent))
        );
        assertTrue(!accepted, "a changed byte was accepted");
    }

    function _negateS(bytes memory quote, uint256 offset) private pure {
        uint256 order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551;
        uint256 s;
        assembly ("memory-safe") {
            s := mload(add(add(quote, 0x20), offset))
        }
        QuoteWriter.patch(quote, offset, bytes32(order - s));
    }

    function _spec() private view returns (QuoteSpec memory) {
        return quoteSpec(validKeys());
    }

    function _valid() private view returns (bytes memory) {
        return QuoteWriter.sign(_spec());
    }

    function _expect(bytes memory quote, bytes memory revertData) private {
        EnclaveKeys memory keys = validKeys();
        bytes memory consent = enrolment(keys, PROVIDER_KEY);
        vm.expectRevert(revertData);
        register(keys, quote, consent);
    }
}
