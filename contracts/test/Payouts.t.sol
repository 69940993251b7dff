// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IHearthSettlement} from "../src/interfaces/IHearthSettlement.sol";
import {Signers} from "../src/libraries/Signers.sol";
import {ItemStatus} from "../src/libraries/SettlementRecords.sol";
import {ClaimAuthorization, hashClaimAuthorization} from "../src/types/ClaimAuthorization.sol";
import {CloseAuthorization, hashCloseAuthorization} from "../src/types/CloseAuthorization.sol";
import {Order} from "../src/types/Order.sol";
import {WithdrawAuthorization, hashWithdrawAuthorization} from "../src/types/WithdrawAuthorization.sol";
import {BlockingUsd} from "./mocks/BlockingUsd.sol";
import {SettlementFixture} from "./SettlementFixture.t.sol";
import {SettleItem} from "./builders/SettleBatch.sol";
import {ITestUsd} from "../src/interfaces/ITestUsd.sol";

/// How money leaves: to whom its owner says, by its own call or by its signature, and nobody can be in the way.
contract PayoutsTest is SettlementFixture {
    address private constant RECIPIENT = address(0xcafe);
    uint256 private constant P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551;
    uint256 private constant P256_KEY = 0x7913;

    function setUp() public {
        prepareMarket();
    }

    function test_OwnersNameTheRecipient() public {
        settle(validItem(open(validOrder()), 100_000e6));
        vm.prank(PROVIDER);
        market.claimTo(RECIPIENT, 99_000);
        vm.prank(buyer);
        market.withdrawTo(RECIPIENT, 5);
        assertEq(token.balanceOf(RECIPIENT), 99_005, "tokens");
        vm.prank(buyer);
        vm.expectRevert(abi.encodeWithSelector(IHearthSettlement.ZeroAddress.selector));
        market.withdrawTo(address(0), 5);
    }

    function test_AnyoneWithdrawsForTheBuyerWithItsSignature() public {
        WithdrawAuthorization memory authorization = _withdrawal(buyer);
        bytes memory signature = signature65(BUYER_KEY, _digestOf(authorization));
        market.withdrawFor(authorization, signature);
        assertEq(token.balanceOf(RECIPIENT), 1_000, "tokens");
        assertEq(free(buyer), 5 * MAX_SPEND - 1_000, "free");
        vm.expectRevert(abi.encodeWithSelector(IHearthSettlement.NonceWrong.selector, uint64(1), uint64(0)));
        market.withdrawFor(authorization, signature);
    }

    function test_RevertIf_AWithdrawalIsForgedOrLate() public {
        WithdrawAuthorization memory authorization = _withdrawal(buyer);
        bytes memory forged = signature65(0xbad, _digestOf(authorization));
        vm.expectRevert(abi.encodeWithSelector(IHearthSettlement.PayoutSignatureInvalid.selector, buyer));
        market.withdrawFor(authorization, forged);
        vm.warp(NOW + 1 hours + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IHearthSettlement.SignatureExpired.selector,
                uint64(NOW + 1 hours),
                NOW + 1 hours + 1
            )
        );
        market.withdrawFor(authorization, forged);
    }

    function test_AnyoneEndsAnOrderForTheBuyerWithItsSignature() public {
        Order memory order = validOrder();
        bytes memory signature = _endSignature(order, BUYER_KEY);
        market.endOrderFor(order, signature);
        assertEq(uint256(market.orderOf(orderDigest(order)).status), 3, "cancelled before it opened");
        order.salt = keccak256("opened");
        bytes32 orderHash = open(order);
        vm.warp(NOW + 1 hours);
        signature = _endSignature(order, BUYER_KEY);
        market.endOrderFor(order, signature);
        assertEq(market.orderOf(orderHash).validUntilUnixSec, NOW + 1 hours, "ended");
        vm.expectRevert(
            abi.encodeWithSelector(
                IHearthSettlement.OrderOver.selector,
                orderHash,
                uint64(NOW + 1 hours),
                NOW + 1 hours
            )
        );
        market.endOrderFor(order, signature);
    }

    function test_RevertIf_AnotherThanTheBuyerSignedTheEnd() public {
        Order memory order = validOrder();
        bytes memory signature = _endSignature(order, 0xbad);
        vm.expectRevert(
            abi.encodeWithSelector(
                IHearthSettlement.OrderSignatureInvalid.selector,
                orderDigest(order),
                buyer
            )
        );
        market.endOrderFor(order, signature);
    }

    /// Marlin MarketV1: every exit pushed to the provider first, so one refused address trapped the buyer's escrow.
    function test_PeerDefect_ABlocklistedProviderHoldsUpNobody() public {
        BlockingUsd blocking = new BlockingUsd();
        token = IERC20(address(blocking));
        market = newMarket(address(registry), address(token), OPERATOR, FEE_BPS);
        fund(buyer, MAX_SPEND);
        bytes32 orderHash = open(validOrder());
        settle(validItem(orderHash, 100_000e6));
        blocking.blockAddress(PROVIDER);
        blocking.blockAddress(OPERATOR);
        vm.warp(NOW + 1 days + WINDOW + 1);
        market.closeOrder(orderHash);
        vm.prank(buyer);
        market.withdraw(MAX_SPEND - 100_000);
        assertEq(token.balanceOf(buyer), MAX_SPEND - 100_000, "the buyer has left");
        vm.prank(PROVIDER);
        vm.expectRevert(abi.encodeWithSelector(BlockingUsd.AddressBlocked.selector, PROVIDER));
        market.claimAll();
        vm.prank(PROVIDER);
        market.claimTo(RECIPIENT, 99_000);
        assertEq(token.balanceOf(RECIPIENT), 99_000, "not even the provider is stuck");
    }

    /// Marlin AttestationVerifier: a domain of name and version alone makes a signature valid everywhere.
    function test_PeerDefect_APayoutSignedForAnotherMarketIsWorthless() public {
        WithdrawAuthorization memory authorization = _withdrawal(buyer);
        bytes32 elsewhere = typedDigest("Hearth", address(0xe15e), hashWithdrawAuthorization(authorization));
        bytes memory signature = signature65(BUYER_KEY, elsewhere);
        vm.expectRevert(abi.encodeWithSelector(IHearthSettlement.PayoutSignatureInvalid.selector, buyer));
        market.withdrawFor(authorization, signature);
    }

    function test_AP256KeyBuysThroughErc7913() public {
        bytes memory signer = _p256Signer();
        address account = Signers.accountOfKey(signer);
        token.approve(address(market), type(uint256).max);
        ITestUsd(address(token)).mint(address(this), MAX_SPEND);
        market.depositFor(account, MAX_SPEND);
        Order memory order = validOrder();
        order.buyer = account;
        bytes32 orderHash = market.openOrder(order, _envelope(signer, orderDigest(order)));
        assertStatus(settle(validItem(orderHash, 100_000e6)), ItemStatus.Settled, "settled");
        bytes32 end = marketDigest(hashCloseAuthorization(CloseAuthorization(orderHash)));
        market.endOrderFor(order, _envelope(signer, end));
        vm.warp(NOW + WINDOW + 1);
        market.closeOrder(orderHash);
        WithdrawAuthorization memory authorization = _withdrawal(account);
        authorization.deadlineUnixSec = uint64(NOW + WINDOW + 1);
        authorization.amountMicroUsd = MAX_SPEND - 100_000;
        market.withdrawFor(authorization, _envelope(signer, _digestOf(authorization)));
        assertEq(token.balanceOf(RECIPIENT), MAX_SPEND - 100_000, "and leaves");
    }

    function test_RevertIf_AnErc7913EnvelopeIsForAnotherAccountOrBent() public {
        bytes memory signer = _p256Signer();
        WithdrawAuthorization memory authorization = _withdrawal(buyer);
        _expectPayoutRefused(authorization, _envelope(signer, _digestOf(authorization)));
        authorization.buyer = Signers.accountOfKey(signer);
        _expectPayoutRefused(authorization, _envelope(signer, keccak256("another message")));
        bytes memory other = abi.encodePacked(signer, hex"00");
        _expectPayoutRefused(authorization, _envelope(other, _digestOf(authorization)));
        _expectPayoutRefused(authorization, hex"7913000000");
        _expectPayoutRefused(authorization, hex"12345678");
        // Twenty bytes name an address, which would sign as itself: never as somebody's derived account.
        bytes memory plain = abi.encodePacked(buyer);
        authorization.buyer = Signers.accountOfKey(plain);
        bytes memory signature = signature65(BUYER_KEY, _digestOf(authorization));
        _expectPayoutRefused(
            authorization,
            abi.encodePacked(Signers.ERC7913_ENVELOPE, abi.encode(plain, signature))
        );
    }

    function test_RevertIf_TheAccountIsNobody() public {
        WithdrawAuthorization memory authorization = _withdrawal(address(0));
        vm.expectRevert(
            abi.encodeWithSelector(IHearthSettlement.PayoutSignatureInvalid.selector, address(0))
        );
        market.withdrawFor(authorization, new bytes(65));
    }

    /// One nonce for claims and withdrawals: of two signed for the same number only one is ever used.
    function test_AClaimUsesUpTheNonceOfAWithdrawal() public {
        address home = vm.addr(0x40e);
        registry.set(vm.addr(ENCLAVE_KEY), home, 1, 2);
        bytes32 orderHash = open(validOrder());
        assertStatus(_settleFor(home, orderHash), ItemStatus.Settled, "earned");
        ClaimAuthorization memory claim = ClaimAuthorization(home, RECIPIENT, 1, 0, uint64(NOW + 1));
        bytes memory claimSignature = signature65(0x40e, marketDigest(hashClaimAuthorization(claim)));
        WithdrawAuthorization memory withdrawal = _withdrawal(home);
        bytes memory signature = signature65(0x40e, _digestOf(withdrawal));
        market.claimFor(claim, claimSignature);
        vm.expectRevert(abi.encodeWithSelector(IHearthSettlement.NonceWrong.selector, uint64(1), uint64(0)));
        market.withdrawFor(withdrawal, signature);
    }

    function _settleFor(address provider, bytes32 orderHash) private returns (ItemStatus) {
        SettleItem memory item = validItem(orderHash, 1_000e6);
        item.settlement.provider = provider;
        return settle(signItem(item.settlement, 1_000e6, ENCLAVE_KEY, SESSION_KEY));
    }

    function _expectPayoutRefused(
        WithdrawAuthorization memory authorization,
        bytes memory signature
    ) private {
        vm.expectRevert();
        market.withdrawFor(authorization, signature);
    }

    function _withdrawal(address account) private pure returns (WithdrawAuthorization memory) {
        return WithdrawAuthorization(account, RECIPIENT, 1_000, 0, uint64(NOW + 1 hours));
    }

    function _digestOf(WithdrawAuthorization memory authorization) private view returns (bytes32) {
        return marketDigest(hashWithdrawAuthorization(authorization));
    }

    function _endSignature(Order memory order, uint256 key) private view returns (bytes memory) {
        bytes32 structHash = hashCloseAuthorization(CloseAuthorization(orderDigest(order)));
        return signature65(key, marketDigest(structHash));
    }

    function _p256Signer() private returns (bytes memory) {
        (uint256 x, uint256 y) = vm.publicKeyP256(P256_KEY);
        return abi.encodePacked(deploy("ERC7913P256Verifier", ""), x, y);
    }

    /// OpenZeppelin's verifier takes low s only.
    function _envelope(bytes memory signer, bytes32 digest) private pure returns (bytes memory) {
        (bytes32 r, bytes32 s) = vm.signP256(P256_KEY, digest);
        if (uint256(s) > P256_ORDER / 2) s = bytes32(P256_ORDER - uint256(s));
        return abi.encodePacked(Signers.ERC7913_ENVELOPE, abi.encode(signer, abi.encodePacked(r, s)));
    }
}
