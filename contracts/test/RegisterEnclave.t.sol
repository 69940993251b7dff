// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDcapCollateral} from "../src/interfaces/IDcapCollateral.sol";
import {IEnclaveRegistry} from "../src/interfaces/IEnclaveRegistry.sol";
import {EnclaveRecord} from "../src/libraries/EnclaveRecord.sol";
import {TcbStatus} from "../src/libraries/TcbStatus.sol";
import {EnclaveKeys} from "../src/types/EnclaveKeys.sol";
import {CollateralWriter} from "./builders/CollateralWriter.sol";
import {CrlSpec, CrlWriter} from "./builders/CrlWriter.sol";
import {PckChain} from "./builders/PckChain.sol";
import {QuoteSpec, QuoteWriter} from "./builders/QuoteWriter.sol";
import {Text} from "./builders/Text.sol";
import {RegistryFixture} from "./RegistryFixture.t.sol";
import {WalletMock} from "./mocks/WalletMock.sol";

contract RegisterEnclaveTest is RegistryFixture {
    function test_RelayerRegistersWithTheProvidersSignature() public {
        EnclaveKeys memory keys = validKeys();
        bytes memory quote = QuoteWriter.sign(quoteSpec(keys));
        register(keys, quote);
        EnclaveRecord memory enclave = registry.enclaveOf(keys.enclaveKey);
        assertEq(enclave.provider, keys.provider, "provider");
        assertEq(enclave.tier, 0, "tier");
        assertEq(enclave.teeType, 2, "teeType");
        assertEq(enclave.tcbStatus, uint8(TcbStatus.UpToDate), "TCB status");
        assertEq(enclave.expiresAtUnixSec, NOW + 24 hours, "expiry");
        assertEq(enclave.registeredAtBlock, block.number, "block");
        assertEq(registry.platformProviderOf(platformId), keys.provider, "platform holder");
        (address provider, uint8 tier) = registry.providerAndTierOf(keys.enclaveKey);
        assertEq(provider, keys.provider, "short view: provider");
        assertEq(tier, 0, "short view: tier");
    }

    function test_ProviderNeedsNoSignature() public {
        EnclaveKeys memory keys = validKeys();
        bytes memory quote = QuoteWriter.sign(quoteSpec(keys));
        vm.prank(keys.provider);
        registry.registerEnclave(keys, quote, pckKey(), 0, "");
        assertEq(registry.enclaveOf(keys.enclaveKey).provider, keys.provider, "provider");
    }

    function test_ContractWalletConsentsThroughErc1271() public {
        EnclaveKeys memory keys = validKeys();
        keys.provider = address(new WalletMock(vm.addr(PROVIDER_KEY)));
        register(keys, QuoteWriter.sign(quoteSpec(keys)));
        assertEq(registry.enclaveOf(keys.enclaveKey).provider, keys.provider, "provider");
    }

    function test_ContractWalletRefusesAnotherSigner() public {
        EnclaveKeys memory keys = validKeys();
        keys.provider = address(new WalletMock(vm.addr(PROVIDER_KEY)));
        bytes memory quote = QuoteWriter.sign(quoteSpec(keys));
        bytes memory wrong = enrolment(keys, 0xbad);
        vm.expectRevert(
            abi.encodeWithSelector(IEnclaveRegistry.ProviderConsentMissing.selector, keys.provider)
        );
        register(keys, quote, wrong);
    }

    function test_RegistersAgainWithALaterExpiry() public {
        EnclaveKeys memory keys = validKeys();
        register(keys, QuoteWriter.sign(quoteSpec(keys)));
        vm.warp(NOW + 30 minutes);
        vm.roll(block.number + 10);
        keys.anchorBlockNumber = uint64(block.number - 1);
        keys.anchorBlockHash = blockhash(block.number - 1);
        register(keys, QuoteWriter.sign(quoteSpec(keys)));
        assertEq(registry.enclaveOf(keys.enclaveKey).expiresAtUnixSec, NOW + 30 minutes + 24 hours, "expiry");
    }

    function test_RevertIf_PckCertificateHasExpired() public {
        uint256 notAfter = 2_524_607_999; // 2049-12-31T23:59:59Z
        vm.warp(notAfter + 1);
        deadline = type(uint64).max;
        EnclaveKeys memory keys = validKeys();
        _expectRefused(
            keys,
            QuoteWriter.sign(quoteSpec(keys)),
            abi.encodeWithSelector(IEnclaveRegistry.PckCertificateExpired.selector, notAfter, notAfter + 1)
        );
    }

    function test_ExpiryIsTheFirstEndOfAllThatWasUsed() public {
        vm.warp(1_790_812_800 - 1 hours); // the TCB info ends
        deadline = type(uint64).max;
        EnclaveKeys memory keys = validKeys();
        register(keys, QuoteWriter.sign(quoteSpec(keys)));
        assertEq(registry.enclaveOf(keys.enclaveKey).expiresAtUnixSec, 1_790_812_800, "expiry");
    }

    function test_SoftwareHardeningNeededIsAcceptedAndSaid() public {
        _upsertStatus("2026-09-02", "SWHardeningNeeded");
        EnclaveKeys memory keys = validKeys();
        register(keys, QuoteWriter.sign(quoteSpec(keys)));
        assertEq(registry.enclaveOf(keys.enclaveKey).tcbStatus, uint8(TcbStatus.SWHardeningNeeded), "status");
    }

    function test_RevertIf_ThePlatformIsNotCurrent() public {
        string[5] memory statuses = [
            "ConfigurationNeeded",
            "ConfigurationAndSWHardeningNeeded",
            "OutOfDate",
            "OutOfDateConfigurationNeeded",
            "Revoked"
        ];
        uint8[5] memory expected = [3, 4, 5, 6, 9];
        for (uint256 i = 0; i < 5; i++) {
            _upsertStatus(string.concat("2026-09-0", CollateralWriter.decimal(2 + i)), statuses[i]);
            EnclaveKeys memory keys = validKeys();
            _expectRefused(
                keys,
                QuoteWriter.sign(quoteSpec(keys)),
                abi.encodeWithSelector(IEnclaveRegistry.TcbStatusRefused.selector, expected[i])
            );
        }
    }

    /// A kept standing must not outlive what it rests on: neither by time nor by a change of collateral.
    function test_AKeptStandingEndsWithItsCollateral() public {
        EnclaveKeys memory keys = validKeys();
        register(keys, QuoteWriter.sign(quoteSpec(keys)));
        register(keys, QuoteWriter.sign(quoteSpec(keys)));
        _upsertStatus("2026-09-02", "OutOfDate");
        _expectRefused(
            keys,
            QuoteWriter.sign(quoteSpec(keys)),
            abi.encodeWithSelector(IEnclaveRegistry.TcbStatusRefused.selector, TcbStatus.OutOfDate)
        );
    }

    function test_RevertIf_RevokedAfterAStandingWasKept() public {
        EnclaveKeys memory keys = validKeys();
        register(keys, QuoteWriter.sign(quoteSpec(keys)));
        CrlSpec memory list = CollateralWriter.pckCrl();
        list.thisUpdate = CrlWriter.time("260911000000Z");
        list.entries = CrlWriter.entry(PckChain.SERIAL);
        collateral.upsertPckCrl(CrlWriter.sign(list), CollateralWriter.authorityKeyHash());
        _expectRefused(
            keys,
            QuoteWriter.sign(quoteSpec(keys)),
            abi.encodeWithSelector(IDcapCollateral.PckCertificateRevoked.selector, PckChain.SERIAL)
        );
    }

    function test_RevertIf_CollateralIsOverAlthoughAStandingWasKept() public {
        EnclaveKeys memory keys = validKeys();
        register(keys, QuoteWriter.sign(quoteSpec(keys)));
        vm.warp(1_790_812_801);
        deadline = type(uint64).max;
        _expectRefused(
            keys,
            QuoteWriter.sign(quoteSpec(keys)),
            abi.encodeWithSelector(
                IDcapCollateral.TcbInfoNotInForce.selector,
                bytes6(0x00906ea10000),
                bytes2(0x0a0b),
                1_790_812_800,
                1_790_812_801
            )
        );
    }

    /// What a standing is kept under names everything that decides it.
    function test_AKeptStandingIsOfOneTcbOnly() public {
        EnclaveKeys memory keys = validKeys();
        register(keys, QuoteWriter.sign(quoteSpec(keys)));
        for (uint256 i = 0; i < 5; i++) {
            QuoteSpec memory quote = quoteSpec(keys);
            if (i == 0) quote.report[0] = 0x06; // module ISVSVN
            if (i == 1) quote.report[2] = 0x03; // microcode
            if (i == 2) quote.qeReport[258] = 0x05; // QE ISVSVN
            if (i == 3) quote.report[64] = 0x01; // MRSIGNERSEAM
            if (i == 4) quote.qeReport[128] = 0x01; // QE MRSIGNER
            bytes memory consent = enrolment(keys, PROVIDER_KEY);
            (bool accepted, ) = address(registry).call(
                abi.encodeCall(
                    registry.registerEnclave,
                    (keys, QuoteWriter.sign(quote), pckKey(), deadline, consent)
                )
            );
            assertTrue(!accepted, "another TCB was accepted");
        }
    }

    function test_RevertIf_PckKeyUnknown() public {
        EnclaveKeys memory keys = validKeys();
        bytes memory quote = QuoteWriter.sign(quoteSpec(keys));
        IEnclaveRegistry.PckKey memory unknown = pckKey();
        unknown.platformId = keccak256("another platform");
        bytes memory consent = enrolment(keys, PROVIDER_KEY);
        vm.expectRevert(
            abi.encodeWithSelector(IEnclaveRegistry.PckKeyUnknown.selector, keccak256(abi.encode(unknown)))
        );
        registry.registerEnclave(keys, quote, unknown, deadline, consent);
    }

    function test_RevertIf_EnrolmentExpired() public {
        EnclaveKeys memory keys = validKeys();
        deadline = uint64(NOW - 1);
        _expectRefused(
            keys,
            QuoteWriter.sign(quoteSpec(keys)),
            abi.encodeWithSelector(IEnclaveRegistry.EnrolmentExpired.selector, deadline, NOW)
        );
    }

    function test_RevertIf_SomebodyElseConsents() public {
        EnclaveKeys memory keys = validKeys();
        bytes memory quote = QuoteWriter.sign(quoteSpec(keys));
        bytes memory wrong = enrolment(keys, 0xbad);
        vm.expectRevert(
            abi.encodeWithSelector(IEnclaveRegistry.ProviderConsentMissing.selector, keys.provider)
        );
        register(keys, quote, wrong);
    }

    function test_RevertIf_ConsentWasForAnotherNode() public {
        EnclaveKeys memory keys = validKeys();
        bytes memory consent = enrolment(keys, PROVIDER_KEY);
        keys.nodeKey = keccak256("another node");
        bytes memory quote = QuoteWriter.sign(quoteSpec(keys));
        vm.expectRevert(
            abi.encodeWithSelector(IEnclaveRegistry.ProviderConsentMissing.selector, keys.provider)
        );
        register(keys, quote, consent);
    }

    function test_RevertIf_ProviderOrEnclaveKeyIsMissing() public {
        EnclaveKeys memory keys = validKeys();
        keys.enclaveKey = address(0);
        _expectIncomplete(keys);
        keys = validKeys();
        keys.provider = address(0);
        _expectIncomplete(keys);
        keys.provider = address(1);
        _expectIncomplete(keys);
    }

    function test_RevertIf_EnclaveKeyHasAnotherProvider() public {
        EnclaveKeys memory keys = validKeys();
        register(keys, QuoteWriter.sign(quoteSpec(keys)));
        vm.prank(keys.provider);
        registry.releasePlatform(platformId);
        keys.provider = vm.addr(0xb0b);
        bytes memory quote = QuoteWriter.sign(quoteSpec(keys));
        bytes memory consent = enrolment(keys, 0xb0b);
        vm.expectRevert(
            abi.encodeWithSelector(
                IEnclaveRegistry.EnclaveOfOtherProvider.selector,
                keys.enclaveKey,
                vm.addr(PROVIDER_KEY)
            )
        );
        register(keys, quote, consent);
    }

    function test_RevertIf_PlatformHasAnotherProvider() public {
        EnclaveKeys memory keys = validKeys();
        register(keys, QuoteWriter.sign(quoteSpec(keys)));
        keys.provider = vm.addr(0xb0b);
        keys.enclaveKey = vm.addr(0xe2);
        bytes memory quote = QuoteWriter.sign(quoteSpec(keys));
        bytes memory consent = enrolment(keys, 0xb0b);
        vm.expectRevert(
            abi.encodeWithSelector(
                IEnclaveRegistry.PlatformOfOtherProvider.selector,
                platformId,
                vm.addr(PROVIDER_KEY)
            )
        );
        register(keys, quote, consent);
    }

    function test_ReleasedPlatformGoesToTheNextProvider() public {
        EnclaveKeys memory keys = validKeys();
        register(keys, QuoteWriter.sign(quoteSpec(keys)));
        vm.prank(keys.provider);
        registry.releasePlatform(platformId);
        assertEq(registry.platformProviderOf(platformId), address(0), "nobody holds it");
        keys.provider = vm.addr(0xb0b);
        keys.enclaveKey = vm.addr(0xe2);
        bytes memory quote = QuoteWriter.sign(quoteSpec(keys));
        register(keys, quote, enrolment(keys, 0xb0b));
        assertEq(registry.platformProviderOf(platformId), keys.provider, "next holder");
        assertEq(
            registry.enclaveOf(vm.addr(ENCLAVE_KEY)).provider,
            vm.addr(PROVIDER_KEY),
            "first enclave stays"
        );
    }

    function test_RevertIf_ReleasedByNonHolder() public {
        vm.expectRevert(
            abi.encodeWithSelector(IEnclaveRegistry.PlatformNotHeld.selector, platformId, address(this))
        );
        registry.releasePlatform(platformId);
    }

    function test_RevertIf_ReportDataIsForOtherKeys() public {
        EnclaveKeys memory keys = validKeys();
        bytes32 attested = keysDigest(keys);
        bytes memory quote = QuoteWriter.sign(quoteSpec(keys));
        keys.configHash = keccak256("another configuration");
        _expectRefused(
            keys,
            quote,
            abi.encodeWithSelector(IEnclaveRegistry.ReportDataWrong.selector, keysDigest(keys), attested)
        );
    }

    function test_RevertIf_TeeTypeIsNotTdx() public {
        EnclaveKeys memory keys = validKeys();
        keys.teeType = 3;
        _expectRefused(
            keys,
            QuoteWriter.sign(quoteSpec(keys)),
            abi.encodeWithSelector(IEnclaveRegistry.TeeTypeUnsupported.selector, 2, 3)
        );
    }

    function test_RevertIf_SimulatedEnclaveClaimsARealTier() public {
        EnclaveKeys memory keys = validKeys();
        keys.tier = 1;
        _expectRefused(
            keys,
            QuoteWriter.sign(quoteSpec(keys)),
            abi.encodeWithSelector(IEnclaveRegistry.TierNotAccepted.selector, 0, 1)
        );
    }

    function test_RevertIf_AnchorHashIsWrong() public {
        EnclaveKeys memory keys = validKeys();
        keys.anchorBlockHash = keccak256("another chain");
        _expectAnchorRefused(keys);
    }

    function test_RevertIf_AnchorIsOlderThan256Blocks() public {
        EnclaveKeys memory keys = validKeys();
        vm.roll(uint256(keys.anchorBlockNumber) + 257);
        _expectAnchorRefused(keys);
    }

    function test_AnchorMayBe256BlocksOld() public {
        EnclaveKeys memory keys = validKeys();
        vm.roll(uint256(keys.anchorBlockNumber) + 256);
        keys.anchorBlockHash = blockhash(keys.anchorBlockNumber);
        register(keys, QuoteWriter.sign(quoteSpec(keys)));
        assertEq(registry.enclaveOf(keys.enclaveKey).provider, keys.provider, "provider");
    }

    function test_RevertIf_AnchorIsInTheFuture() public {
        EnclaveKeys memory keys = validKeys();
        keys.anchorBlockNumber = uint64(block.number);
        keys.anchorBlockHash = 0;
        _expectAnchorRefused(keys);
    }

    function _expectAnchorRefused(EnclaveKeys memory keys) private {
        _expectRefused(
            keys,
            QuoteWriter.sign(quoteSpec(keys)),
            abi.encodeWithSelector(
                IEnclaveRegistry.AnchorBlockWrong.selector,
                keys.anchorBlockNumber,
                blockhash(keys.anchorBlockNumber),
                keys.anchorBlockHash
            )
        );
    }

    /// A newer document in which the newest platform level has this status.
    function _upsertStatus(string memory issueDate, string memory status) private {
        string memory newest = CollateralWriter.level(7, 515, "5,0,4", "UpToDate", "");
        string memory text = Text.swap(CollateralWriter.tcbInfo(), "2026-09-01", issueDate);
        upsertTcbInfo(Text.swap(text, newest, Text.swap(newest, "UpToDate", status)));
    }

    function _expectIncomplete(EnclaveKeys memory keys) private {
        _expectRefused(
            keys,
            QuoteWriter.sign(quoteSpec(keys)),
            abi.encodeWithSelector(
                IEnclaveRegistry.EnclaveKeysIncomplete.selector,
                keys.provider,
                keys.enclaveKey
            )
        );
    }

    function _expectRefused(EnclaveKeys memory keys, bytes memory quote, bytes memory revertData) private {
        bytes memory consent = enrolment(keys, PROVIDER_KEY);
        vm.expectRevert(revertData);
        register(keys, quote, consent);
    }
}
