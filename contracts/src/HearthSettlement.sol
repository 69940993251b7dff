// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IEnclaveRegistry} from "./interfaces/IEnclaveRegistry.sol";
import {IHearthSettlement} from "./interfaces/IHearthSettlement.sol";
import {Ecdsa} from "./libraries/Ecdsa.sol";
import {EnclaveRecord} from "./libraries/EnclaveRecord.sol";
import {ItemStatus, OrderRecord, OrderStatus, PairRecord, SettleItem} from "./libraries/SettlementRecords.sol";
import {SettlementMath} from "./libraries/SettlementMath.sol";
import {OrderBook} from "./settlement/OrderBook.sol";
import {ReceiptVerifier} from "./settlement/ReceiptVerifier.sol";
import {Treasury} from "./settlement/Treasury.sol";
import {Authorization, hashAuthorization} from "./types/Authorization.sol";
import {DOMAIN_VERSION, MARKET_DOMAIN_NAME} from "./types/Domains.sol";
import {hashReceiptParts} from "./types/Receipt.sol";
import {Settlement} from "./types/Settlement.sol";

contract HearthSettlement is OrderBook, ReceiptVerifier {
    /// Credits of neighbouring items are summed here and stored once per run of equal order or provider.
    struct Tally {
        bytes32 orderHash;
        OrderRecord order;
        uint96 storedRestMicroUsd;
        address provider;
        uint96 providerCreditMicroUsd;
        uint96 feeMicroUsd;
    }

    address public immutable operatorFeeRecipient;

    mapping(bytes32 orderHash => mapping(address enclaveKey => PairRecord)) private _pairs;

    constructor(
        IEnclaveRegistry registry_,
        IERC20 token_,
        address operatorFeeRecipient_,
        uint16 feeBps_
    ) EIP712(MARKET_DOMAIN_NAME, DOMAIN_VERSION) Treasury(token_) OrderBook(feeBps_) ReceiptVerifier(registry_) {
        require(operatorFeeRecipient_ != address(0), ZeroAddress());
        operatorFeeRecipient = operatorFeeRecipient_;
    }

    /// @inheritdoc IHearthSettlement
    function settle(SettleItem[] calldata items) external returns (ItemStatus[] memory statuses) {
        statuses = new ItemStatus[](items.length);
        Tally memory tally;
        for (uint256 i = 0; i < items.length; i++) {
            SettleItem calldata item = items[i];
            ItemStatus status = _settleItem(item, tally);
            if (status != ItemStatus.Settled) {
                emit ItemRefused(item.settlement.orderHash, item.settlement.enclaveKey, i, status);
            }
            statuses[i] = status;
        }
        _storeRest(tally);
        _creditClaimable(tally.provider, tally.providerCreditMicroUsd);
        _creditClaimable(operatorFeeRecipient, tally.feeMicroUsd);
    }

    /// @inheritdoc IHearthSettlement
    function pairOf(bytes32 orderHash, address enclaveKey) external view returns (PairRecord memory) {
        return _pairs[orderHash][enclaveKey];
    }

    function _settleItem(SettleItem calldata item, Tally memory tally) private returns (ItemStatus) {
        Settlement calldata settlement = item.settlement;
        _takeOrder(tally, settlement.orderHash);
        ItemStatus status = _checkTerms(settlement, tally.order);
        if (status != ItemStatus.Settled) return status;

        PairRecord memory pair = _pairs[settlement.orderHash][settlement.enclaveKey];
        uint96 cumulativeMicroUsd = SettlementMath.toMicroUsdFloor(settlement.cumulativePicoUsd);
        if (settlement.sequence < pair.sequence || cumulativeMicroUsd < pair.cumulativeMicroUsd) {
            return ItemStatus.ReceiptOutdated;
        }
        uint96 payable_ = SettlementMath.payableMicroUsd(
            cumulativeMicroUsd,
            SettlementMath.toMicroUsdFloor(item.cumulativeCapPicoUsd),
            tally.order,
            pair.paidMicroUsd
        );
        if (payable_ <= pair.paidMicroUsd) return ItemStatus.NothingNew;
        status = _checkSignatures(item, tally.order.sessionKey);
        if (status != ItemStatus.Settled) return status;

        _pairs[settlement.orderHash][settlement.enclaveKey] = PairRecord({
            paidMicroUsd: payable_,
            cumulativeMicroUsd: cumulativeMicroUsd,
            sequence: settlement.sequence
        });
        _tally(tally, settlement, payable_, payable_ - pair.paidMicroUsd);
        return ItemStatus.Settled;
    }

    function _checkTerms(Settlement calldata settlement, OrderRecord memory order) private view returns (ItemStatus) {
        if (order.status != OrderStatus.Open) return ItemStatus.OrderNotOpen;
        if (
            block.timestamp < order.validAfterUnixSec ||
            block.timestamp > order.validUntilUnixSec + SETTLEMENT_WINDOW_SEC
        ) return ItemStatus.OrderNotInForce;
        if (_blocked[settlement.enclaveKey]) return ItemStatus.EnclaveBlocked;
        // An expired attestation doesn't matter here: the session key has authorised the work, and it was done.
        EnclaveRecord memory enclave = registry.enclaveOf(settlement.enclaveKey);
        if (enclave.provider == address(0)) return ItemStatus.EnclaveUnknown;
        if (enclave.provider != settlement.provider) return ItemStatus.ProviderWrong;
        return enclave.tier < order.minTier ? ItemStatus.TierTooLow : ItemStatus.Settled;
    }

    function _checkSignatures(SettleItem calldata item, address sessionKey) private view returns (ItemStatus) {
        Settlement calldata settlement = item.settlement;
        bytes32 digest = _hashTypedDataV4(hashReceiptParts(settlement, item.executionHash));
        if (Ecdsa.recoverCompact(digest, item.enclaveR, item.enclaveVs) != settlement.enclaveKey) {
            return ItemStatus.EnclaveSignatureInvalid;
        }
        digest = _hashTypedDataV4(
            hashAuthorization(
                Authorization({
                    orderHash: settlement.orderHash,
                    enclaveKey: settlement.enclaveKey,
                    cumulativeCapPicoUsd: item.cumulativeCapPicoUsd,
                    jobHeaderHash: item.jobHeaderHash
                })
            )
        );
        if (Ecdsa.recoverCompact(digest, item.sessionR, item.sessionVs) != sessionKey) {
            return ItemStatus.SessionSignatureInvalid;
        }
        return ItemStatus.Settled;
    }

    function _takeOrder(Tally memory tally, bytes32 orderHash) private {
        if (tally.orderHash == orderHash) return;
        _storeRest(tally);
        tally.orderHash = orderHash;
        tally.order = _orders[orderHash];
        tally.storedRestMicroUsd = tally.order.restMicroUsd;
    }

    function _storeRest(Tally memory tally) private {
        if (tally.order.restMicroUsd != tally.storedRestMicroUsd) {
            _orders[tally.orderHash].restMicroUsd = tally.order.restMicroUsd;
        }
    }

    function _tally(
        Tally memory tally,
        Settlement calldata settlement,
        uint96 paidMicroUsd,
        uint96 earnedMicroUsd
    ) private {
        uint96 feeMicroUsd = SettlementMath.feeMicroUsdFloor(earnedMicroUsd, tally.order.feeBps);
        uint96 creditMicroUsd = earnedMicroUsd - feeMicroUsd;
        tally.order.restMicroUsd -= earnedMicroUsd;
        tally.feeMicroUsd += feeMicroUsd;
        if (tally.provider != settlement.provider) {
            _creditClaimable(tally.provider, tally.providerCreditMicroUsd);
            tally.provider = settlement.provider;
            tally.providerCreditMicroUsd = 0;
        }
        tally.providerCreditMicroUsd += creditMicroUsd;
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
