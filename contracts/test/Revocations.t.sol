// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnclaveRegistry} from "../src/interfaces/IEnclaveRegistry.sol";
import {IReleaseList} from "../src/interfaces/IReleaseList.sol";
import {EnclaveRecord, EnclaveRecords} from "../src/libraries/EnclaveRecord.sol";
import {EnclaveKeys} from "../src/types/EnclaveKeys.sol";
import {PckChain} from "./builders/PckChain.sol";
import {QuoteWriter} from "./builders/QuoteWriter.sol";
import {CollateralWriter} from "./builders/CollateralWriter.sol";
import {RegistryFixture} from "./RegistryFixture.t.sol";

/// What decisions about releases, platforms and keys do to registrations, and what they leave alone.
contract RevocationsTest is RegistryFixture {
    using EnclaveRecords for EnclaveRecord;

    function test_AnEnclaveIsUsableUntilItsAttestationEnds() public {
        EnclaveKeys memory keys = _registered();
        _assertUsability(keys, IReleaseList.Usability.Usable);
        vm.warp(registry.enclaveOf(keys.enclaveKey).expiresAtUnixSec);
        _assertUsability(keys, IReleaseList.Usability.Usable);
        vm.warp(block.timestamp + 1);
        _assertUsability(keys, IReleaseList.Usability.Expired);
    }

    function test_WithdrawingAReleaseStopsItsEnclavesAtOnce() public {
        _list().listRelease(_measurement(), 0);
        EnclaveKeys memory keys = _registered();
        assertEq(registry.enclaveOf(keys.enclaveKey).releaseNumber, 1, "its release");
        _list().withdrawRelease(_measurement());
        _assertUsability(keys, IReleaseList.Usability.ReleaseWithdrawn);
        _list().listRelease(_measurement(), 0);
        _assertUsability(keys, IReleaseList.Usability.Usable);
    }

    function test_RevertIf_TheReleaseWasWithdrawn() public {
        _list().listRelease(_measurement(), 0);
        _list().withdrawRelease(_measurement());
        _expectRefused(
            validKeys(),
            abi.encodeWithSelector(IReleaseList.ReleaseIsWithdrawn.selector, _measurement())
        );
    }

    function test_RevertIf_RegistrationsArePaused() public {
        _list().setRegistrationsPaused(true);
        _expectRefused(validKeys(), abi.encodeWithSelector(IReleaseList.RegistrationsPaused.selector));
        _list().setRegistrationsPaused(false);
        _registered();
    }

    function test_APauseOfRegistrationsLeavesEnclavesUsable() public {
        EnclaveKeys memory keys = _registered();
        _list().setRegistrationsPaused(true);
        _assertUsability(keys, IReleaseList.Usability.Usable);
    }

    function test_ARevokedKeyKeepsItsRecordForSettlement() public {
        EnclaveKeys memory keys = _registered();
        _list().revokeEnclaves(_one(keys.enclaveKey));
        _assertUsability(keys, IReleaseList.Usability.Revoked);
        EnclaveRecord memory record = registry.enclaveOf(keys.enclaveKey);
        assertTrue(record.isRevoked, "revoked");
        (address provider, uint8 tier) = registry.providerAndTierOf(keys.enclaveKey);
        assertEq(provider, keys.provider, "what settlement asks for is unchanged: provider");
        assertEq(tier, 0, "tier");
    }

    function test_RevertIf_ARevokedKeyRegistersAgain() public {
        EnclaveKeys memory keys = _registered();
        _list().revokeEnclaves(_one(keys.enclaveKey));
        _expectRefused(keys, abi.encodeWithSelector(IReleaseList.EnclaveIsRevoked.selector, keys.enclaveKey));
    }

    function test_ABannedPlatformsEnclavesAreRevokedAndNewOnesRefused() public {
        EnclaveKeys memory keys = _registered();
        _list().banPlatform(platformId, _one(keys.enclaveKey));
        _assertUsability(keys, IReleaseList.Usability.Revoked);
        assertEq(registry.platformProviderOf(platformId), address(0), "nobody holds it");
        keys.enclaveKey = vm.addr(0xe2);
        _expectRefused(keys, abi.encodeWithSelector(IReleaseList.PlatformIsBanned.selector, platformId));
    }

    function test_APlatformThatIsFreeAgainGoesToWhoeverComesFirst() public {
        _registered();
        _list().banPlatform(platformId, new address[](0));
        _list().unbanPlatform(platformId);
        EnclaveKeys memory keys = validKeys();
        (keys.provider, keys.enclaveKey) = (vm.addr(0xb0b), vm.addr(0xe2));
        register(keys, QuoteWriter.sign(quoteSpec(keys)), enrolment(keys, 0xb0b));
        assertEq(registry.platformProviderOf(platformId), vm.addr(0xb0b), "holder");
    }

    function test_ABanHoldsForAPlatformThatIsNotKnownYet() public {
        bytes32 unknown = keccak256("not seen yet");
        _list().banPlatform(unknown, new address[](0));
        assertTrue(_list().isPlatformBanned(unknown), "banned");
        assertTrue(!_list().isPlatformBanned(platformId), "and no other");
    }

    function test_RevertIf_TheHolderOfABannedPlatformReleasesIt() public {
        EnclaveKeys memory keys = _registered();
        _list().banPlatform(platformId, new address[](0));
        vm.prank(keys.provider);
        vm.expectRevert(
            abi.encodeWithSelector(IEnclaveRegistry.PlatformNotHeld.selector, platformId, keys.provider)
        );
        registry.releasePlatform(platformId);
    }

    /// The addresses that stand for "nobody" and "banned" are no providers.
    function test_RevertIf_AMarkPassesForAProvider() public {
        for (uint160 mark = 1; mark <= 2; mark++) {
            EnclaveKeys memory keys = validKeys();
            keys.provider = address(mark);
            _expectRefused(
                keys,
                abi.encodeWithSelector(
                    IEnclaveRegistry.EnclaveKeysIncomplete.selector,
                    keys.provider,
                    keys.enclaveKey
                )
            );
            if (mark == 2) _list().banPlatform(platformId, new address[](0));
            vm.prank(address(mark));
            vm.expectRevert(
                abi.encodeWithSelector(IEnclaveRegistry.PlatformNotHeld.selector, platformId, address(mark))
            );
            registry.releasePlatform(platformId);
        }
    }

    function test_ProductionsRuleAdmitsAListedReleaseUpToItsTier() public {
        _becomeStrict();
        _list().listRelease(_measurement(), 1);
        EnclaveKeys memory keys = validKeys();
        keys.tier = 1;
        register(keys, QuoteWriter.sign(quoteSpec(keys)));
        assertEq(registry.enclaveOf(keys.enclaveKey).tier, 1, "tier");
        keys.tier = 2;
        _expectRefused(keys, abi.encodeWithSelector(IEnclaveRegistry.TierNotAccepted.selector, 1, 2));
    }

    function test_RevertIf_ProductionsRuleMeetsAnUnlistedRelease() public {
        _becomeStrict();
        EnclaveKeys memory keys = validKeys();
        keys.tier = 1;
        _expectRefused(keys, abi.encodeWithSelector(IReleaseList.ReleaseNotListed.selector, _measurement()));
    }

    function test_RevertIf_ProductionsRuleMeetsTierZero() public {
        _becomeStrict();
        _list().listRelease(_measurement(), 2);
        _expectRefused(validKeys(), abi.encodeWithSelector(IEnclaveRegistry.TierNotAccepted.selector, 2, 0));
    }

    /// What is packed comes back, whatever it is; times after 2105 come back as the last that fits.
    function testFuzz_RecordsComeBackAsTheyWerePacked(
        address provider,
        uint8 kinds,
        uint16 releaseNumber,
        uint40 expiresAtUnixSec,
        uint32 registeredAtBlock
    ) public pure {
        EnclaveRecord memory record = EnclaveRecord({
            provider: provider,
            tier: kinds % 3,
            teeType: 1 + (kinds % 3),
            tcbStatus: kinds % 10,
            isRevoked: kinds % 2 == 1,
            releaseNumber: releaseNumber,
            expiresAtUnixSec: expiresAtUnixSec,
            registeredAtBlock: registeredAtBlock
        });
        EnclaveRecord memory got = record.pack().unpack();
        if (expiresAtUnixSec > type(uint32).max) record.expiresAtUnixSec = type(uint32).max;
        assertEq(keccak256(abi.encode(got)), keccak256(abi.encode(record)), "record");
        assertTrue(record.pack().revoked().isRevoked(), "revoked");
        assertEq(record.pack().revoked().provider(), provider, "by the same provider");
    }

    function _becomeStrict() private {
        registry = IEnclaveRegistry(
            deploy("ListedSimulatedRegistry", abi.encode(collateral, snpVerifier, deployAuthority()))
        );
        registry.registerPlatform(PckChain.sign(PckChain.leaf()), CollateralWriter.authorityKeyHash());
    }

    function _list() private view returns (IReleaseList) {
        return IReleaseList(address(registry));
    }

    function _registered() private returns (EnclaveKeys memory keys) {
        keys = validKeys();
        register(keys, QuoteWriter.sign(quoteSpec(keys)));
    }

    function _expectRefused(EnclaveKeys memory keys, bytes memory refusal) private {
        bytes memory quote = QuoteWriter.sign(quoteSpec(keys));
        bytes memory consent = enrolment(keys, PROVIDER_KEY);
        vm.prank(RELAYER);
        vm.expectRevert(refusal);
        registry.registerEnclave(keys, quote, pckKey(), deadline, consent);
    }

    function _assertUsability(EnclaveKeys memory keys, IReleaseList.Usability expected) private view {
        assertEq(uint8(_list().usabilityOf(keys.enclaveKey)), uint8(expected), "usability");
    }

    function _one(address enclaveKey) private pure returns (address[] memory keys) {
        keys = new address[](1);
        keys[0] = enclaveKey;
    }

    function _measurement() private pure returns (bytes32) {
        bytes memory mrtd = new bytes(48);
        for (uint256 i = 0; i < 48; i++) mrtd[i] = bytes1(uint8(i + 1));
        bytes memory zero = new bytes(48);
        return keccak256(abi.encode(uint8(2), mrtd, zero, zero, zero, zero, zero, zero));
    }
}
