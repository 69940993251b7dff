// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IHearthSettlement} from "../src/interfaces/IHearthSettlement.sol";
import {ITestUsd} from "../src/interfaces/ITestUsd.sol";
import {SignedDeposits} from "./SignedDeposits.sol";

contract DepositsTest is SignedDeposits {
    uint96 private constant AMOUNT = 777_000;

    uint96 private freeBefore;

    function setUp() public {
        prepareMarket();
        ITestUsd(address(token)).mint(buyer, 10 * AMOUNT);
        freeBefore = free(buyer);
    }

    function test_AnyoneDepositsForAnother() public {
        ITestUsd(address(token)).mint(address(this), AMOUNT);
        token.approve(address(market), AMOUNT);
        market.depositFor(buyer, AMOUNT);
        assertEq(free(buyer) - freeBefore, AMOUNT, "credited");
        vm.expectRevert(abi.encodeWithSelector(IHearthSettlement.ZeroAddress.selector));
        market.depositFor(address(0), AMOUNT);
    }

    function test_APermitReplacesTheApproval() public {
        (uint8 v, bytes32 r, bytes32 s) = signPermit(BUYER_KEY, AMOUNT, NOW);
        vm.prank(buyer);
        market.depositWithPermit(AMOUNT, NOW, v, r, s);
        assertEq(free(buyer) - freeBefore, AMOUNT, "credited");
    }

    /// A permit is public in the mempool: sending it first must not brick the deposit.
    function test_APermitSentFirstBySomebodyElseChangesNothing() public {
        (uint8 v, bytes32 r, bytes32 s) = signPermit(BUYER_KEY, AMOUNT, NOW);
        IERC20Permit(address(token)).permit(buyer, address(market), AMOUNT, NOW, v, r, s);
        vm.prank(buyer);
        market.depositWithPermit(AMOUNT, NOW, v, r, s);
        assertEq(free(buyer) - freeBefore, AMOUNT, "credited");
    }

    function test_RevertIf_ThePermitIsForgedAndNothingWasApproved() public {
        (uint8 v, bytes32 r, bytes32 s) = signPermit(BUYER_KEY, AMOUNT - 1, NOW);
        vm.expectRevert();
        vm.prank(buyer);
        market.depositWithPermit(AMOUNT, NOW, v, r, s);
        assertEq(free(buyer), freeBefore, "nothing");
    }

    function test_AnyoneSendsASignedAuthorization() public {
        bytes32 nonce = keccak256("nonce");
        (uint8 v, bytes32 r, bytes32 s) = signReceive(BUYER_KEY, address(market), AMOUNT, nonce);
        vm.prank(address(0x5e4de4));
        market.depositWithAuthorization(buyer, AMOUNT, NOW - 1, NOW + 1, nonce, v, r, s);
        assertEq(free(buyer) - freeBefore, AMOUNT, "credited to who paid");
        vm.expectRevert();
        market.depositWithAuthorization(buyer, AMOUNT, NOW - 1, NOW + 1, nonce, v, r, s);
    }

    function test_RevertIf_TheAuthorizationIsForAnotherAmountOrReceiver() public {
        bytes32 nonce = keccak256("nonce");
        (uint8 v, bytes32 r, bytes32 s) = signReceive(BUYER_KEY, address(market), AMOUNT, nonce);
        vm.expectRevert();
        market.depositWithAuthorization(buyer, AMOUNT + 1, NOW - 1, NOW + 1, nonce, v, r, s);
        (v, r, s) = signReceive(BUYER_KEY, address(0xbad), AMOUNT, nonce);
        vm.expectRevert();
        market.depositWithAuthorization(buyer, AMOUNT, NOW - 1, NOW + 1, nonce, v, r, s);
        vm.expectRevert(abi.encodeWithSelector(IHearthSettlement.ZeroAmount.selector));
        market.depositWithAuthorization(buyer, 0, NOW - 1, NOW + 1, nonce, v, r, s);
        assertEq(free(buyer), freeBefore, "nothing");
    }
}
