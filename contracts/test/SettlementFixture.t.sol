// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IHearthSettlement} from "../src/interfaces/IHearthSettlement.sol";
import {ITestUsd} from "../src/interfaces/ITestUsd.sol";
import {ItemStatus, OrderClaims} from "../src/libraries/SettlementRecords.sol";
import {Authorization, hashAuthorization} from "../src/types/Authorization.sol";
import {Order, hashOrder} from "../src/types/Order.sol";
import {hashReceiptParts} from "../src/types/Receipt.sol";
import {Settlement} from "../src/types/Settlement.sol";
import {Base} from "./Base.t.sol";
import {SettleBatch, SettleItem} from "./builders/SettleBatch.sol";
import {RegistryMock} from "./mocks/RegistryMock.sol";

/// A market with a funded buyer and one enclave; registration itself is tested elsewhere.
abstract contract SettlementFixture is Base {
    uint256 internal constant BUYER_KEY = 0xb111;
    uint256 internal constant SESSION_KEY = 0x5e55;
    uint256 internal constant ENCLAVE_KEY = 0xe4c1a7e;
    address internal constant PROVIDER = address(0xA11CE);
    address internal constant GUARDIAN = address(0x60a4d);
    address internal constant OPERATOR = address(0x09e7);
    uint16 internal constant FEE_BPS = 100;
    uint96 internal constant MAX_SPEND = 1_000_000;
    uint96 internal constant MAX_PER_ENCLAVE = 400_000;
    uint40 internal constant WINDOW = 72 hours;

    IERC20 internal token;
    RegistryMock internal registry;
    IHearthSettlement internal market;
    address internal buyer;

    /// Internal, so that a contract the invariant runner calls at random does not offer it.
    function prepareMarket() internal {
        vm.warp(NOW);
        buyer = vm.addr(BUYER_KEY);
        token = IERC20(newToken());
        registry = new RegistryMock();
        registry.set(vm.addr(ENCLAVE_KEY), PROVIDER, 1, 2);
        market = newMarket(address(registry), address(token), OPERATOR, FEE_BPS);
        fund(buyer, 5 * MAX_SPEND);
    }

    function newToken() internal virtual returns (address) {
        return deploy("TestUsd", "");
    }

    function newMarket(
        address registry_,
        address token_,
        address operator,
        uint16 feeBps
    ) internal returns (IHearthSettlement) {
        return
            IHearthSettlement(
                deploy("HearthSettlement", abi.encode(registry_, token_, operator, feeBps, GUARDIAN))
            );
    }

    function fund(address account, uint96 amountMicroUsd) internal {
        ITestUsd(address(token)).mint(account, amountMicroUsd);
        vm.prank(account);
        token.approve(address(market), amountMicroUsd);
        vm.prank(account);
        market.deposit(amountMicroUsd);
    }

    function validOrder() internal view returns (Order memory) {
        return
            Order({
                buyer: buyer,
                sessionKey: vm.addr(SESSION_KEY),
                maxSpendMicroUsd: MAX_SPEND,
                maxPriceInput: 1,
                maxPriceCachedInput: 1,
                maxPriceOutput: 1,
                maxSpendPerEnclaveMicroUsd: MAX_PER_ENCLAVE,
                policyHash: keccak256("policy"),
                minTier: 1,
                validAfterUnixSec: uint64(NOW),
                validUntilUnixSec: uint64(NOW + 1 days),
                salt: 0
            });
    }

    function orderDigest(Order memory order) internal view returns (bytes32) {
        return marketDigest(hashOrder(order));
    }

    function marketDigest(bytes32 structHash) internal view returns (bytes32) {
        return typedDigest("Hearth", address(market), structHash);
    }

    function open(Order memory order) internal returns (bytes32) {
        return market.openOrder(order, signature65(BUYER_KEY, orderDigest(order)));
    }

    function validSettlement(
        bytes32 orderHash,
        uint128 cumulativePicoUsd
    ) internal pure returns (Settlement memory) {
        return
            Settlement({
                orderHash: orderHash,
                enclaveKey: vm.addr(ENCLAVE_KEY),
                provider: PROVIDER,
                sequence: 1,
                cumulativePicoUsd: cumulativePicoUsd,
                priorReceiptsRoot: keccak256("prior receipts")
            });
    }

    /// Signed by both, with a cap equal to the receipt's total.
    function validItem(
        bytes32 orderHash,
        uint128 cumulativePicoUsd
    ) internal view returns (SettleItem memory) {
        return
            signItem(
                validSettlement(orderHash, cumulativePicoUsd),
                cumulativePicoUsd,
                ENCLAVE_KEY,
                SESSION_KEY
            );
    }

    function signItem(
        Settlement memory settlement,
        uint128 capPicoUsd,
        uint256 enclaveKey,
        uint256 sessionKey
    ) internal view returns (SettleItem memory item) {
        item.settlement = settlement;
        item.executionHash = keccak256("execution");
        item.cumulativeCapPicoUsd = capPicoUsd;
        item.jobHeaderHash = keccak256("job header");
        bytes32 receiptDigest = marketDigest(hashReceiptParts(settlement, item.executionHash));
        (item.enclaveR, item.enclaveVs) = signatureCompact(enclaveKey, receiptDigest);
        bytes32 authorizationHash = hashAuthorization(
            Authorization(settlement.orderHash, settlement.enclaveKey, capPicoUsd, item.jobHeaderHash)
        );
        (item.sessionR, item.sessionVs) = signatureCompact(sessionKey, marketDigest(authorizationHash));
    }

    function signedSettlement(
        uint64 sequence,
        uint128 cumulative
    ) internal view returns (IHearthSettlement.SignedSettlement memory signed) {
        signed.settlement = validSettlement(keccak256("order"), cumulative);
        signed.settlement.sequence = sequence;
        signed.executionHash = keccak256("execution");
        bytes32 digest = marketDigest(hashReceiptParts(signed.settlement, signed.executionHash));
        signed.enclaveSignature = signature65(ENCLAVE_KEY, digest);
    }

    function settle(SettleItem memory item) internal returns (ItemStatus) {
        SettleItem[] memory items = new SettleItem[](1);
        items[0] = item;
        return settleAll(items)[0];
    }

    function settleAll(SettleItem[] memory items) internal returns (ItemStatus[] memory) {
        (address[] memory enclaveKeys, OrderClaims[] memory orders) = SettleBatch.group(items);
        return market.settle(enclaveKeys, orders);
    }

    function assertStatus(ItemStatus got, ItemStatus expected, string memory what) internal pure {
        assertEq(uint256(got), uint256(expected), what);
    }

    function claimable(address account) internal view returns (uint96) {
        return market.accountOf(account).claimableMicroUsd;
    }

    function free(address account) internal view returns (uint96) {
        return market.accountOf(account).freeMicroUsd;
    }
}
