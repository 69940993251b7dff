// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BuyerActions} from "./BuyerActions.sol";
import {SellerActions} from "./SellerActions.sol";

/// What the invariant runner calls in any order: random but legal use of a market by two buyers, two providers with two
/// enclaves each, the operator, a guardian and a reporter.
contract MarketHandler is BuyerActions, SellerActions {}
