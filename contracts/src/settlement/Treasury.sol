// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IHearthSettlement} from "../interfaces/IHearthSettlement.sol";
import {Signers} from "../libraries/Signers.sol";
import {AccountRecord} from "../libraries/SettlementRecords.sol";
import {SettlementMath} from "../libraries/SettlementMath.sol";
import {ClaimAuthorization, hashClaimAuthorization} from "../types/ClaimAuthorization.sol";
import {WithdrawAuthorization, hashWithdrawAuthorization} from "../types/WithdrawAuthorization.sol";
import {EntryGate} from "./EntryGate.sol";

/// The only part that moves tokens: in by deposit, out by withdraw and claim, always for the account's own money.
abstract contract Treasury is EntryGate, EIP712 {
    using SafeERC20 for IERC20;

    IERC20 public immutable token;

    mapping(address account => AccountRecord) internal _accounts;

    constructor(IERC20 token_) {
        require(address(token_) != address(0), ZeroAddress());
        token = token_;
    }

    /// @inheritdoc IHearthSettlement
    function deposit(uint96 amountMicroUsd) external {
        _depositFor(msg.sender, amountMicroUsd);
    }

    /// @inheritdoc IHearthSettlement
    function depositFor(address account, uint96 amountMicroUsd) external {
        _depositFor(account, amountMicroUsd);
    }

    /// @inheritdoc IHearthSettlement
    function depositWithPermit(
        uint96 amountMicroUsd,
        uint256 deadlineUnixSec,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        // Anyone may have used the permit already; then the allowance is there, and if it is not, the transfer says so.
        try
            IERC20Permit(address(token)).permit(
                msg.sender,
                address(this),
                amountMicroUsd,
                deadlineUnixSec,
                v,
                r,
                s
            )
        {} catch {}
        _depositFor(msg.sender, amountMicroUsd);
    }

    /// @inheritdoc IHearthSettlement
    function depositWithAuthorization(
        address from,
        uint96 amountMicroUsd,
        uint256 validAfterUnixSec,
        uint256 validBeforeUnixSec,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        uint256 before = _creditDeposit(from, amountMicroUsd);
        IERC3009(address(token)).receiveWithAuthorization(
            from,
            address(this),
            amountMicroUsd,
            validAfterUnixSec,
            validBeforeUnixSec,
            nonce,
            v,
            r,
            s
        );
        _assertReceived(before, amountMicroUsd);
    }

    /// @inheritdoc IHearthSettlement
    function withdraw(uint96 amountMicroUsd) external {
        _withdraw(msg.sender, msg.sender, amountMicroUsd);
    }

    /// @inheritdoc IHearthSettlement
    function withdrawTo(address recipient, uint96 amountMicroUsd) external {
        _withdraw(msg.sender, recipient, amountMicroUsd);
    }

    /// @inheritdoc IHearthSettlement
    function withdrawFor(
        WithdrawAuthorization calldata authorization,
        bytes calldata buyerSignature
    ) external {
        _useSignature(
            authorization.buyer,
            authorization.nonce,
            authorization.deadlineUnixSec,
            hashWithdrawAuthorization(authorization),
            buyerSignature
        );
        _withdraw(authorization.buyer, authorization.recipient, authorization.amountMicroUsd);
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
    function claimTo(address recipient, uint96 amountMicroUsd) external {
        _claim(msg.sender, recipient, amountMicroUsd);
    }

    /// @inheritdoc IHearthSettlement
    function claimFor(ClaimAuthorization calldata authorization, bytes calldata providerSignature) external {
        _useSignature(
            authorization.provider,
            authorization.nonce,
            authorization.deadlineUnixSec,
            hashClaimAuthorization(authorization),
            providerSignature
        );
        _claim(authorization.provider, authorization.recipient, authorization.amountMicroUsd);
    }

    /// @inheritdoc IHearthSettlement
    function accountOf(address account) external view returns (AccountRecord memory) {
        return _accounts[account];
    }

    function _depositFor(address account, uint96 amountMicroUsd) private {
        uint256 before = _creditDeposit(account, amountMicroUsd);
        token.safeTransferFrom(msg.sender, address(this), amountMicroUsd);
        _assertReceived(before, amountMicroUsd);
    }

    /// The one place where money comes in. Returns the balance before it arrives.
    function _creditDeposit(
        address account,
        uint96 amountMicroUsd
    ) private whenEntryOpen returns (uint256 before) {
        require(account != address(0), ZeroAddress());
        require(amountMicroUsd != 0, ZeroAmount());
        before = token.balanceOf(address(this));
        uint256 total = before + amountMicroUsd;
        // All balances together stay within this, so no sum of some of them can overflow anywhere below.
        require(total <= SettlementMath.MAX_MICRO_USD, TotalTooLarge(SettlementMath.MAX_MICRO_USD, total));

        _accounts[account].freeMicroUsd += amountMicroUsd;
        emit Deposited(account, amountMicroUsd);
    }

    function _assertReceived(uint256 before, uint96 amountMicroUsd) private view {
        uint256 got = token.balanceOf(address(this)) - before;
        require(got == amountMicroUsd, TokenTransferWrong(amountMicroUsd, got));
    }

    function _withdraw(address buyer, address recipient, uint96 amountMicroUsd) private {
        require(amountMicroUsd != 0, ZeroAmount());
        require(recipient != address(0), ZeroAddress());
        _debitFree(buyer, amountMicroUsd);
        emit Withdrawn(buyer, recipient, amountMicroUsd);

        token.safeTransfer(recipient, amountMicroUsd);
    }

    /// One nonce for everything an account signs that pays it out, so no two of them can both be used.
    function _useSignature(
        address account,
        uint64 nonce,
        uint64 deadlineUnixSec,
        bytes32 structHash,
        bytes calldata signature
    ) private {
        require(block.timestamp <= deadlineUnixSec, SignatureExpired(deadlineUnixSec, block.timestamp));
        uint64 expected = _accounts[account].nonce;
        require(nonce == expected, NonceWrong(expected, nonce));
        require(
            Signers.isSigned(account, _hashTypedDataV4(structHash), signature),
            PayoutSignatureInvalid(account)
        );

        _accounts[account].nonce = expected + 1;
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
