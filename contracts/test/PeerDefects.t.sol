// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDcapCollateral} from "../src/interfaces/IDcapCollateral.sol";
import {IEnclaveRegistry} from "../src/interfaces/IEnclaveRegistry.sol";
import {EnclaveKeys, hashEnclaveKeys} from "../src/types/EnclaveKeys.sol";
import {CollateralWriter} from "./builders/CollateralWriter.sol";
import {CrlSpec, CrlWriter} from "./builders/CrlWriter.sol";
import {CertificateSpec, PckChain} from "./builders/PckChain.sol";
import {QuoteSpec, QuoteWriter} from "./builders/QuoteWriter.sol";
import {RegistryFixture} from "./RegistryFixture.t.sol";

/// Defects that auditors found in peers' verification and registries (research note, section 6), each shown to be absent.
contract PeerDefectsTest is RegistryFixture {
    bytes4 private constant SIGNATURE_INVALID = bytes4(keccak256("IssuerSignatureInvalid(bytes32)"));

    /// Automata, 2026-04: a `verified` flag kept its value when differing key ids skipped a signature check.
    function test_PeerDefect_Automata_EveryLayersSignatureIsCheckedWhateverWasVerifiedBefore() public {
        EnclaveKeys memory keys = validKeys();
        register(keys, QuoteWriter.sign(quoteSpec(keys)));
        CertificateSpec memory leaf = PckChain.leaf();
        leaf.issuerKey = uint256(keccak256("nobody's key"));
        leaf.extensions = bytes.concat(leaf.extensions, _authorityKeyId(hex"0102030405060708"));
        _expectLeafRefused(leaf, SIGNATURE_INVALID);
        leaf = PckChain.leaf();
        leaf.issuerKey = uint256(keccak256("nobody's key"));
        leaf.extensions = bytes.concat(leaf.extensions, _authorityKeyId(""));
        _expectLeafRefused(leaf, SIGNATURE_INVALID);
        QuoteSpec memory quote = quoteSpec(keys);
        quote.pckKey = uint256(keccak256("nobody's key"));
        _expectRefused(
            keys,
            quote,
            abi.encodeWithSelector(IEnclaveRegistry.QeReportSignatureInvalid.selector)
        );
    }

    /// Automata PCCS #59: whether the issuer is revoked was looked up with another certificate's serial.
    function test_PeerDefect_Automata_RevocationIsLookedUpByTheCertificatesOwnSerial() public {
        EnclaveKeys memory keys = validKeys();
        bytes32 ca = CollateralWriter.authorityKeyHash();
        uint256 other = PckChain.SERIAL + 1;
        collateral.upsertPckCrl(CrlWriter.sign(_pckCrl("260911000000Z", other)), ca);
        register(keys, QuoteWriter.sign(quoteSpec(keys)));
        collateral.upsertPckCrl(CrlWriter.sign(_pckCrl("260912000000Z", PckChain.SERIAL)), ca);
        _expectRefused(
            keys,
            quoteSpec(keys),
            abi.encodeWithSelector(IDcapCollateral.PckCertificateRevoked.selector, uint160(PckChain.SERIAL))
        );
    }

    /// Automata PCCS #60: the last 16 bytes of MRSIGNER were lost in packing.
    function test_PeerDefect_Automata_EveryByteOfTheQesSignerCounts() public {
        for (uint256 i = 0; i < 32; i++) {
            EnclaveKeys memory keys = validKeys();
            QuoteSpec memory quote = quoteSpec(keys);
            quote.qeReport[128 + i] ^= 0x01;
            bytes memory signed = QuoteWriter.sign(quote);
            bytes memory consent = enrolment(keys, PROVIDER_KEY);
            try registry.registerEnclave(keys, signed, pckKey(), deadline, consent) {
                assertTrue(false, "a QE by another signer was accepted");
            } catch (bytes memory refusal) {
                assertEq(
                    bytes32(bytes4(refusal)),
                    bytes32(IDcapCollateral.QeNotIdentified.selector),
                    "refusal"
                );
            }
        }
    }

    /// Jovay on Automata, 2025-10: whether collateral is in force was asked when it was stored, not when it was used.
    function test_PeerDefect_Jovay_CollateralIsAskedForItsEndAtEveryUse() public {
        deadline = type(uint64).max;
        EnclaveKeys memory keys = validKeys();
        register(keys, QuoteWriter.sign(quoteSpec(keys)));
        uint256 tcbInfoEnds = 1_790_812_800; // 2026-10-01
        vm.warp(tcbInfoEnds);
        register(keys, QuoteWriter.sign(quoteSpec(keys)));
        assertEq(registry.enclaveOf(keys.enclaveKey).expiresAtUnixSec, tcbInfoEnds, "ends with it");
        vm.warp(tcbInfoEnds + 1);
        _expectRefused(
            keys,
            quoteSpec(keys),
            abi.encodeWithSelector(
                IDcapCollateral.TcbInfoNotInForce.selector,
                bytes6(0x00906ea10000),
                bytes2(0x0a0b),
                tcbInfoEnds,
                tcbInfoEnds + 1
            )
        );
    }

    /// base/nitro-validator, 2026-08: debug enclaves, all of whose measurements are zero, were accepted.
    function test_PeerDefect_Nitro_DebugAndUnmeasuredEnclavesAreRefused() public {
        EnclaveKeys memory keys = validKeys();
        QuoteSpec memory quote = quoteSpec(keys);
        quote.report[120] = 0x01;
        _expectRefusedSomehow(keys, quote);
        quote = quoteSpec(keys);
        for (uint256 i = 0; i < 48; i++) quote.report[QuoteWriter.MRTD + i] = 0;
        _expectRefusedSomehow(keys, quote);
    }

    /// base/nitro-validator, 2026-08: a cached certificate outlived the one above its issuer.
    function test_PeerDefect_Nitro_NothingOutlivesWhatItRestsOn() public {
        CertificateSpec memory ca = PckChain.intermediate();
        ca.validity = bytes.concat(CrlWriter.time("200101000000Z"), CrlWriter.time("261001000000Z"));
        ca.subjectKey = uint256(keccak256("a CA that ends soon"));
        bytes32 caHash = collateral.upsertAuthority(PckChain.sign(ca));
        CertificateSpec memory leaf = PckChain.leaf();
        (leaf.issuerKey, leaf.subjectKey) = (ca.subjectKey, uint256(keccak256("its leaf")));
        registry.registerPlatform(PckChain.sign(leaf), caHash);
        (uint256 x, uint256 y) = vm.publicKeyP256(leaf.subjectKey);
        bytes32 pckKeyHash = keccak256(abi.encode(x, y, platformId));
        assertEq(registry.pckOf(pckKeyHash).notAfterUnixSec, 1_790_812_800, "ends with its CA");
    }

    /// Marlin: an EIP-712 domain of name and version alone made a signature good on every chain and deployment.
    function test_PeerDefect_Marlin_AttestedKeysAreOfOneChainAndOneRegistry() public {
        EnclaveKeys memory keys = validKeys();
        bytes32 elsewhere = typedDigest("Hearth Registry", address(0xbad), hashEnclaveKeys(keys));
        _expectRefused(
            keys,
            QuoteWriter.spec(elsewhere),
            abi.encodeWithSelector(IEnclaveRegistry.ReportDataWrong.selector, keysDigest(keys), elsewhere)
        );
        bytes32 here = keysDigest(keys);
        vm.chainId(block.chainid + 1);
        _expectRefused(
            keys,
            QuoteWriter.spec(here),
            abi.encodeWithSelector(IEnclaveRegistry.ReportDataWrong.selector, keysDigest(keys), here)
        );
    }

    /// flashtestations: the raw quote was kept in storage, 3.5 million gas of it.
    function test_PeerDefect_Flashtestations_TheQuoteIsNotStored() public {
        EnclaveKeys memory keys = validKeys();
        bytes memory quote = QuoteWriter.sign(quoteSpec(keys));
        bytes memory consent = enrolment(keys, PROVIDER_KEY);
        uint256 before = gasleft();
        registry.registerEnclave(keys, quote, pckKey(), deadline, consent);
        uint256 wordsOfTheQuote = quote.length / 32;
        assertTrue(before - gasleft() < wordsOfTheQuote * 20_000, "less than its storage alone would cost");
    }

    /// flashtestations: bytes of the report data that nobody understood were ignored.
    function test_PeerDefect_Flashtestations_NoByteGoesUnread() public {
        EnclaveKeys memory keys = validKeys();
        bytes memory quote = QuoteWriter.sign(quoteSpec(keys));
        bytes memory longer = bytes.concat(quote, hex"00");
        bytes memory consent = enrolment(keys, PROVIDER_KEY);
        vm.expectRevert();
        registry.registerEnclave(keys, longer, pckKey(), deadline, consent);
        registry.registerEnclave(keys, quote, pckKey(), deadline, consent);
    }

    function _pckCrl(string memory thisUpdate, uint256 serial) private pure returns (CrlSpec memory list) {
        list = CollateralWriter.pckCrl();
        list.thisUpdate = CrlWriter.time(thisUpdate);
        list.entries = CrlWriter.entry(serial);
    }

    function _authorityKeyId(bytes memory keyId) private pure returns (bytes memory) {
        bytes memory content = bytes.concat(hex"80", bytes1(uint8(keyId.length)), keyId);
        return
            PckChain.extension(
                hex"551d23",
                false,
                bytes.concat(hex"30", bytes1(uint8(content.length)), content)
            );
    }

    function _expectLeafRefused(CertificateSpec memory leaf, bytes4 selector) private {
        try registry.registerPlatform(PckChain.sign(leaf), CollateralWriter.authorityKeyHash()) {
            assertTrue(false, "accepted");
        } catch (bytes memory refusal) {
            assertEq(bytes32(bytes4(refusal)), bytes32(selector), "refusal");
        }
    }

    function _expectRefused(EnclaveKeys memory keys, QuoteSpec memory quote, bytes memory refusal) private {
        bytes memory signed = QuoteWriter.sign(quote);
        bytes memory consent = enrolment(keys, PROVIDER_KEY);
        vm.prank(RELAYER);
        vm.expectRevert(refusal);
        registry.registerEnclave(keys, signed, pckKey(), deadline, consent);
    }

    function _expectRefusedSomehow(EnclaveKeys memory keys, QuoteSpec memory quote) private {
        bytes memory signed = QuoteWriter.sign(quote);
        bytes memory consent = enrolment(keys, PROVIDER_KEY);
        vm.prank(RELAYER);
        vm.expectRevert();
        registry.registerEnclave(keys, signed, pckKey(), deadline, consent);
    }
}
