// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IEnclaveRegistry} from "./interfaces/IEnclaveRegistry.sol";
import {IHearthSettlement} from "./interfaces/IHearthSettlement.sol";
import {Ecdsa} from "./libraries/Ecdsa.sol";
import {PackedPair, PairRecord, PairRecords} from "./libraries/PairRecords.sol";
import {SettleHash} from "./libraries/SettleHash.sol";
import {SettlementMath} from "./libraries/SettlementMath.sol";
import {ItemStatus, OrderRecord, OrderStatus, SettleItem} from "./libraries/SettlementRecords.sol";
import {OrderBook} from "./settlement/OrderBook.sol";
import {ReceiptVerifier} from "./settlement/ReceiptVerifier.sol";
import {Treasury} from "./settlement/Treasury.sol";
import {DOMAIN_VERSION, MARKET_DOMAIN_NAME} from "./types/Domains.sol";
import {Settlement} from "./types/Settlement.sol";

contract HearthSettlement is OrderBook, ReceiptVerifier {
    using PairRecords for PairRecord;
    using PairRecords for PackedPair;

    /// What the last item looked up or earned; kept while the next item has the same order, enclave or provider, so that
    /// a sorted batch reads and writes each of them once.
    struct Run {
        bytes32 domainSeparator;
        bytes32 orderHash;
        OrderRecord order;
        uint96 storedRestMicroUsd;
        address enclaveKey;
        bool enclaveBlocked;
        address enclaveProvider;
        uint8 enclaveTier;
        address creditedProvider;
        uint96 creditMicroUsd;
        uint96 feeMicroUsd;
    }

    address public immutable operatorFeeRecipient;

    mapping(bytes32 orderHash => mapping(address enclaveKey => PackedPair)) private _pairs;

    constructor(
        IEnclaveRegistry registry_,
        IERC20 token_,
        address operatorFeeRecipient_,
        uint16 feeBps_
    )
        EIP712(MARKET_DOMAIN_NAME, DOMAIN_VERSION)
        Treasury(token_)
        OrderBook(feeBps_)
        ReceiptVerifier(registry_)
    {
        require(operatorFeeRecipient_ != address(0), ZeroAddress());
        operatorFeeRecipient = operatorFeeRecipient_;
    }

    /// @inheritdoc IHearthSettlement
    function settle(SettleItem[] calldata items) external returns (ItemStatus[] memory statuses) {
        statuses = new ItemStatus[](items.length);
        Run memory run;
        run.domainSeparator = _domainSeparatorV4();
        PairRecord memory pair;
        for (uint256 i = 0; i < items.length; i++) {
            SettleItem calldata item = items[i];
            _lookUp(run, item.settlement);
            ItemStatus status = _settleItem(item, run, pair);
            if (status != ItemStatus.Settled) {
                emit ItemRefused(item.settlement.orderHash, item.settlement.enclaveKey, i, status);
            }
            statuses[i] = status;
        }
        _storeRest(run);
        _creditClaimable(run.creditedProvider, run.creditMicroUsd);
        _creditClaimable(operatorFeeRecipient, run.feeMicroUsd);
    }

    /// @inheritdoc IHearthSettlement
    function pairOf(bytes32 orderHash, address enclaveKey) external view returns (PairRecord memory pair) {
        _pairs[orderHash][enclaveKey].unpackInto(pair);
    }

    function _settleItem(
        SettleItem calldata item,
        Run memory run,
        PairRecord memory pair
    ) private returns (ItemStatus status) {
        Settlement calldata settlement = item.settlement;
        status = _checkTerms(settlement, run);
        if (status != ItemStatus.Settled) return status;

        _pairs[settlement.orderHash][settlement.enclaveKey].unpackInto(pair);
        uint96 cumulativeMicroUsd = SettlementMath.toMicroUsdFloor(settlement.cumulativePicoUsd);
        if (settlement.sequence < pair.sequence || cumulativeMicroUsd < pair.cumulativeMicroUsd) {
            return ItemStatus.ReceiptOutdated;
        }
        uint96 payableMicroUsd = SettlementMath.payableMicroUsd(
            cumulativeMicroUsd,
            SettlementMath.toMicroUsdFloor(item.cumulativeCapPicoUsd),
            run.order.maxSpendPerEnclaveMicroUsd,
            pair.paidMicroUsd,
            run.order.restMicroUsd
        );
        if (payableMicroUsd <= pair.paidMicroUsd) return ItemStatus.NothingNew;
        status = _checkSignatures(item, run);
        if (status != ItemStatus.Settled) return status;

        uint96 earnedMicroUsd = payableMicroUsd - pair.paidMicroUsd;
        pair.paidMicroUsd = payableMicroUsd;
        pair.cumulativeMicroUsd = cumulativeMicroUsd;
        pair.sequence = settlement.sequence;
        _pairs[settlement.orderHash][settlement.enclaveKey] = pair.pack();
        _earn(run, settlement, payableMicroUsd, earnedMicroUsd);
    }

    function _checkTerms(Settlement calldata settlement, Run memory run) private view returns (ItemStatus) {
        OrderRecord memory order = run.order;
        if (order.status != OrderStatus.Open) return ItemStatus.OrderNotOpen;
        if (
            block.timestamp < order.validAfterUnixSec ||
            block.timestamp > order.validUntilUnixSec + SETTLEMENT_WINDOW_SEC
        ) return ItemStatus.OrderNotInForce;
        if (run.enclaveBlocked) return ItemStatus.EnclaveBlocked;
        // An expired attestation doesn't matter here: the session key has authorised the work, and it was done.
        if (run.enclaveProvider == address(0)) return ItemStatus.EnclaveUnknown;
        if (run.enclaveProvider != settlement.provider) return ItemStatus.ProviderWrong;
        return run.enclaveTier < order.minTier ? ItemStatus.TierTooLow : ItemStatus.Settled;
    }

    function _checkSignatures(SettleItem calldata item, Run memory run) private pure returns (ItemStatus) {
        bytes32 digest = SettleHash.receiptDigest(item, run.domainSeparator);
        if (Ecdsa.recoverCompact(digest, item.enclaveR, item.enclaveVs) != run.enclaveKey) {
            return ItemStatus.EnclaveSignatureInvalid;
        }
        digest = SettleHash.authorizationDigest(item, run.domainSeparator);
        if (Ecdsa.recoverCompact(digest, item.sessionR, item.sessionVs) != run.order.sessionKey) {
            return ItemStatus.SessionSignatureInvalid;
        }
        return ItemStatus.Settled;
    }

    function _lookUp(Run memory run, Settlement calldata settlement) private {
        if (run.orderHash != settlement.orderHash) {
            _storeRest(run);
            run.orderHash = settlement.orderHash;
            _loadTerms(_orders[settlement.orderHash], run.order);
            run.storedRestMicroUsd = run.order.restMicroUsd;
        }
        if (run.enclaveKey != settlement.enclaveKey) {
            run.enclaveKey = settlement.enclaveKey;
            run.enclaveBlocked = _blocked[settlement.enclaveKey];
            (run.enclaveProvider, run.enclaveTier) = registry.providerAndTierOf(settlement.enclaveKey);
        }
    }

    /// Fills the same memory each time; a new struct per item would make memory grow. The buyer plays no part here.
    function _loadTerms(OrderRecord storage stored, OrderRecord memory order) private view {
        order.sessionKey = stored.sessionKey;
        order.restMicroUsd = stored.restMicroUsd;
        order.maxSpendPerEnclaveMicroUsd = stored.maxSpendPerEnclaveMicroUsd;
        order.validAfterUnixSec = stored.validAfterUnixSec;
        order.validUntilUnixSec = stored.validUntilUnixSec;
        order.feeBps = stored.feeBps;
        order.minTier = stored.minTier;
        order.status = stored.status;
    }

    function _storeRest(Run memory run) private {
        if (run.order.restMicroUsd != run.storedRestMicroUsd) {
            _orders[run.orderHash].restMicroUsd = run.order.restMicroUsd;
        }
    }

    function _earn(
        Run memory run,
        Settlement calldata settlement,
        uint96 paidMicroUsd,
        uint96 earnedMicroUsd
    ) private {
        uint96 feeMicroUsd = SettlementMath.feeMicroUsdFloor(earnedMicroUsd, run.order.feeBps);
        uint96 creditMicroUsd = earnedMicroUsd - feeMicroUsd;
        run.order.restMicroUsd -= earnedMicroUsd;
        run.feeMicroUsd += feeMicroUsd;
        if (run.creditedProvider != settlement.provider) {
            _creditClaimable(run.creditedProvider, run.creditMicroUsd);
            run.creditedProvider = settlement.provider;
            run.creditMicroUsd = 0;
        }
        run.creditMicroUsd += creditMicroUsd;
        emit Settled(
            settlement.orderHash,
            settlement.enclaveKey,
            settlement.provider,
            settlement.sequence,
            paidMicroUsd,
            creditMicroUsd,
            feeMicroUsd
        );
    }
}
