// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IHearthSettlement} from "../src/interfaces/IHearthSettlement.sol";
import {IReleaseList} from "../src/interfaces/IReleaseList.sol";
import {Base} from "./Base.t.sol";

/// Who may decide what, and how long it waits, on the contracts as they are deployed.
contract GovernanceTest is Base {
    address private constant ADMIN = address(0xad);
    address private constant MANAGER = address(0x3a);
    address private constant REVOKER = address(0x4e);
    address private constant GUARDIAN = address(0x9a);
    address private constant STRANGER = address(0x57);
    uint32 private constant ADMIN_DELAY = 7 days;
    uint32 private constant RELEASE_DELAY = 2 days;
    bytes32 private constant MEASUREMENT = keccak256("release");
    bytes32 private constant PLATFORM = keccak256("platform");

    IAccessManager private manager;
    IReleaseList private list;

    function setUp() public {
        vm.warp(NOW);
        manager = IAccessManager(_manager(ADMIN, MANAGER, REVOKER, GUARDIAN));
        address collateral = deploy("SimulatedDcapCollateral", "");
        address snpVerifier = deploy("SimulatedSnpVerifier", "");
        list = IReleaseList(
            deploy("SimulatedEnclaveRegistry", abi.encode(collateral, snpVerifier, address(manager)))
        );
    }

    function test_AReleaseIsListedWhenItsDelayIsOver() public {
        _list(MEASUREMENT, 1);
        IReleaseList.Release memory release = list.releaseOf(MEASUREMENT);
        assertTrue(release.status == IReleaseList.ReleaseStatus.Listed, "listed");
        assertEq(release.maxTier, 1, "tier");
        assertEq(release.number, 1, "number");
        assertEq(list.measurementOf(1), MEASUREMENT, "found by its number");
    }

    function test_RevertIf_AReleaseIsListedBeforeItsDelayIsOver() public {
        bytes memory call = abi.encodeCall(IReleaseList.listRelease, (MEASUREMENT, 1));
        vm.prank(MANAGER);
        manager.schedule(address(list), call, 0);
        vm.warp(NOW + RELEASE_DELAY - 1);
        bytes32 id = manager.hashOperation(MANAGER, address(list), call);
        vm.prank(MANAGER);
        vm.expectRevert(abi.encodeWithSelector(IAccessManager.AccessManagerNotReady.selector, id));
        list.listRelease(MEASUREMENT, 1);
    }

    function test_TheGuardianCancelsWhatTheReleaseManagerScheduled() public {
        bytes memory call = abi.encodeCall(IReleaseList.listRelease, (MEASUREMENT, 1));
        vm.prank(MANAGER);
        manager.schedule(address(list), call, 0);
        vm.prank(GUARDIAN);
        manager.cancel(MANAGER, address(list), call);
        vm.warp(NOW + RELEASE_DELAY);
        bytes32 id = manager.hashOperation(MANAGER, address(list), call);
        vm.prank(MANAGER);
        vm.expectRevert(abi.encodeWithSelector(IAccessManager.AccessManagerNotScheduled.selector, id));
        list.listRelease(MEASUREMENT, 1);
    }

    function test_ListingAgainKeepsTheNumberAndSetsTheTier() public {
        _list(MEASUREMENT, 1);
        _list(keccak256("another"), 2);
        _list(MEASUREMENT, 2);
        assertEq(list.releaseOf(MEASUREMENT).number, 1, "number");
        assertEq(list.releaseOf(MEASUREMENT).maxTier, 2, "tier");
        assertEq(list.releaseOf(keccak256("another")).number, 2, "the other's number");
    }

    function test_TheRevokerWithdrawsAtOnceAndTheManagerListsAgain() public {
        _list(MEASUREMENT, 1);
        vm.prank(REVOKER);
        list.withdrawRelease(MEASUREMENT);
        assertTrue(list.releaseOf(MEASUREMENT).status == IReleaseList.ReleaseStatus.Withdrawn, "withdrawn");
        _list(MEASUREMENT, 1);
        assertTrue(list.releaseOf(MEASUREMENT).status == IReleaseList.ReleaseStatus.Listed, "listed again");
    }

    /// The 65,535 releases before are not listed here but counted: slot 4, as docs/audit.md has it.
    function test_RevertIf_NoNumberIsLeftForAnotherRelease() public {
        _list(MEASUREMENT, 1);
        vm.store(address(list), bytes32(uint256(4)), bytes32(uint256(type(uint16).max)));
        bytes memory call = abi.encodeCall(IReleaseList.listRelease, (keccak256("one too many"), 1));
        _schedule(call);
        vm.prank(MANAGER);
        vm.expectRevert(abi.encodeWithSelector(IReleaseList.ReleasesFull.selector, type(uint16).max));
        list.listRelease(keccak256("one too many"), 1);
        _list(MEASUREMENT, 2);
        assertEq(list.releaseOf(MEASUREMENT).maxTier, 2, "what has a number is listed again");
    }

    function test_RevertIf_AReleaseIsWithdrawnThatIsNotListed() public {
        vm.prank(REVOKER);
        vm.expectRevert(abi.encodeWithSelector(IReleaseList.ReleaseNotListed.selector, MEASUREMENT));
        list.withdrawRelease(MEASUREMENT);
        _list(MEASUREMENT, 1);
        vm.prank(REVOKER);
        list.withdrawRelease(MEASUREMENT);
        vm.prank(REVOKER);
        vm.expectRevert(abi.encodeWithSelector(IReleaseList.ReleaseNotListed.selector, MEASUREMENT));
        list.withdrawRelease(MEASUREMENT);
    }

    function test_RevertIf_TheTierOfAReleaseIsNone() public {
        _schedule(abi.encodeCall(IReleaseList.listRelease, (MEASUREMENT, 3)));
        vm.prank(MANAGER);
        vm.expectRevert(abi.encodeWithSelector(IReleaseList.TierUnknown.selector, 2, 3));
        list.listRelease(MEASUREMENT, 3);
    }

    function test_RevertIf_AdditionsArePaused() public {
        _ban();
        vm.prank(GUARDIAN);
        list.setAdditionsPaused(true);
        assertTrue(list.additionsPaused(), "paused");
        _schedule(abi.encodeCall(IReleaseList.listRelease, (MEASUREMENT, 1)));
        _scheduleNow(abi.encodeCall(IReleaseList.unbanPlatform, (PLATFORM)));
        vm.prank(MANAGER);
        vm.expectRevert(IReleaseList.AdditionsPaused.selector);
        list.listRelease(MEASUREMENT, 1);
        vm.warp(block.timestamp + RELEASE_DELAY);
        vm.prank(MANAGER);
        vm.expectRevert(IReleaseList.AdditionsPaused.selector);
        list.unbanPlatform(PLATFORM);
    }

    function test_APauseOfAdditionsStopsNoWithdrawalAndNoBan() public {
        _list(MEASUREMENT, 1);
        vm.prank(GUARDIAN);
        list.setAdditionsPaused(true);
        vm.prank(REVOKER);
        list.withdrawRelease(MEASUREMENT);
        _ban();
        assertTrue(list.isPlatformBanned(PLATFORM), "banned");
        vm.prank(GUARDIAN);
        list.setAdditionsPaused(false);
        _list(MEASUREMENT, 1);
    }

    function test_TheGuardianPausesRegistrationsAndLetsThemThrough() public {
        vm.prank(GUARDIAN);
        list.setRegistrationsPaused(true);
        assertTrue(list.registrationsPaused(), "paused");
        vm.prank(GUARDIAN);
        list.setRegistrationsPaused(false);
        assertTrue(!list.registrationsPaused(), "open");
    }

    function test_ABanIsLiftedAfterItsDelay() public {
        _ban();
        _schedule(abi.encodeCall(IReleaseList.unbanPlatform, (PLATFORM)));
        vm.prank(MANAGER);
        list.unbanPlatform(PLATFORM);
        assertTrue(!list.isPlatformBanned(PLATFORM), "free");
    }

    function test_RevertIf_ABanIsLiftedThatThereIsNot() public {
        _schedule(abi.encodeCall(IReleaseList.unbanPlatform, (PLATFORM)));
        vm.prank(MANAGER);
        vm.expectRevert(abi.encodeWithSelector(IReleaseList.PlatformNotBanned.selector, PLATFORM));
        list.unbanPlatform(PLATFORM);
    }

    function test_RevertIf_AnUnknownKeyIsRevoked() public {
        address[] memory keys = new address[](1);
        keys[0] = address(0xe);
        vm.prank(REVOKER);
        vm.expectRevert(abi.encodeWithSelector(IReleaseList.EnclaveUnknown.selector, keys[0]));
        list.revokeEnclaves(keys);
    }

    function test_AnUnknownKeyIsNotUsable() public view {
        assertTrue(list.usabilityOf(address(0xe)) == IReleaseList.Usability.Unknown, "unknown");
    }

    /// Every decision by every account that must not take it.
    function test_RevertIf_SomebodyElseDecides() public {
        bytes[8] memory calls = [
            abi.encodeCall(IReleaseList.listRelease, (MEASUREMENT, 1)),
            abi.encodeCall(IReleaseList.unbanPlatform, (PLATFORM)),
            abi.encodeCall(IReleaseList.withdrawRelease, (MEASUREMENT)),
            abi.encodeCall(IReleaseList.banPlatform, (PLATFORM, new address[](0))),
            abi.encodeCall(IReleaseList.revokeEnclaves, (new address[](0))),
            abi.encodeCall(IReleaseList.setAdditionsPaused, (true)),
            abi.encodeCall(IReleaseList.setRegistrationsPaused, (true)),
            abi.encodeCall(IAccessManaged.setAuthority, (STRANGER))
        ];
        address[8] memory rightful = [
            MANAGER,
            MANAGER,
            REVOKER,
            REVOKER,
            REVOKER,
            GUARDIAN,
            GUARDIAN,
            address(manager)
        ];
        address[5] memory callers = [ADMIN, MANAGER, REVOKER, GUARDIAN, STRANGER];
        for (uint256 i = 0; i < calls.length; i++) {
            for (uint256 j = 0; j < callers.length; j++) {
                if (callers[j] == rightful[i]) continue;
                vm.prank(callers[j]);
                (bool done, bytes memory answer) = address(list).call(calls[i]);
                assertTrue(!done, "refused");
                assertEq(
                    bytes32(bytes4(answer)),
                    bytes32(IAccessManaged.AccessManagedUnauthorized.selector),
                    "as unauthorised"
                );
            }
        }
    }

    function test_RevertIf_TheAdminActsWithoutItsDelay() public {
        bytes memory call = abi.encodeCall(IAccessManager.grantRole, (3, ADMIN, 0));
        bytes32 id = manager.hashOperation(ADMIN, address(manager), call);
        vm.prank(ADMIN);
        vm.expectRevert(abi.encodeWithSelector(IAccessManager.AccessManagerNotScheduled.selector, id));
        manager.grantRole(3, ADMIN, 0);
        vm.prank(ADMIN);
        manager.schedule(address(manager), call, 0);
        vm.warp(NOW + ADMIN_DELAY);
        vm.prank(ADMIN);
        manager.grantRole(3, ADMIN, 0);
        (bool isGuardian, ) = manager.hasRole(3, ADMIN);
        assertTrue(isGuardian, "after the delay");
    }

    function test_TheAdminMayGiveAFunctionOfOneContractToAnotherRole() public {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = IReleaseList.withdrawRelease.selector;
        bytes memory call = abi.encodeCall(
            IAccessManager.setTargetFunctionRole,
            (address(list), selectors, 3)
        );
        vm.prank(ADMIN);
        manager.schedule(address(manager), call, 0);
        vm.warp(NOW + ADMIN_DELAY);
        vm.prank(ADMIN);
        manager.setTargetFunctionRole(address(list), selectors, 3);
        assertEq(manager.getTargetFunctionRole(address(list), selectors[0]), 3, "there");
        assertEq(manager.getTargetFunctionRole(address(0x1), selectors[0]), 2, "elsewhere as before");
    }

    function test_WhatNoRoleIsNamedForIsTheAdmins() public view {
        assertEq(
            manager.getTargetFunctionRole(address(list), IAccessManaged.setAuthority.selector),
            0,
            "admin"
        );
        assertEq(manager.getTargetFunctionRole(address(0x1), 0x12345678), 0, "anything, anywhere");
    }

    function test_TheDeployerAndTheManagerItselfHoldNoRole() public view {
        for (uint64 role = 0; role <= 3; role++) {
            (bool deployer, ) = manager.hasRole(role, address(this));
            (bool itself, ) = manager.hasRole(role, address(manager));
            assertTrue(!deployer && !itself, "no role");
        }
    }

    function test_RolesHaveTheirDelays() public view {
        _assertHolds(0, ADMIN, ADMIN_DELAY);
        _assertHolds(1, MANAGER, RELEASE_DELAY);
        _assertHolds(2, REVOKER, 0);
        _assertHolds(3, GUARDIAN, 0);
    }

    function test_RevertIf_ARoleHasNoHolder() public {
        for (uint256 missing = 0; missing < 4; missing++) {
            address[4] memory holders = [ADMIN, MANAGER, REVOKER, GUARDIAN];
            holders[missing] = address(0);
            vm.expectRevert(bytes4(keccak256("HolderMissing()")));
            this.deployManager(holders);
        }
    }

    function deployManager(address[4] calldata holders) external {
        _manager(holders[0], holders[1], holders[2], holders[3]);
    }

    function test_TheGuardianStopsDepositsAndOrdersThroughTheManager() public {
        address token = deploy("TestUsd", "");
        IHearthSettlement market = IHearthSettlement(
            deploy(
                "HearthSettlement",
                abi.encode(address(list), token, address(this), uint16(100), address(manager))
            )
        );
        bytes memory call = abi.encodeCall(IHearthSettlement.setEntryPaused, (true));
        vm.prank(GUARDIAN);
        manager.execute(address(market), call);
        assertTrue(market.entryPaused(), "paused");
        address[4] memory others = [ADMIN, MANAGER, REVOKER, STRANGER];
        for (uint256 i = 0; i < others.length; i++) {
            vm.prank(others[i]);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IAccessManager.AccessManagerUnauthorizedCall.selector,
                    others[i],
                    address(market),
                    IHearthSettlement.setEntryPaused.selector
                )
            );
            manager.execute(address(market), call);
        }
    }

    function _manager(
        address admin,
        address releaseManager,
        address revoker,
        address guardian
    ) private returns (address) {
        return
            deploy(
                "HearthAccessManager",
                abi.encode(admin, releaseManager, revoker, guardian, ADMIN_DELAY, RELEASE_DELAY)
            );
    }

    function _assertHolds(uint64 role, address account, uint32 delaySec) private view {
        (bool isMember, uint32 executionDelay) = manager.hasRole(role, account);
        assertTrue(isMember, "holds it");
        assertEq(executionDelay, delaySec, "delay");
    }

    function _ban() private {
        vm.prank(REVOKER);
        list.banPlatform(PLATFORM, new address[](0));
    }

    function _list(bytes32 measurementHash, uint8 maxTier) private {
        _schedule(abi.encodeCall(IReleaseList.listRelease, (measurementHash, maxTier)));
        vm.prank(MANAGER);
        list.listRelease(measurementHash, maxTier);
    }

    /// Schedules by the release manager, and waits.
    function _schedule(bytes memory call) private {
        _scheduleNow(call);
        vm.warp(block.timestamp + RELEASE_DELAY);
    }

    function _scheduleNow(bytes memory call) private {
        vm.prank(MANAGER);
        manager.schedule(address(list), call, 0);
    }
}
