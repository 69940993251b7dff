// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SettlementMath} from "../src/libraries/SettlementMath.sol";

/// The escrow's books over `SettlementMath`, without signatures, packing and time: everybody's free money and earnings in one
/// sum each, one order, the enclave that acts and all others. The compiler's model checker proves of every function, from any
/// state that is solvent and with any arguments, that the state after it is solvent and that nothing under- or overflows; so
/// every state that can be reached is solvent. `npm run prove` runs it; docs/proofs.md says what is left out.
contract AccountingProof {
    uint256 private _tokens;
    uint256 private _free;
    uint256 private _rest;
    uint256 private _claimable;
    uint256 private _paid;
    uint256 private _reserved;
    uint256 private _paidToOthers;
    uint256 private _reservedForOthers;
    uint256 private _locked;

    modifier staysSolvent() {
        require(_isSolvent());
        _;
        assert(_isSolvent());
    }

    function deposit(uint256 amount) external staysSolvent {
        require(amount <= SettlementMath.MAX_MICRO_USD - _tokens);
        _tokens += amount;
        _free += amount;
    }

    function withdraw(uint256 amount) external staysSolvent {
        require(_free >= amount);
        _free -= amount;
        _tokens -= amount;
    }

    function open(uint256 maxSpend) external staysSolvent {
        require(_rest == 0 && _reserved == 0 && _reservedForOthers == 0 && _free >= maxSpend);
        _free -= maxSpend;
        (_locked, _rest, _paid, _paidToOthers) = (maxSpend, maxSpend, 0, 0);
    }

    function reserve(uint256 wanted) external staysSolvent {
        uint256 assured = _paid + _reserved;
        require(wanted > assured && _rest >= wanted - assured);
        uint256 added = wanted - assured;
        _rest -= added;
        _reserved += added;
    }

    /// As HearthSettlement does it where it is unchecked. `fee` is any part of what was earned: see `RoundingProof`.
    function settle(uint256 cumulative, uint256 cap, uint256 limit, uint256 fee) external staysSolvent {
        uint256 payable_ = SettlementMath.payableMicroUsd(cumulative, cap, limit, _paid, _reserved + _rest);
        if (payable_ <= _paid) return;
        assert(payable_ <= cumulative && payable_ <= cap && payable_ <= limit);
        uint256 earned = payable_ - _paid;
        uint256 fromReserve = earned < _reserved ? earned : _reserved;
        _reserved -= fromReserve;
        _rest -= earned - fromReserve;
        _paid = payable_;
        require(fee <= earned);
        _claimable += earned - fee;
        _claimable += fee;
    }

    function close() external staysSolvent {
        _free += _rest + _reserved + _reservedForOthers;
        (_rest, _reserved, _reservedForOthers) = (0, 0, 0);
        _locked = _paid + _paidToOthers;
    }

    /// From now on one of the others acts, with any share of what they have.
    function anotherActs(uint256 itsPaid, uint256 itsReserved) external staysSolvent {
        require(itsPaid <= _paidToOthers && itsReserved <= _reservedForOthers);
        (_paid, _paidToOthers) = (itsPaid, _paidToOthers - itsPaid + _paid);
        (_reserved, _reservedForOthers) = (itsReserved, _reservedForOthers - itsReserved + _reserved);
    }

    function claim(uint256 amount) external staysSolvent {
        require(_claimable >= amount);
        _claimable -= amount;
        _tokens -= amount;
    }

    /// Every unit has one owner, and the order has paid, keeps and refunds what it locked: no more, no less.
    function _isSolvent() private view returns (bool) {
        return
            _isMoney(_free) &&
            _isMoney(_rest) &&
            _isMoney(_reserved) &&
            _isMoney(_reservedForOthers) &&
            _isMoney(_claimable) &&
            _isMoney(_paid) &&
            _isMoney(_paidToOthers) &&
            _isMoney(_tokens) &&
            _isMoney(_locked) &&
            _free + _rest + _reserved + _reservedForOthers + _claimable == _tokens &&
            _paid + _paidToOthers + _rest + _reserved + _reservedForOthers == _locked;
    }

    function _isMoney(uint256 microUsd) private pure returns (bool) {
        return microUsd <= SettlementMath.MAX_MICRO_USD;
    }
}

/// What rounding may do, for all arguments.
contract RoundingProof {
    function totalsFit(uint128 picoUsd) external pure {
        assert(SettlementMath.toMicroUsdFloor(picoUsd) <= SettlementMath.MAX_MICRO_USD);
    }

    /// The largest fee that the bytecode allows.
    function feeIsAPart(uint96 earned) external pure {
        assert(SettlementMath.feeMicroUsdFloor(earned, 500) <= earned);
    }
}
