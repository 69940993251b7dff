// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHearthSettlement} from "../src/interfaces/IHearthSettlement.sol";
import {IStakeVault} from "../src/interfaces/IStakeVault.sol";
import {ITestUsd} from "../src/interfaces/ITestUsd.sol";
import {ItemStatus} from "../src/libraries/SettlementRecords.sol";
import {Authorization, hashAuthorization} from "../src/types/Authorization.sol";
import {hashOrder} from "../src/types/Order.sol";
import {Settlement} from "../src/types/Settlement.sol";
import {MuteToken} from "./mocks/MuteToken.sol";
import {SettlementFixture} from "./SettlementFixture.t.sol";
import {SettleItem} from "./builders/SettleBatch.sol";

/// Defects that auditors found in peers' settlement and staking (research note, section 6), each shown to be absent.
contract SettlementPeerDefectsTest is SettlementFixture {
    uint40 private constant EXIT_DELAY = 7 days;

    bytes32 private orderHash;

    function setUp() public {
        prepareMarket();
        orderHash = open(validOrder());
    }

    /// Marlin MarketV1: what `transfer` returned was ignored, so a refused payment counted as made.
    function test_PeerDefect_Marlin_ATransferThatOnlySaysNoIsNoPayment() public {
        MuteToken mute = new MuteToken();
        market = newMarket(address(registry), address(mute), OPERATOR, FEE_BPS);
        mute.mint(buyer, MAX_SPEND);
        vm.prank(buyer);
        mute.approve(address(market), MAX_SPEND);
        vm.prank(buyer);
        market.deposit(MAX_SPEND);
        mute.refuse();
        vm.prank(buyer);
        vm.expectRevert();
        market.withdraw(MAX_SPEND);
        assertEq(free(buyer), MAX_SPEND, "still owed");
    }

    /// Livepeer, 2025-08: an orchestrator that changed its registration between rounds claimed more than was intended.
    function test_PeerDefect_Livepeer_ChangesOfTheRegistrationPayNothingTwice() public {
        address enclave = vm.addr(ENCLAVE_KEY);
        settle(_item(1, 100_000e6));
        registry.set(enclave, PROVIDER, 2, 3);
        assertStatus(settle(_item(1, 100_000e6)), ItemStatus.NothingNew, "registered anew");
        settle(_item(2, 150_000e6));
        registry.set(enclave, address(0), 0, 0);
        assertStatus(settle(_item(3, 200_000e6)), ItemStatus.EnclaveUnknown, "while it is gone");
        registry.set(enclave, PROVIDER, 1, 2);
        settle(_item(4, 220_000e6));
        assertEq(market.pairOf(orderHash, enclave).paidMicroUsd, 220_000, "the newest total, once");
        assertEq(claimable(PROVIDER) + claimable(OPERATOR), 220_000, "and no more than that is owed");
    }

    /// Graph Horizon M-04: while collection was paused, the payer revoked its signer, and work done was never paid.
    function test_PeerDefect_GraphM04_APauseLetsNoBuyerTakeItsWordBack() public {
        SettleItem memory done = _item(1, 100_000e6);
        vm.prank(GUARDIAN);
        market.setEntryPaused(true);
        vm.prank(buyer);
        market.requestClose(orderHash);
        vm.prank(buyer);
        vm.expectRevert(abi.encodeWithSelector(IHearthSettlement.OrderAlreadyKnown.selector, orderHash));
        market.cancelOrder(validOrder());
        vm.warp(NOW + WINDOW);
        vm.expectRevert(
            abi.encodeWithSelector(
                IHearthSettlement.OrderStillSettling.selector,
                orderHash,
                NOW + WINDOW,
                NOW + WINDOW
            )
        );
        market.closeOrder(orderHash);
        assertStatus(settle(done), ItemStatus.Settled, "three days later, still paused");
        vm.prank(PROVIDER);
        assertEq(market.claimAll(), 99_000, "and paid out");
    }

    /// Graph Horizon L-08: a cached domain separator made signatures of one chain good on its fork.
    function test_PeerDefect_GraphL08_TheDomainFollowsTheChain() public {
        SettleItem memory here = _item(1, 100_000e6);
        vm.chainId(block.chainid + 1);
        assertStatus(settle(here), ItemStatus.EnclaveSignatureInvalid, "signed before the fork");
        assertStatus(settle(_item(1, 100_000e6)), ItemStatus.Settled, "signed for the fork");
    }

    /// Graph Horizon L-15 and L-17: what came later inherited the clock of what was leaving, and asking again reset it.
    function test_PeerDefect_GraphL15L17_EveryBondLeavesByItsOwnClock() public {
        IStakeVault vault = _vault();
        registry.set(vm.addr(8), PROVIDER, 1, 2);
        uint256 first = vault.bond(vm.addr(ENCLAVE_KEY));
        vm.prank(PROVIDER);
        vault.requestExit(first);
        vm.warp(NOW + 6 days);
        uint256 second = vault.bond(vm.addr(8));
        assertEq(vault.bondOf(second).exitAtUnixSec, 0, "the new one is not leaving");
        vm.prank(PROVIDER);
        vault.requestExit(second);
        assertEq(vault.bondOf(first).exitAtUnixSec, NOW + EXIT_DELAY, "the first one's clock goes on");
        vm.warp(NOW + EXIT_DELAY + 1);
        vm.prank(PROVIDER);
        vault.withdrawBond(first, PROVIDER);
        vm.prank(PROVIDER);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStakeVault.BondStillSlashable.selector,
                second,
                NOW + 6 days + EXIT_DELAY,
                NOW + EXIT_DELAY + 1
            )
        );
        vault.withdrawBond(second, PROVIDER);
    }

    /// The same for orders: a buyer that closes again moves nothing, and money that it adds is free at once.
    function test_PeerDefect_GraphL15L17_ClosingAgainMovesNoClock() public {
        vm.prank(buyer);
        market.requestClose(orderHash);
        vm.warp(NOW + 1 hours);
        fund(buyer, 1_000);
        vm.prank(buyer);
        vm.expectRevert(
            abi.encodeWithSelector(
                IHearthSettlement.OrderOver.selector,
                orderHash,
                uint64(NOW),
                NOW + 1 hours
            )
        );
        market.requestClose(orderHash);
        uint96 freeNow = free(buyer);
        vm.prank(buyer);
        market.withdraw(freeNow);
        vm.warp(NOW + WINDOW + 1);
        market.closeOrder(orderHash);
        assertEq(free(buyer), MAX_SPEND, "the order's money, at the first clock");
    }

    /// iExec (ConsenSys 2020): a list of contributors without a bound could make the end of a task too expensive.
    function test_PeerDefect_Iexec_AnOrdersEndCostsTheSameHoweverManyServedIt() public {
        bytes32 crowded = orderHash;
        for (uint256 key = 1; key <= 60; key++) {
            registry.set(vm.addr(key), PROVIDER, 1, 2);
            Settlement memory settlement = validSettlement(crowded, 1_000e6);
            settlement.enclaveKey = vm.addr(key);
            settle(signItem(settlement, 1_000e6, key, SESSION_KEY));
            Authorization memory authorization = Authorization(crowded, vm.addr(key), 2_000e6, 0);
            market.reserve(
                authorization,
                signature65(SESSION_KEY, marketDigest(hashAuthorization(authorization)))
            );
        }
        vm.warp(NOW + 1 days + WINDOW + 1);
        uint256 before = gasleft();
        market.closeOrder(crowded);
        assertTrue(before - gasleft() < 50_000, "no loop over enclaves");
        assertEq(free(buyer), 5 * MAX_SPEND - 60_000, "all that was not earned, reserves included");
    }

    /// iExec (Halborn 2025): the domain's version in the contract was not the one that wallets signed.
    function test_PeerDefect_Iexec_TheDomainIsTheOneThatWalletsSign() public view {
        assertEq(orderHash, typedDigest("Hearth", address(market), hashOrder(validOrder())), "version 1");
    }

    function _vault() private returns (IStakeVault vault) {
        vault = IStakeVault(
            deploy("StakeVault", abi.encode(token, address(registry), address(market), 100, address(0x1525)))
        );
        ITestUsd(address(token)).mint(address(this), 1_000);
        token.approve(address(vault), 1_000);
    }

    function _item(uint64 sequence, uint128 cumulative) private view returns (SettleItem memory) {
        Settlement memory settlement = validSettlement(orderHash, cumulative);
        settlement.sequence = sequence;
        return signItem(settlement, cumulative, ENCLAVE_KEY, SESSION_KEY);
    }
}
