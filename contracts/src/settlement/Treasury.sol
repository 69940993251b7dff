// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IHearthSettlement} from "../interfaces/IHearthSettlement.sol";
import {Signers} from "../libraries/Signers.sol";
import {AccountRecord} from "../libraries/SettlementRecords.sol";
import {ClaimAuthorization, hashClaimAuthorization} from "../types/ClaimAuthorization.sol";

/// The only part that moves tokens: in by deposit, out by withdraw and claim, always for the account's own money.
abstract contract Treasury is IHearthSettlement, EIP712 {
    using SafeERC20 for IERC20;

    IERC20 public immutable token;

    mapping(address account => AccountRecord) internal _accounts;

    constructor(IERC20 token_) {
        require(address(token_) != address(0), ZeroAddress());
        token = token_;
    }

    /// @inheritdoc IHearthSettlement
    function deposit(uint96 amountMicroUsd) external {
        require(amountMicroUsd != 0, ZeroAmount());
        uint256 before = token.balanceOf(address(this));
        uint256 total = before + amountMicroUsd;
        // All balances together fit uint96, so no sum of some of them can overflow anywhere below.
        require(total <= type(uint96).max, TotalTooLarge(type(uint96).max, total));

        _accounts[msg.sender].freeMicroUsd += amountMicroUsd;
        emit Deposited(msg.sender, amountMicroUsd);

        token.safeTransferFrom(msg.sender, address(this), amountMicroUsd);
        uint256 got = token.balanceOf(address(this)) - before;
        require(got == amountMicroUsd, TokenTransferWrong(amountMicroUsd, got));
    }

    /// @inheritdoc IHearthSettlement
    function withdraw(uint96 amountMicroUsd) external {
        require(amountMicroUsd != 0, ZeroAmount());
        _debitFree(msg.sender, amountMicroUsd);
        emit Withdrawn(msg.sender, amountMicroUsd);

        token.safeTransfer(msg.sender, amountMicroUsd);
    }

    /// @inheritdoc IHearthSettlement
    function claim(uint96 amountMicroUsd) external {
        _claim(msg.sender, msg.sender, amountMicroUsd);
    }

    /// @inheritdoc IHearthSettlement
    function claimAll() external returns (uint96 amountMicroUsd) {
        amountMicroUsd = _accounts[msg.sender].claimableMicroUsd;
        _claim(msg.sender, msg.sender, amountMicroUsd);
    }

    /// @inheritdoc IHearthSettlement
    function claimFor(ClaimAuthorization calldata authorization, bytes calldata providerSignature) external {
        require(
            block.timestamp <= authorization.deadlineUnixSec,
            ClaimExpired(authorization.deadlineUnixSec, block.timestamp)
        );
        uint64 nonce = _accounts[authorization.provider].claimNonce;
        require(authorization.nonce == nonce, ClaimNonceWrong(nonce, authorization.nonce));
        bytes32 digest = _hashTypedDataV4(hashClaimAuthorization(authorization));
        require(
            Signers.isSigned(authorization.provider, digest, providerSignature),
            ClaimSignatureInvalid(authorization.provider)
        );

        _accounts[authorization.provider].claimNonce = nonce + 1;
        _claim(authorization.provider, authorization.recipient, authorization.amountMicroUsd);
    }

    /// @inheritdoc IHearthSettlement
    function accountOf(address account) external view returns (AccountRecord memory) {
        return _accounts[account];
    }

    function _claim(address provider, address recipient, uint96 amountMicroUsd) private {
        require(amountMicroUsd != 0, ZeroAmount());
        require(recipient != address(0), ZeroAddress());
        uint96 claimable = _accounts[provider].claimableMicroUsd;
        require(claimable >= amountMicroUsd, BalanceTooLow(provider, claimable, amountMicroUsd));

        _accounts[provider].claimableMicroUsd = claimable - amountMicroUsd;
        emit Claimed(provider, recipient, amountMicroUsd);

        token.safeTransfer(recipient, amountMicroUsd);
    }

    function _debitFree(address buyer, uint96 amountMicroUsd) internal {
        uint96 free = _accounts[buyer].freeMicroUsd;
        require(free >= amountMicroUsd, BalanceTooLow(buyer, free, amountMicroUsd));
        _accounts[buyer].freeMicroUsd = free - amountMicroUsd;
    }

    function _creditClaimable(address account, uint96 amountMicroUsd) internal {
        if (amountMicroUsd != 0) _accounts[account].claimableMicroUsd += amountMicroUsd;
    }
}
