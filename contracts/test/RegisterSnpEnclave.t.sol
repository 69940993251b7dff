// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnclaveRegistry} from "../src/interfaces/IEnclaveRegistry.sol";
import {IReleaseList} from "../src/interfaces/IReleaseList.sol";
import {ISnpVerifier} from "../src/interfaces/ISnpVerifier.sol";
import {EnclaveDetails, EnclaveRecord} from "../src/libraries/EnclaveRecord.sol";
import {EnclaveKeys} from "../src/types/EnclaveKeys.sol";
import {SnpVerifierStub} from "./mocks/SnpVerifierStub.sol";
import {RegistryFixture} from "./RegistryFixture.t.sol";

/// What the registry does with evidence that was verified; the report itself is the verifier's affair.
contract RegisterSnpEnclaveTest is RegistryFixture {
    bytes32 private constant CHIP = keccak256("chip");
    bytes32 private constant MEASUREMENT = keccak256("snp measurement");
    uint40 private constant END = uint40(NOW + 1 hours);

    EnclaveKeys private keys;

    function setUp() public override {
        super.setUp();
        keys = validKeys();
        keys.teeType = 3;
        _attest(END);
    }

    function test_TheRecordHasProviderTierTypeAndTheFirstEndOfAll() public {
        vm.expectEmit();
        emit IEnclaveRegistry.EnclaveRegistered(
            keys.enclaveKey,
            keys.provider,
            CHIP,
            0,
            3,
            1,
            END,
            EnclaveDetails(keys.nodeKey, MEASUREMENT, CHIP, keys.firstHpkeKeyId, keys.configHash)
        );
        _register();
        EnclaveRecord memory record = registry.enclaveOf(keys.enclaveKey);
        assertEq(record.provider, keys.provider, "provider");
        assertEq(record.teeType, 3, "type");
        assertEq(record.tcbStatus, 1, "up to date: there are no degrees");
        assertEq(record.expiresAtUnixSec, END, "the collateral's end comes first");
        assertEq(registry.platformProviderOf(CHIP), keys.provider, "holder");
    }

    function test_AfterADayItIsOverWhateverTheCollateralSays() public {
        _attest(uint40(NOW + 30 days));
        _register();
        assertEq(registry.enclaveOf(keys.enclaveKey).expiresAtUnixSec, NOW + 24 hours, "a day");
    }

    function test_TheProviderItselfNeedsNoSignature() public {
        vm.prank(keys.provider);
        registry.registerSnpEnclave(keys, "", "", 0, 0, "");
        assertEq(registry.enclaveOf(keys.enclaveKey).provider, keys.provider, "provider");
    }

    function test_AChipIsItsProvidersUntilReleased() public {
        _register();
        address first = keys.provider;
        (keys.provider, keys.enclaveKey) = (address(0xcafe), vm.addr(0xe2));
        _attest(END);
        _expect(abi.encodeWithSelector(IEnclaveRegistry.PlatformOfOtherProvider.selector, CHIP, first));
        vm.prank(first);
        registry.releasePlatform(CHIP);
        _registerAs(keys.provider);
        assertEq(registry.platformProviderOf(CHIP), keys.provider, "the next one's");
    }

    function test_AKeyNeverChangesHands() public {
        _register();
        address first = keys.provider;
        keys.provider = address(0xcafe);
        _attest(END);
        _expect(
            abi.encodeWithSelector(IEnclaveRegistry.EnclaveOfOtherProvider.selector, keys.enclaveKey, first)
        );
    }

    function test_RevertIf_TheChipIsBanned() public {
        IReleaseList(address(registry)).banPlatform(CHIP, new address[](0));
        _expect(abi.encodeWithSelector(IReleaseList.PlatformIsBanned.selector, CHIP));
    }

    function test_RevertIf_RegistrationsArePaused() public {
        IReleaseList(address(registry)).setRegistrationsPaused(true);
        _expect(abi.encodeWithSelector(IReleaseList.RegistrationsPaused.selector));
    }

    function test_RevertIf_TheReleaseIsWithdrawn() public {
        IReleaseList(address(registry)).listRelease(MEASUREMENT, 0);
        IReleaseList(address(registry)).withdrawRelease(MEASUREMENT);
        _expect(abi.encodeWithSelector(IReleaseList.ReleaseIsWithdrawn.selector, MEASUREMENT));
    }

    function test_RevertIf_TheTierIsNotTheRegistrys() public {
        keys.tier = 1;
        _attest(END);
        _expect(abi.encodeWithSelector(IEnclaveRegistry.TierNotAccepted.selector, 0, 1));
    }

    function test_RevertIf_TheTypeIsAnother() public {
        keys.teeType = 2;
        _attest(END);
        _expect(abi.encodeWithSelector(IEnclaveRegistry.TeeTypeUnsupported.selector, 3, 2));
    }

    function test_RevertIf_TheReportIsOfOtherKeys() public {
        bytes32 attested = keysDigest(keys);
        keys.configHash = keccak256("another");
        _expect(
            abi.encodeWithSelector(IEnclaveRegistry.ReportDataWrong.selector, keysDigest(keys), attested)
        );
    }

    function test_RevertIf_TheAnchorIsOlderThan256Blocks() public {
        vm.roll(block.number + 256);
        _expect(
            abi.encodeWithSelector(
                IEnclaveRegistry.AnchorBlockWrong.selector,
                keys.anchorBlockNumber,
                bytes32(0),
                keys.anchorBlockHash
            )
        );
    }

    function test_RevertIf_TheProviderDoesNotConsent() public {
        vm.expectRevert(
            abi.encodeWithSelector(IEnclaveRegistry.ProviderConsentMissing.selector, keys.provider)
        );
        registry.registerSnpEnclave(keys, "", "", 0, deadline, "");
    }

    function test_RevertIf_TheVerifierRefuses() public {
        vm.prank(keys.provider);
        vm.expectRevert(ISnpVerifier.ReportSignatureInvalid.selector);
        registry.registerSnpEnclave(keys, "", "", bytes32(uint256(1)), 0, "");
    }

    function test_RevertIf_TheVerifierHasOtherRoots() public {
        SnpVerifierStub other = new SnpVerifierStub(keccak256("other roots"));
        try this.deployOver(other) {
            revert("a registry took a verifier under other roots");
        } catch (bytes memory revertData) {
            bytes memory expected = abi.encodeWithSelector(
                IEnclaveRegistry.CollateralOfOtherVendor.selector,
                SIMULATED_SNP_ROOTS,
                keccak256("other roots")
            );
            assertEq(keccak256(revertData), keccak256(expected), "error");
        }
    }

    function deployOver(ISnpVerifier other) external {
        deploy("SimulatedEnclaveRegistry", abi.encode(collateral, other, address(this)));
    }

    /// Evidence of the keys as they are now.
    function _attest(uint40 expiresAtUnixSec) private {
        snpVerifier.set(
            ISnpVerifier.SnpEvidence(MEASUREMENT, CHIP, keysDigest(keys), 0, 0, 2, expiresAtUnixSec)
        );
    }

    function _register() private {
        bytes memory signature = enrolment(keys, PROVIDER_KEY);
        vm.prank(RELAYER);
        registry.registerSnpEnclave(keys, "", "", 0, deadline, signature);
    }

    function _registerAs(address provider) private {
        vm.prank(provider);
        registry.registerSnpEnclave(keys, "", "", 0, 0, "");
    }

    function _expect(bytes memory revertData) private {
        vm.prank(keys.provider);
        vm.expectRevert(revertData);
        registry.registerSnpEnclave(keys, "", "", 0, 0, "");
    }
}
