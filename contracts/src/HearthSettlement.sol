// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IEnclaveRegistry} from "./interfaces/IEnclaveRegistry.sol";
import {IHearthSettlement} from "./interfaces/IHearthSettlement.sol";
import {Ecdsa} from "./libraries/Ecdsa.sol";
import {Funds, OrderRecords, OrderStatus, StoredOrder, Terms} from "./libraries/OrderRecords.sol";
import {PackedPair, PairRecords, StoredPair} from "./libraries/PairRecords.sol";
import {PairPayments} from "./libraries/PairPayments.sol";
import {SettleHash} from "./libraries/SettleHash.sol";
import {SettlementMath} from "./libraries/SettlementMath.sol";
import {ItemStatus, OrderClaims, PairClaim} from "./libraries/SettlementRecords.sol";
import {EntryGate} from "./settlement/EntryGate.sol";
import {OrderBook} from "./settlement/OrderBook.sol";
import {ReceiptVerifier} from "./settlement/ReceiptVerifier.sol";
import {Reserves} from "./settlement/Reserves.sol";
import {Treasury} from "./settlement/Treasury.sol";
import {DOMAIN_VERSION, MARKET_DOMAIN_NAME} from "./types/Domains.sol";

contract HearthSettlement is Reserves, ReceiptVerifier {
    /// An enclave of the batch, looked up once, and what it has earned so far.
    struct Seller {
        address enclaveKey;
        address provider;
        uint8 tier;
        ItemStatus status;
        uint256 creditMicroUsd;
    }

    /// The order whose claims are being settled, looked up once, and what concerns the whole batch.
    struct Run {
        bytes32 domainSeparator;
        bytes32 orderHash;
        Terms terms;
        address sessionKey;
        uint256 restMicroUsd;
        uint256 fromReservesMicroUsd;
        uint256 feeMicroUsd;
    }

    address public immutable operatorFeeRecipient;

    constructor(
        IEnclaveRegistry registry_,
        IERC20 token_,
        address operatorFeeRecipient_,
        uint16 feeBps_,
        address guardian_
    )
        EIP712(MARKET_DOMAIN_NAME, DOMAIN_VERSION)
        EntryGate(guardian_)
        Treasury(token_)
        OrderBook(feeBps_)
        ReceiptVerifier(registry_)
    {
        require(operatorFeeRecipient_ != address(0), ZeroAddress());
        operatorFeeRecipient = operatorFeeRecipient_;
    }

    /// @inheritdoc IHearthSettlement
    function settle(
        address[] calldata enclaveKeys,
        OrderClaims[] calldata orders
    ) external returns (ItemStatus[] memory statuses) {
        Seller[] memory sellers = _lookUpSellers(enclaveKeys);
        statuses = new ItemStatus[](_count(orders));
        Run memory run;
        run.domainSeparator = _domainSeparatorV4();
        uint256 first;
        for (uint256 i = 0; i < orders.length; i++) {
            _settleOrder(orders[i], sellers, run, statuses, first);
            first += orders[i].claims.length;
        }
        for (uint256 i = 0; i < sellers.length; i++) {
            _creditClaimable(sellers[i].provider, uint96(sellers[i].creditMicroUsd));
        }
        _creditClaimable(operatorFeeRecipient, uint96(run.feeMicroUsd));
    }

    /// Claims of one order. `first` is the place of the first of them in `statuses`.
    function _settleOrder(
        OrderClaims calldata order,
        Seller[] memory sellers,
        Run memory run,
        ItemStatus[] memory statuses,
        uint256 first
    ) private {
        StoredOrder storage stored = _orders[order.orderHash];
        Funds funds = stored.funds;
        run.orderHash = order.orderHash;
        run.terms = stored.terms;
        run.sessionKey = funds.sessionKey();
        run.restMicroUsd = funds.restMicroUsd();
        run.fromReservesMicroUsd = 0;
        ItemStatus orderStatus = _statusOf(run.terms);
        PairClaim[] calldata claims = order.claims;
        mapping(address => StoredPair) storage pairs = _pairs[order.orderHash];
        uint256[] memory payments = PairPayments.allocate(claims.length);

        for (uint256 i = 0; i < claims.length; i++) {
            PairClaim calldata claim = claims[i];
            uint256 index = claim.head.enclaveIndex();
            bool known = index < sellers.length;
            ItemStatus status = orderStatus;
            if (status == ItemStatus.Settled) {
                status =
                    known
                        ? _settleClaim(claim, sellers[index], pairs, run, payments)
                        : ItemStatus.EnclaveUnknown;
            }
            if (status != ItemStatus.Settled) {
                statuses[first + i] = status;
                address enclaveKey = known ? sellers[index].enclaveKey : address(0);
                emit ItemRefused(run.orderHash, enclaveKey, first + i, status);
            }
        }

        if (payments.length == 0) return;
        stored.funds = OrderRecords.packFunds(run.sessionKey, uint96(run.restMicroUsd));
        if (run.fromReservesMicroUsd != 0) stored.reservedMicroUsd -= uint96(run.fromReservesMicroUsd);
        emit Settled(run.orderHash, payments);
    }

    /// Money is in full words here: narrower types would be masked at every step. Unchecked, because `payable` lies between what was paid and paid + reserved + rest, and all money that the contract
    /// holds fits MAX_MICRO_USD: no difference below can be negative, no sum above it.
    function _settleClaim(
        PairClaim calldata claim,
        Seller memory seller,
        mapping(address => StoredPair) storage pairs,
        Run memory run,
        uint256[] memory payments
    ) private returns (ItemStatus status) {
        if (seller.status != ItemStatus.Settled) return seller.status;
        if (seller.tier < run.terms.minTier()) return ItemStatus.TierTooLow;
        StoredPair storage stored = pairs[seller.enclaveKey];
        PackedPair pair = stored.packed;
        uint256 sequence = claim.head.sequence();
        uint256 cumulativeMicroUsd = SettlementMath.toMicroUsdFloor(claim.totals.cumulativePicoUsd());
        if (sequence < pair.sequence() || cumulativeMicroUsd < pair.cumulativeMicroUsd()) {
            return ItemStatus.ReceiptOutdated;
        }
        unchecked {
            uint256 alreadyPaidMicroUsd = pair.paidMicroUsd();
            uint256 reservedMicroUsd = pair.reserves() ? _reserves[run.orderHash][seller.enclaveKey] : 0;
            uint256 payableMicroUsd = SettlementMath.payableMicroUsd(
                cumulativeMicroUsd,
                SettlementMath.toMicroUsdFloor(claim.totals.cumulativeCapPicoUsd()),
                run.terms.maxSpendPerEnclaveMicroUsd(),
                alreadyPaidMicroUsd,
                reservedMicroUsd + run.restMicroUsd
            );
            if (payableMicroUsd <= alreadyPaidMicroUsd) return ItemStatus.NothingNew;
            status = _checkSignatures(claim, seller, run);
            if (status != ItemStatus.Settled) return status;

            uint256 earnedMicroUsd = payableMicroUsd - alreadyPaidMicroUsd;
            uint256 reserveLeft = _spend(run, seller.enclaveKey, reservedMicroUsd, earnedMicroUsd);
            stored.packed = PairRecords.pack(payableMicroUsd, cumulativeMicroUsd, reserveLeft != 0, sequence);
            uint256 feeMicroUsd = SettlementMath.feeMicroUsdFloor(earnedMicroUsd, run.terms.feeBps());
            uint256 creditMicroUsd = earnedMicroUsd - feeMicroUsd;
            seller.creditMicroUsd += creditMicroUsd;
            run.feeMicroUsd += feeMicroUsd;
            PairPayments.push(
                payments,
                seller.enclaveKey,
                payableMicroUsd,
                sequence,
                creditMicroUsd,
                feeMicroUsd
            );
        }
    }

    /// What was reserved for the pair goes first, then what the order has for all.
    function _spend(
        Run memory run,
        address enclaveKey,
        uint256 reservedMicroUsd,
        uint256 earnedMicroUsd
    ) private returns (uint256 reserveLeft) {
        unchecked {
            if (reservedMicroUsd == 0) {
                run.restMicroUsd -= earnedMicroUsd;
                return 0;
            }
            uint256 fromReserve = earnedMicroUsd < reservedMicroUsd ? earnedMicroUsd : reservedMicroUsd;
            reserveLeft = reservedMicroUsd - fromReserve;
            _reserves[run.orderHash][enclaveKey] = uint96(reserveLeft);
            run.fromReservesMicroUsd += fromReserve;
            run.restMicroUsd -= earnedMicroUsd - fromReserve;
        }
    }

    function _statusOf(Terms terms) private view returns (ItemStatus) {
        if (terms.status() != OrderStatus.Open) return ItemStatus.OrderNotOpen;
        return
            block.timestamp < terms.validAfterUnixSec() ||
            block.timestamp > terms.validUntilUnixSec() + SETTLEMENT_WINDOW_SEC
                ? ItemStatus.OrderNotInForce
                : ItemStatus.Settled;
    }

    function _checkSignatures(
        PairClaim calldata claim,
        Seller memory seller,
        Run memory run
    ) private pure returns (ItemStatus) {
        bytes32 digest = SettleHash.receiptDigest(
            claim,
            run.orderHash,
            seller.enclaveKey,
            seller.provider,
            run.domainSeparator
        );
        if (Ecdsa.recoverCompact(digest, claim.enclaveR, claim.enclaveVs) != seller.enclaveKey) {
            return ItemStatus.EnclaveSignatureInvalid;
        }
        digest = SettleHash.authorizationDigest(claim, run.orderHash, seller.enclaveKey, run.domainSeparator);
        if (Ecdsa.recoverCompact(digest, claim.sessionR, claim.sessionVs) != run.sessionKey) {
            return ItemStatus.SessionSignatureInvalid;
        }
        return ItemStatus.Settled;
    }

    function _lookUpSellers(address[] calldata enclaveKeys) private view returns (Seller[] memory sellers) {
        sellers = new Seller[](enclaveKeys.length);
        for (uint256 i = 0; i < enclaveKeys.length; i++) {
            Seller memory seller = sellers[i];
            seller.enclaveKey = enclaveKeys[i];
            (seller.provider, seller.tier) = registry.providerAndTierOf(enclaveKeys[i]);
            // An expired attestation doesn't matter here: the session key has authorised the work, and it was done.
            if (seller.provider == address(0)) seller.status = ItemStatus.EnclaveUnknown;
            else if (_blocked[enclaveKeys[i]]) seller.status = ItemStatus.EnclaveBlocked;
        }
    }

    function _count(OrderClaims[] calldata orders) private pure returns (uint256 count) {
        for (uint256 i = 0; i < orders.length; i++) count += orders[i].claims.length;
    }
}
