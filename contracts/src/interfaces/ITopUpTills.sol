// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Order} from "../types/Order.sol";

/// @title Tills that turn plain payments into deposits
/// @notice Some payers can do no more than send tokens to an address: an x402 `exact` payment is an ERC-3009 transfer, and
/// a firm's wallet sends from a form. Every account has a till, an address that exists before any code does. What arrives there, from
/// whomever, can only become that account's deposit in the escrow; anyone may carry it over. No owner, no roles, nothing kept.
/// @dev The till of an account is a clone with the account in its code, so its address says whose it is.
interface ITopUpTills {
    /// An ERC-3009 `TransferWithAuthorization` to the till of an order's buyer, as its payer signed it.
    struct Payment {
        address payer;
        uint256 amountMicroUsd;
        uint256 validAfterUnixSec;
        uint256 validBeforeUnixSec;
        bytes32 nonce;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /// @notice Where tokens for this account go, whether there is code yet or not.
    function tillOf(address account) external view returns (address);

    /// @notice Deposits all that lies in the account's till. Anyone may call.
    /// @return amountMicroUsd 0 when it was empty
    function empty(address account) external returns (uint96 amountMicroUsd);

    /// @notice Takes a payment, deposits it for the order's buyer and opens the order: all of it, or nothing. Anyone may call.
    /// A payment that somebody has sent to the token before changes nothing: it lies in the till, or in the account already.
    function payAndOpen(
        Payment calldata payment,
        Order calldata order,
        bytes calldata buyerSignature
    ) external returns (bytes32 orderHash);
}
