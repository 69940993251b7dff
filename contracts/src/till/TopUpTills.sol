// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IHearthSettlement} from "../interfaces/IHearthSettlement.sol";
import {ITopUpTills} from "../interfaces/ITopUpTills.sol";
import {Order} from "../types/Order.sol";
import {TopUpTill} from "./TopUpTill.sol";

contract TopUpTills is ITopUpTills {
    IERC20 public immutable token;
    IHearthSettlement public immutable settlement;
    address private immutable _till;

    constructor(IERC20 token_, IHearthSettlement settlement_) {
        token = token_;
        settlement = settlement_;
        _till = address(new TopUpTill(token_, settlement_));
    }

    /// @inheritdoc ITopUpTills
    function tillOf(address account) public view returns (address) {
        return Clones.predictDeterministicAddressWithImmutableArgs(_till, abi.encode(account), 0);
    }

    /// @inheritdoc ITopUpTills
    function empty(address account) public returns (uint96 amountMicroUsd) {
        address till = tillOf(account);
        if (till.code.length == 0) Clones.cloneDeterministicWithImmutableArgs(_till, abi.encode(account), 0);
        return TopUpTill(till).empty();
    }

    /// @inheritdoc ITopUpTills
    function payAndOpen(
        Payment calldata payment,
        Order calldata order,
        bytes calldata buyerSignature
    ) external returns (bytes32 orderHash) {
        IERC3009 payable3009 = IERC3009(address(token));
        if (!payable3009.authorizationState(payment.payer, payment.nonce)) {
            payable3009.transferWithAuthorization(
                payment.payer,
                tillOf(order.buyer),
                payment.amountMicroUsd,
                payment.validAfterUnixSec,
                payment.validBeforeUnixSec,
                payment.nonce,
                payment.v,
                payment.r,
                payment.s
            );
        }
        empty(order.buyer);
        return settlement.openOrder(order, buyerSignature);
    }
}
