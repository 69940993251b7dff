// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IHearthSettlement} from "../src/interfaces/IHearthSettlement.sol";
import {ITestUsd} from "../src/interfaces/ITestUsd.sol";
import {SettlementFixture} from "./SettlementFixture.t.sol";

contract DepositsTest is SettlementFixture {
    uint96 private constant AMOUNT = 777_000;
    bytes32 private constant PERMIT_TYPEHASH = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant RECEIVE_TYPEHASH = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );

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
        (uint8 v, bytes32 r, bytes32 s) = _permit(AMOUNT);
        vm.prank(buyer);
        market.depositWithPermit(AMOUNT, NOW, v, r, s);
        assertEq(free(buyer) - freeBefore, AMOUNT, "credited");
    }

    /// A permit is public in the mempool: sending it first must not brick the deposit.
    function test_APermitSentFirstBySomebodyElseChangesNothing() public {
        (uint8 v, bytes32 r, bytes32 s) = _permit(AMOUNT);
        IERC20Permit(address(token)).permit(buyer, address(market), AMOUNT, NOW, v, r, s);
        vm.prank(buyer);
        market.depositWithPermit(AMOUNT, NOW, v, r, s);
        assertEq(free(buyer) - freeBefore, AMOUNT, "credited");
    }

    function test_RevertIf_ThePermitIsForgedAndNothingWasApproved() public {
        (uint8 v, bytes32 r, bytes32 s) = _permit(AMOUNT - 1);
        vm.expectRevert();
        vm.prank(buyer);
        market.depositWithPermit(AMOUNT, NOW, v, r, s);
        assertEq(free(buyer), freeBefore, "nothing");
    }

    function test_AnyoneSendsASignedAuthorization() public {
        bytes32 nonce = keccak256("nonce");
        (uint8 v, bytes32 r, bytes32 s) = _receive(address(market), AMOUNT, nonce);
        vm.prank(address(0x5e4de4));
        market.depositWithAuthorization(buyer, AMOUNT, NOW - 1, NOW + 1, nonce, v, r, s);
        assertEq(free(buyer) - freeBefore, AMOUNT, "credited to who paid");
        vm.expectRevert();
        market.depositWithAuthorization(buyer, AMOUNT, NOW - 1, NOW + 1, nonce, v, r, s);
    }

    function test_RevertIf_TheAuthorizationIsForAnotherAmountOrReceiver() public {
        bytes32 nonce = keccak256("nonce");
        (uint8 v, bytes32 r, bytes32 s) = _receive(address(market), AMOUNT, nonce);
        vm.expectRevert();
        market.depositWithAuthorization(buyer, AMOUNT + 1, NOW - 1, NOW + 1, nonce, v, r, s);
        (v, r, s) = _receive(address(0xbad), AMOUNT, nonce);
        vm.expectRevert();
        market.depositWithAuthorization(buyer, AMOUNT, NOW - 1, NOW + 1, nonce, v, r, s);
        vm.expectRevert(abi.encodeWithSelector(IHearthSettlement.ZeroAmount.selector));
        market.depositWithAuthorization(buyer, 0, NOW - 1, NOW + 1, nonce, v, r, s);
        assertEq(free(buyer), freeBefore, "nothing");
    }

    function _permit(uint256 amount) private view returns (uint8 v, bytes32 r, bytes32 s) {
        uint256 nonce = IERC20Permit(address(token)).nonces(buyer);
        bytes32 structHash = keccak256(
            abi.encode(PERMIT_TYPEHASH, buyer, address(market), amount, nonce, NOW)
        );
        return vm.sign(BUYER_KEY, typedDigest("Hearth Test USD", address(token), structHash));
    }

    function _receive(
        address to,
        uint256 amount,
        bytes32 nonce
    ) private view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 structHash = keccak256(
            abi.encode(RECEIVE_TYPEHASH, buyer, to, amount, NOW - 1, NOW + 1, nonce)
        );
        return vm.sign(BUYER_KEY, typedDigest("Hearth Test USD", address(token), structHash));
    }
}
