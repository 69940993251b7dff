// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IEnclaveRegistry} from "./interfaces/IEnclaveRegistry.sol";
import {IHearthSettlement} from "./interfaces/IHearthSettlement.sol";
import {Ecdsa} from "./libraries/Ecdsa.sol";
import {Funds, OrderRecords, OrderStatus, StoredOrder, Terms} from "./libraries/OrderRecords.sol";
import {PackedPair, PairRecord, PairRecords} from "./libraries/PairRecords.sol";
import {SettleHash} from "./libraries/SettleHash.sol";
import {SettlementMath} from "./libraries/SettlementMath.sol";
import {ItemStatus, SettleItem} from "./libraries/SettlementRecords.sol";
import {OrderBook} from "./settlement/OrderBook.sol";
import {ReceiptVerifier} from "./settlement/ReceiptVerifier.sol";
import {Treasury} from "./settlement/Treasury.sol";
import {DOMAIN_VERSION, MARKET_DOMAIN_NAME} from "./types/Domains.sol";
import {Settlement} from "./types/Settlement.sol";

contract HearthSettlement is OrderBook, ReceiptVerifier {
    /// What the last item looked up or earned; kept while the next item has the same order, enclave or provider, so that
    /// a sorted batch reads and writes each of them once.
    struct Run {
        bytes32 domainSeparator;
        bytes32 orderHash;
        Terms terms;
        address sessionKey;
        uint96 restMicroUsd;
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
        for (uint256 i = 0; i < items.length; i++) {
            SettleItem calldata item = items[i];
            _lookUp(run, item.settlement);
            ItemStatus status = _settleItem(item, run);
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
    function pairOf(bytes32 orderHash, address enclaveKey) external view returns (PairRecord memory) {
        return _pairs[orderHash][enclaveKey].unpack();
    }

    function _settleItem(SettleItem calldata item, Run memory run) private returns (ItemStatus status) {
        Settlement calldata settlement = item.settlement;
        status = _checkTerms(settlement, run);
        if (status != ItemStatus.Settled) return status;

        mapping(address => PackedPair) storage pairs = _pairs[run.orderHash];
        PackedPair pair = pairs[run.enclaveKey];
        uint64 sequence = settlement.sequence;
        uint96 cumulativeMicroUsd = SettlementMath.toMicroUsdFloor(settlement.cumulativePicoUsd);
        if (sequence < pair.sequence() || cumulativeMicroUsd < pair.cumulativeMicroUsd()) {
            return ItemStatus.ReceiptOutdated;
        }
        uint96 payableMicroUsd = SettlementMath.payableMicroUsd(
            cumulativeMicroUsd,
            SettlementMath.toMicroUsdFloor(item.cumulativeCapPicoUsd),
            run.terms.maxSpendPerEnclaveMicroUsd(),
            pair.paidMicroUsd(),
            run.restMicroUsd
        );
        if (payableMicroUsd <= pair.paidMicroUsd()) return ItemStatus.NothingNew;
        status = _checkSignatures(item, run);
        if (status != ItemStatus.Settled) return status;

        pairs[run.enclaveKey] = PairRecords.pack(payableMicroUsd, cumulativeMicroUsd, sequence);
        _earn(run, sequence, payableMicroUsd, payableMicroUsd - pair.paidMicroUsd());
    }

    function _checkTerms(Settlement calldata settlement, Run memory run) private view returns (ItemStatus) {
        Terms terms = run.terms;
        if (terms.status() != OrderStatus.Open) return ItemStatus.OrderNotOpen;
        if (
            block.timestamp < terms.validAfterUnixSec() ||
            block.timestamp > terms.validUntilUnixSec() + SETTLEMENT_WINDOW_SEC
        ) return ItemStatus.OrderNotInForce;
        if (run.enclaveBlocked) return ItemStatus.EnclaveBlocked;
        // An expired attestation doesn't matter here: the session key has authorised the work, and it was done.
        if (run.enclaveProvider == address(0)) return ItemStatus.EnclaveUnknown;
        if (run.enclaveProvider != settlement.provider) return ItemStatus.ProviderWrong;
        return run.enclaveTier < terms.minTier() ? ItemStatus.TierTooLow : ItemStatus.Settled;
    }

    function _checkSignatures(SettleItem calldata item, Run memory run) private pure returns (ItemStatus) {
        bytes32 digest = SettleHash.receiptDigest(item, run.domainSeparator);
        if (Ecdsa.recoverCompact(digest, item.enclaveR, item.enclaveVs) != run.enclaveKey) {
            return ItemStatus.EnclaveSignatureInvalid;
        }
        digest = SettleHash.authorizationDigest(item, run.domainSeparator);
        if (Ecdsa.recoverCompact(digest, item.sessionR, item.sessionVs) != run.sessionKey) {
            return ItemStatus.SessionSignatureInvalid;
        }
        return ItemStatus.Settled;
    }

    function _lookUp(Run memory run, Settlement calldata settlement) private {
        bytes32 orderHash = settlement.orderHash;
        if (run.orderHash != orderHash) {
            _storeRest(run);
            StoredOrder storage order = _orders[orderHash];
            Funds funds = order.funds;
            run.orderHash = orderHash;
            run.terms = order.terms;
            run.sessionKey = funds.sessionKey();
            run.restMicroUsd = funds.restMicroUsd();
            run.storedRestMicroUsd = funds.restMicroUsd();
        }
        address enclaveKey = settlement.enclaveKey;
        if (run.enclaveKey != enclaveKey) {
            run.enclaveKey = enclaveKey;
            run.enclaveBlocked = _blocked[enclaveKey];
            (run.enclaveProvider, run.enclaveTier) = registry.providerAndTierOf(enclaveKey);
        }
    }

    function _storeRest(Run memory run) private {
        if (run.restMicroUsd != run.storedRestMicroUsd) {
            _orders[run.orderHash].funds = OrderRecords.packFunds(run.sessionKey, run.restMicroUsd);
        }
    }

    function _earn(Run memory run, uint64 sequence, uint96 paidMicroUsd, uint96 earnedMicroUsd) private {
        uint96 feeMicroUsd = SettlementMath.feeMicroUsdFloor(earnedMicroUsd, run.terms.feeBps());
        uint96 creditMicroUsd = earnedMicroUsd - feeMicroUsd;
        address provider = run.enclaveProvider;
        run.restMicroUsd -= earnedMicroUsd;
        run.feeMicroUsd += feeMicroUsd;
        if (run.creditedProvider != provider) {
            _creditClaimable(run.creditedProvider, run.creditMicroUsd);
            run.creditedProvider = provider;
            run.creditMicroUsd = 0;
        }
        run.creditMicroUsd += creditMicroUsd;
        emit Settled(
            run.orderHash,
            run.enclaveKey,
            provider,
            sequence,
            paidMicroUsd,
            creditMicroUsd,
            feeMicroUsd
        );
    }
}
