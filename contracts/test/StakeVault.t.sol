// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHearthSettlement} from "../src/interfaces/IHearthSettlement.sol";
import {IStakeVault} from "../src/interfaces/IStakeVault.sol";
import {ITestUsd} from "../src/interfaces/ITestUsd.sol";
import {hashReceiptParts} from "../src/types/Receipt.sol";
import {TaxingToken} from "./mocks/TaxingToken.sol";
import {SettlementFixture} from "./SettlementFixture.t.sol";

contract StakeVaultTest is SettlementFixture {
    uint96 private constant MIN_STAKE = 50_000_001; // not divisible by ten
    uint40 private constant EXIT_DELAY = 7 days;
    address private constant INSURANCE = address(0x1525);
    address private constant REPORTER = address(0x4e9);
    address private constant MOVER = address(0x6a5);

    IStakeVault private vault;
    address private enclave;

    function setUp() public {
        prepareMarket();
        enclave = vm.addr(ENCLAVE_KEY);
        vault = _newVault(address(token), MIN_STAKE);
        ITestUsd(address(token)).mint(address(this), 10 * MIN_STAKE);
        token.approve(address(vault), type(uint256).max);
    }

    function test_ABondBelongsToTheProviderWhoeverPays() public {
        uint256 bondId = vault.bond(enclave);
        IStakeVault.Bond memory bond = vault.bondOf(bondId);
        assertEq(bond.provider, PROVIDER, "provider");
        assertEq(bond.amountMicroUsd, MIN_STAKE, "amount");
        assertEq(bond.exitAtUnixSec, 0, "staying");
        assertTrue(vault.isBonded(enclave), "bonded");
        assertEq(vault.bondIdOf(enclave), bondId, "id");
        assertEq(token.balanceOf(address(vault)), MIN_STAKE, "money");
        assertTrue(!vault.isBonded(vm.addr(7)) && !vault.isBonded(address(0)), "nobody else is");
    }

    function test_RevertIf_BondingAnUnknownOrBondedEnclave() public {
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.EnclaveNotRegistered.selector, vm.addr(7)));
        vault.bond(vm.addr(7));
        uint256 bondId = vault.bond(enclave);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.EnclaveAlreadyBonded.selector, enclave, bondId));
        vault.bond(enclave);
    }

    function test_RevertIf_TheTokenTakesAFee() public {
        TaxingToken taxing = new TaxingToken();
        taxing.mint(address(this), MIN_STAKE);
        IStakeVault other = _newVault(address(taxing), MIN_STAKE);
        taxing.approve(address(other), MIN_STAKE);
        vm.expectRevert(
            abi.encodeWithSelector(IStakeVault.TokenTransferWrong.selector, MIN_STAKE, MIN_STAKE - 1)
        );
        other.bond(enclave);
    }

    function test_ABondFollowsTheProviderToItsNextEnclave() public {
        uint256 bondId = vault.bond(enclave);
        address next = _register(8, PROVIDER);
        vm.prank(PROVIDER);
        vault.setMover(MOVER);
        assertEq(vault.moverOf(PROVIDER), MOVER, "mover");
        vm.prank(MOVER);
        vault.moveBond(bondId, next);
        assertTrue(vault.isBonded(next) && !vault.isBonded(enclave), "moved");
        assertEq(vault.bondIdOf(enclave), bondId, "the old key still answers");
        address third = _register(9, PROVIDER);
        vm.prank(PROVIDER);
        vault.moveBond(bondId, third);
        assertTrue(vault.isBonded(third), "moved by the provider");
    }

    function test_RevertIf_AMoveIsNotTheProvidersToMake() public {
        uint256 bondId = vault.bond(enclave);
        address next = _register(8, PROVIDER);
        vm.expectRevert(
            abi.encodeWithSelector(IStakeVault.NotMover.selector, PROVIDER, address(0), address(this))
        );
        vault.moveBond(bondId, next);
        address foreign = _register(9, address(0xb0b));
        vm.prank(PROVIDER);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStakeVault.EnclaveOfOtherProvider.selector,
                foreign,
                PROVIDER,
                address(0xb0b)
            )
        );
        vault.moveBond(bondId, foreign);
        vm.prank(PROVIDER);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.EnclaveAlreadyBonded.selector, enclave, bondId));
        vault.moveBond(bondId, enclave);
        vm.prank(PROVIDER);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.EnclaveNotRegistered.selector, vm.addr(10)));
        vault.moveBond(bondId, vm.addr(10));
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.BondUnknown.selector, 99));
        vault.moveBond(99, next);
    }

    function test_LeavingTakesSevenDaysAndPaysAnyAddress() public {
        uint256 bondId = vault.bond(enclave);
        vm.prank(PROVIDER);
        vault.requestExit(bondId);
        assertTrue(!vault.isBonded(enclave), "backs nothing from now on");
        vm.warp(NOW + EXIT_DELAY);
        vm.prank(PROVIDER);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStakeVault.BondStillSlashable.selector,
                bondId,
                NOW + EXIT_DELAY,
                NOW + EXIT_DELAY
            )
        );
        vault.withdrawBond(bondId, address(0xcafe));
        vm.warp(NOW + EXIT_DELAY + 1);
        vm.prank(PROVIDER);
        vault.withdrawBond(bondId, address(0xcafe));
        assertEq(token.balanceOf(address(0xcafe)), MIN_STAKE, "paid");
        vm.prank(PROVIDER);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.ZeroAmount.selector));
        vault.withdrawBond(bondId, address(0xcafe));
    }

    function test_RevertIf_ExitIsNotTheProvidersOrRepeated() public {
        uint256 bondId = vault.bond(enclave);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.NotProvider.selector, PROVIDER, address(this)));
        vault.requestExit(bondId);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.BondUnknown.selector, 99));
        vault.requestExit(99);
        vm.prank(PROVIDER);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.BondNotLeaving.selector, bondId));
        vault.withdrawBond(bondId, PROVIDER);
        vm.prank(PROVIDER);
        vault.requestExit(bondId);
        // Graph Horizon L-17: a second request must not restart the clock.
        vm.prank(PROVIDER);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.BondNotLive.selector, bondId));
        vault.requestExit(bondId);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.NotProvider.selector, PROVIDER, address(this)));
        vault.withdrawBond(bondId, address(this));
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.BondUnknown.selector, 99));
        vault.withdrawBond(99, address(this));
        vm.warp(NOW + EXIT_DELAY + 1);
        vm.prank(PROVIDER);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.ZeroAddress.selector));
        vault.withdrawBond(bondId, address(0));
    }

    function test_AContradictionTakesTheBond() public {
        uint256 bondId = vault.bond(enclave);
        vm.prank(REPORTER);
        vault.slash(signedSettlement(1, 1e6), signedSettlement(1, 2e6));
        assertTrue(market.isBlocked(enclave) && !vault.isBonded(enclave), "blocked at once");
        assertEq(vault.rewardOf(REPORTER), MIN_STAKE / 10, "a tenth, rounded down");
        assertEq(vault.rewardOf(INSURANCE), MIN_STAKE - MIN_STAKE / 10, "the rest");
        vm.prank(REPORTER);
        vault.claimReward(address(0xcafe));
        assertEq(token.balanceOf(address(0xcafe)), MIN_STAKE / 10, "claimed");
        vm.prank(INSURANCE);
        vault.claimReward(INSURANCE);
        assertEq(token.balanceOf(address(vault)), 0, "nothing is left");
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.ZeroAmount.selector));
        vault.slash(signedSettlement(1, 1e6), signedSettlement(1, 2e6));
        vm.prank(PROVIDER);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.BondNotLive.selector, bondId));
        vault.requestExit(bondId);
    }

    function test_AnOldEnclaveAnswersWithTheBondThatMovedOn() public {
        uint256 bondId = vault.bond(enclave);
        address next = _register(8, PROVIDER);
        vm.prank(PROVIDER);
        vault.moveBond(bondId, next);
        vault.slash(signedSettlement(1, 1e6), signedSettlement(1, 2e6));
        assertTrue(!vault.isBonded(next), "slashed for its predecessor");
        assertTrue(market.isBlocked(enclave) && !market.isBlocked(next), "only the liar is blocked");
    }

    /// Graph Horizon M-01: leaving must not outrun the proof.
    function test_ABondCanBeSlashedWhileLeaving() public {
        uint256 bondId = vault.bond(enclave);
        vm.prank(PROVIDER);
        vault.requestExit(bondId);
        vm.warp(NOW + EXIT_DELAY);
        vault.slash(signedSettlement(1, 1e6), signedSettlement(1, 2e6));
        vm.warp(NOW + EXIT_DELAY + 1);
        vm.prank(PROVIDER);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.ZeroAmount.selector));
        vault.withdrawBond(bondId, PROVIDER);
    }

    function test_ABlockReportedEarlierDoesNotSaveTheBond() public {
        vault.bond(enclave);
        market.reportEquivocation(signedSettlement(1, 1e6), signedSettlement(1, 2e6));
        vm.prank(REPORTER);
        vault.slash(signedSettlement(1, 1e6), signedSettlement(1, 2e6));
        assertEq(vault.rewardOf(REPORTER), MIN_STAKE / 10, "slashed");
    }

    function test_RevertIf_NothingIsProvenOrNothingIsThere() public {
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.EnclaveHasNoBond.selector, enclave));
        vault.slash(signedSettlement(1, 1e6), signedSettlement(1, 2e6));
        vault.bond(enclave);
        market.reportEquivocation(signedSettlement(1, 1e6), signedSettlement(1, 2e6));
        vm.expectRevert(abi.encodeWithSelector(IHearthSettlement.NotEquivocation.selector));
        vault.slash(signedSettlement(1, 1e6), signedSettlement(2, 1e6));
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.ZeroAmount.selector));
        vault.claimReward(REPORTER);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.ZeroAddress.selector));
        vault.claimReward(address(0));
    }

    /// A retry, the same receipt signed again, and the malleated twin of a signature all carry the same digest.
    function test_RetriesReplaysAndSignatureVariantsNeverSlash() public {
        vault.bond(enclave);
        IHearthSettlement.SignedSettlement memory a = signedSettlement(1, 1e6);
        IHearthSettlement.SignedSettlement memory b = signedSettlement(1, 1e6);
        _expectNotSlashed(a, b);
        b.enclaveSignature = _twin(b);
        _expectNotSlashed(a, b);
        _expectNotSlashed(a, signedSettlement(2, 1e6));
        assertTrue(vault.isBonded(enclave) && !market.isBlocked(enclave), "unharmed");
    }

    function test_RevertIf_DeployedWithoutAPart() public {
        bytes4 zero = IStakeVault.ZeroAddress.selector;
        for (uint256 i = 0; i < 4; i++) {
            address[4] memory parts = [address(token), address(registry), address(market), INSURANCE];
            parts[i] = address(0);
            vm.expectRevert(abi.encodeWithSelector(zero));
            this.deployVault(parts, MIN_STAKE);
        }
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.ZeroAmount.selector));
        this.deployVault([address(token), address(registry), address(market), INSURANCE], 0);
    }

    function deployVault(address[4] calldata parts, uint96 minStake) external returns (address) {
        return deploy("StakeVault", abi.encode(parts[0], parts[1], parts[2], minStake, parts[3]));
    }

    function _newVault(address token_, uint96 minStake) private returns (IStakeVault) {
        return
            IStakeVault(
                deploy(
                    "StakeVault",
                    abi.encode(token_, address(registry), address(market), minStake, INSURANCE)
                )
            );
    }

    function _register(uint256 key, address provider) private returns (address enclaveKey) {
        enclaveKey = vm.addr(key);
        registry.set(enclaveKey, provider, 1, 2);
    }

    function _expectNotSlashed(
        IHearthSettlement.SignedSettlement memory a,
        IHearthSettlement.SignedSettlement memory b
    ) private {
        vm.expectRevert(abi.encodeWithSelector(IHearthSettlement.NotEquivocation.selector));
        vault.slash(a, b);
    }

    /// (r, n − s, other v): what anyone can make of a signature.
    function _twin(IHearthSettlement.SignedSettlement memory signed) private view returns (bytes memory) {
        uint256 n = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        bytes32 digest = marketDigest(hashReceiptParts(signed.settlement, signed.executionHash));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ENCLAVE_KEY, digest);
        return abi.encodePacked(r, n - uint256(s), v == 27 ? 28 : 27);
    }
}
