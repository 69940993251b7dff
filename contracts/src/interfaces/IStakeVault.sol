// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHearthSettlement} from "./IHearthSettlement.sol";

/// @title Stake behind enclaves, lost only by self-contradiction
/// @notice A bond is `minStakeMicroUsd`, backs one live enclave at a time, and follows its provider from one enclave key
/// to the next (a key lives as long as its enclave's memory). It is slashed when any enclave key it ever backed signed
/// two receipts that can't both be honest; 10 % goes to the reporter, the rest to an address fixed for ever. Nothing
/// else slashes: no revocation, no outage, no retry. Leaving takes 7 days, and until it is withdrawn a bond can be slashed.
/// @dev Amounts are µUSD of a plain 6-decimal ERC-20 without transfer fee. No owner and no pause. All payments are
/// pulled, so that no payee can hold up another's money.
interface IStakeVault {
    struct Bond {
        address provider;
        address liveEnclaveKey; // zero: leaving, left or slashed
        uint96 amountMicroUsd;
        uint40 exitAtUnixSec; // zero: not leaving
    }

    event Bonded(
        uint256 indexed bondId,
        address indexed provider,
        address indexed enclaveKey,
        uint96 amountMicroUsd
    );
    event BondMoved(uint256 indexed bondId, address indexed fromEnclaveKey, address indexed toEnclaveKey);
    event MoverSet(address indexed provider, address indexed mover);
    event ExitRequested(uint256 indexed bondId, uint40 exitAtUnixSec);
    event BondWithdrawn(uint256 indexed bondId, address indexed recipient, uint96 amountMicroUsd);
    event Slashed(
        uint256 indexed bondId,
        address indexed enclaveKey,
        address indexed reporter,
        uint96 rewardMicroUsd,
        uint96 insuredMicroUsd
    );
    event RewardClaimed(address indexed account, address indexed recipient, uint96 amountMicroUsd);

    error ZeroAddress();
    error ZeroAmount();
    error EnclaveNotRegistered(address enclaveKey);
    error EnclaveAlreadyBonded(address enclaveKey, uint256 bondId);
    error EnclaveOfOtherProvider(address enclaveKey, address expected, address got);
    error BondUnknown(uint256 bondId);
    error BondNotLive(uint256 bondId);
    error BondNotLeaving(uint256 bondId);
    error BondStillSlashable(uint256 bondId, uint40 exitAtUnixSec, uint256 nowUnixSec);
    error EnclaveHasNoBond(address enclaveKey);
    error NotProvider(address provider, address caller);
    error NotMover(address provider, address mover, address caller);
    error TokenTransferWrong(uint256 expectedMicroUsd, uint256 gotMicroUsd);

    /// @notice Takes `minStakeMicroUsd` from the caller as the bond of a registered enclave. The bond belongs to the
    /// enclave's provider, whoever pays.
    function bond(address enclaveKey) external returns (uint256 bondId);

    /// @notice The bond now backs another registered enclave of the same provider; the keys before it stay slashable.
    /// By the provider or its mover.
    function moveBond(uint256 bondId, address toEnclaveKey) external;

    /// @notice Lets `mover` (an agent's gas key) move the caller's bonds between the caller's enclaves, and nothing else.
    function setMover(address mover) external;

    /// @notice Stops backing at once and starts the 7 days. Each bond has its own clock, which nothing resets.
    function requestExit(uint256 bondId) external;

    /// @notice After the 7 days: the bond's money, to any address the provider names.
    function withdrawBond(uint256 bondId, address recipient) external;

    /// @notice Proves a contradiction (`IHearthSettlement.assertContradiction`), blocks the enclave in the settlement
    /// contract if it is not yet, and takes the bond behind it. The caller is the reporter.
    function slash(
        IHearthSettlement.SignedSettlement calldata a,
        IHearthSettlement.SignedSettlement calldata b
    ) external;

    /// @notice Pays out what slashes credited to the caller.
    function claimReward(address recipient) external returns (uint96 amountMicroUsd);

    /// @notice Whether a bond backs this enclave now. Gateways and buyers ask this before they give it work.
    function isBonded(address enclaveKey) external view returns (bool);

    /// @notice The bond that answers for an enclave key, live or not; 0 if none ever did.
    function bondIdOf(address enclaveKey) external view returns (uint256);

    function bondOf(uint256 bondId) external view returns (Bond memory);

    function moverOf(address provider) external view returns (address);

    function rewardOf(address account) external view returns (uint96);
}
