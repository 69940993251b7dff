// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHearthSettlement} from "../src/interfaces/IHearthSettlement.sol";
import {ITestUsd} from "../src/interfaces/ITestUsd.sol";
import {ClaimAuthorization, hashClaimAuthorization} from "../src/types/ClaimAuthorization.sol";
import {Settlement} from "../src/types/Settlement.sol";
import {SettlementFixture} from "./SettlementFixture.t.sol";
import {TaxingToken} from "./mocks/TaxingToken.sol";
import {WalletMock} from "./mocks/WalletMock.sol";

contract TreasuryTest is SettlementFixture {
    uint256 private constant HOME_KEY = 0x40e;
    address private constant RECIPIENT = address(0xCAFE);
    function setUp() public {
        prepareMarket();
    }

    function test_DepositAndWithdrawMoveTheBuyersOwnMoney() public {
        assertEq(free(buyer), 5 * MAX_SPEND, "free after deposit");
        vm.prank(buyer);
        market.withdraw(2 * MAX_SPEND);
        assertEq(free(buyer), 3 * MAX_SPEND, "free after withdrawal");
        assertEq(token.balanceOf(buyer), 2 * MAX_SPEND, "tokens");
    }

    function test_RevertIf_NothingIsMoved() public {
        bytes memory zero = abi.encodeWithSelector(IHearthSettlement.ZeroAmount.selector);
        vm.expectRevert(zero);
        market.deposit(0);
        vm.expectRevert(zero);
        market.withdraw(0);
        vm.expectRevert(zero);
        market.claim(0);
        vm.expectRevert(zero);
        market.claimAll();
    }

    function test_RevertIf_MoreIsWithdrawnThanFree() public {
        open(validOrder());
        vm.expectRevert(
            abi.encodeWithSelector(
                IHearthSettlement.BalanceTooLow.selector,
                buyer,
                4 * MAX_SPEND,
                4 * MAX_SPEND + 1
            )
        );
        vm.prank(buyer);
        market.withdraw(4 * MAX_SPEND + 1);
    }

    function test_RevertIf_AllBalancesTogetherWouldNotFit() public {
        uint96 amount = type(uint96).max >> 1;
        ITestUsd(address(token)).mint(buyer, amount);
        vm.prank(buyer);
        token.approve(address(market), amount);
        vm.expectRevert(
            abi.encodeWithSelector(
                IHearthSettlement.TotalTooLarge.selector,
                uint256(amount),
                uint256(amount) + 5 * MAX_SPEND
            )
        );
        vm.prank(buyer);
        market.deposit(amount);
    }

    function test_RevertIf_TokenKeepsAPart() public {
        TaxingToken taxing = new TaxingToken();
        IHearthSettlement other = newMarket(address(registry), address(taxing), OPERATOR, 0);
        taxing.mint(address(this), 100);
        taxing.approve(address(other), 100);
        vm.expectRevert(abi.encodeWithSelector(IHearthSettlement.TokenTransferWrong.selector, 100, 99));
        other.deposit(100);
    }

    function test_ProviderClaimsPartAndRest() public {
        _earn(vm.addr(HOME_KEY));
        vm.prank(vm.addr(HOME_KEY));
        market.claim(40_000);
        vm.prank(vm.addr(HOME_KEY));
        assertEq(market.claimAll(), 59_000, "rest");
        assertEq(token.balanceOf(vm.addr(HOME_KEY)), 99_000, "tokens");
    }

    function test_OperatorClaimsItsFees() public {
        _earn(vm.addr(HOME_KEY));
        vm.prank(OPERATOR);
        assertEq(market.claimAll(), 1_000, "fees");
        assertEq(token.balanceOf(OPERATOR), 1_000, "tokens");
    }

    function test_RevertIf_MoreIsClaimedThanEarned() public {
        _earn(vm.addr(HOME_KEY));
        vm.expectRevert(
            abi.encodeWithSelector(
                IHearthSettlement.BalanceTooLow.selector,
                vm.addr(HOME_KEY),
                uint96(99_000),
                uint96(99_001)
            )
        );
        vm.prank(vm.addr(HOME_KEY));
        market.claim(99_001);
    }

    function test_AnyoneClaimsForTheProviderWithItsSignature() public {
        _earn(vm.addr(HOME_KEY));
        ClaimAuthorization memory authorization = _authorization(vm.addr(HOME_KEY));
        market.claimFor(authorization, _sign(authorization, HOME_KEY));
        assertEq(token.balanceOf(RECIPIENT), 50_000, "tokens");
        assertEq(claimable(vm.addr(HOME_KEY)), 49_000, "claimable");
        assertEq(market.accountOf(vm.addr(HOME_KEY)).nonce, 1, "nonce");
    }

    function test_ContractWalletClaimsThroughErc1271() public {
        address wallet = address(new WalletMock(vm.addr(HOME_KEY)));
        _earn(wallet);
        ClaimAuthorization memory authorization = _authorization(wallet);
        market.claimFor(authorization, _sign(authorization, HOME_KEY));
        assertEq(token.balanceOf(RECIPIENT), 50_000, "tokens");
    }

    function test_RevertIf_ClaimIsReplayed() public {
        _earn(vm.addr(HOME_KEY));
        ClaimAuthorization memory authorization = _authorization(vm.addr(HOME_KEY));
        bytes memory signature = _sign(authorization, HOME_KEY);
        market.claimFor(authorization, signature);
        vm.expectRevert(abi.encodeWithSelector(IHearthSettlement.NonceWrong.selector, uint64(1), uint64(0)));
        market.claimFor(authorization, signature);
    }

    function test_RevertIf_SignatureExpired() public {
        ClaimAuthorization memory authorization = _authorization(vm.addr(HOME_KEY));
        authorization.deadlineUnixSec = uint64(NOW - 1);
        bytes memory signature = _sign(authorization, HOME_KEY);
        vm.expectRevert(abi.encodeWithSelector(IHearthSettlement.SignatureExpired.selector, NOW - 1, NOW));
        market.claimFor(authorization, signature);
    }

    function test_RevertIf_ClaimIsSignedBySomebodyElse() public {
        ClaimAuthorization memory authorization = _authorization(vm.addr(HOME_KEY));
        bytes memory signature = _sign(authorization, 0xbad);
        vm.expectRevert(
            abi.encodeWithSelector(IHearthSettlement.PayoutSignatureInvalid.selector, vm.addr(HOME_KEY))
        );
        market.claimFor(authorization, signature);
    }

    function test_RevertIf_RecipientWasChanged() public {
        ClaimAuthorization memory authorization = _authorization(vm.addr(HOME_KEY));
        bytes memory signature = _sign(authorization, HOME_KEY);
        authorization.recipient = address(0xbad);
        vm.expectRevert(
            abi.encodeWithSelector(IHearthSettlement.PayoutSignatureInvalid.selector, vm.addr(HOME_KEY))
        );
        market.claimFor(authorization, signature);
    }

    function test_RevertIf_RecipientIsNobody() public {
        _earn(vm.addr(HOME_KEY));
        ClaimAuthorization memory authorization = _authorization(vm.addr(HOME_KEY));
        authorization.recipient = address(0);
        bytes memory signature = _sign(authorization, HOME_KEY);
        vm.expectRevert(abi.encodeWithSelector(IHearthSettlement.ZeroAddress.selector));
        market.claimFor(authorization, signature);
    }

    function test_RevertIf_DeployedWithoutAPart() public {
        _expectNotDeployed(address(0), address(token), OPERATOR, 0, _zeroAddress());
        _expectNotDeployed(address(registry), address(0), OPERATOR, 0, _zeroAddress());
        _expectNotDeployed(address(registry), address(token), address(0), 0, _zeroAddress());
    }

    function test_RevertIf_FeeIsAboveFivePercent() public {
        bytes memory tooHigh = abi.encodeWithSelector(
            IHearthSettlement.FeeTooHigh.selector,
            uint16(500),
            uint16(501)
        );
        _expectNotDeployed(address(registry), address(token), OPERATOR, 501, tooHigh);
        newMarket(address(registry), address(token), OPERATOR, 500);
    }

    function tryNewMarket(address registry_, address token_, address operator, uint16 feeBps) external {
        newMarket(registry_, token_, operator, feeBps);
    }

    function _expectNotDeployed(
        address registry_,
        address token_,
        address operator,
        uint16 feeBps,
        bytes memory expected
    ) private {
        try this.tryNewMarket(registry_, token_, operator, feeBps) {
            assertTrue(false, "deployed");
        } catch (bytes memory got) {
            assertEq(keccak256(got), keccak256(expected), "reason");
        }
    }

    function _zeroAddress() private pure returns (bytes memory) {
        return abi.encodeWithSelector(IHearthSettlement.ZeroAddress.selector);
    }

    /// 100,000 µUSD of work: 99,000 to the provider, 1,000 to the operator.
    function _earn(address provider) private {
        registry.set(vm.addr(ENCLAVE_KEY), provider, 1, 2);
        bytes32 orderHash = open(validOrder());
        Settlement memory settlement = validSettlement(orderHash, 100_000e6);
        settlement.provider = provider;
        settle(signItem(settlement, 100_000e6, ENCLAVE_KEY, SESSION_KEY));
    }

    function _authorization(address provider) private pure returns (ClaimAuthorization memory) {
        return ClaimAuthorization(provider, RECIPIENT, 50_000, 0, uint64(NOW + 1 hours));
    }

    function _sign(ClaimAuthorization memory authorization, uint256 key) private view returns (bytes memory) {
        return signature65(key, marketDigest(hashClaimAuthorization(authorization)));
    }
}
