// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IEnclaveRegistry} from "../interfaces/IEnclaveRegistry.sol";
import {IHearthSettlement} from "../interfaces/IHearthSettlement.sol";
import {IStakeVault} from "../interfaces/IStakeVault.sol";

contract StakeVault is IStakeVault {
    using SafeERC20 for IERC20;

    uint40 public constant EXIT_DELAY_SEC = 7 days;
    uint96 public constant REWARD_BPS = 1_000;
    uint96 private constant BPS = 10_000;

    IERC20 public immutable token;
    IEnclaveRegistry public immutable registry;
    IHearthSettlement public immutable settlement;
    uint96 public immutable minStakeMicroUsd;
    address public immutable insurance;

    uint256 private _bondCount;
    mapping(uint256 bondId => Bond) private _bonds;
    mapping(address enclaveKey => uint256) private _bondIds;
    mapping(address provider => address) private _movers;
    mapping(address account => uint96) private _rewards;

    constructor(
        IERC20 token_,
        IEnclaveRegistry registry_,
        IHearthSettlement settlement_,
        uint96 minStakeMicroUsd_,
        address insurance_
    ) {
        require(
            address(token_) != address(0) &&
                address(registry_) != address(0) &&
                address(settlement_) != address(0) &&
                insurance_ != address(0),
            ZeroAddress()
        );
        require(minStakeMicroUsd_ != 0, ZeroAmount());
        (token, registry, settlement) = (token_, registry_, settlement_);
        (minStakeMicroUsd, insurance) = (minStakeMicroUsd_, insurance_);
    }

    /// @inheritdoc IStakeVault
    function bond(address enclaveKey) external returns (uint256 bondId) {
        _assertUnbonded(enclaveKey);
        address provider = _providerOf(enclaveKey);

        bondId = ++_bondCount;
        _bonds[bondId] = Bond(provider, enclaveKey, minStakeMicroUsd, 0);
        _bondIds[enclaveKey] = bondId;
        emit Bonded(bondId, provider, enclaveKey, minStakeMicroUsd);

        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), minStakeMicroUsd);
        uint256 got = token.balanceOf(address(this)) - before;
        require(got == minStakeMicroUsd, TokenTransferWrong(minStakeMicroUsd, got));
    }

    /// @inheritdoc IStakeVault
    function moveBond(uint256 bondId, address toEnclaveKey) external {
        Bond storage moved = _live(bondId);
        address provider = moved.provider;
        address mover = _movers[provider];
        require(msg.sender == provider || msg.sender == mover, NotMover(provider, mover, msg.sender));
        _assertUnbonded(toEnclaveKey);
        address owner = _providerOf(toEnclaveKey);
        require(owner == provider, EnclaveOfOtherProvider(toEnclaveKey, provider, owner));

        emit BondMoved(bondId, moved.liveEnclaveKey, toEnclaveKey);
        moved.liveEnclaveKey = toEnclaveKey;
        _bondIds[toEnclaveKey] = bondId;
    }

    /// @inheritdoc IStakeVault
    function setMover(address mover) external {
        _movers[msg.sender] = mover;
        emit MoverSet(msg.sender, mover);
    }

    /// @inheritdoc IStakeVault
    function requestExit(uint256 bondId) external {
        Bond storage leaving = _live(bondId);
        require(msg.sender == leaving.provider, NotProvider(leaving.provider, msg.sender));

        leaving.liveEnclaveKey = address(0);
        leaving.exitAtUnixSec = uint40(block.timestamp) + EXIT_DELAY_SEC;
        emit ExitRequested(bondId, leaving.exitAtUnixSec);
    }

    /// @inheritdoc IStakeVault
    function withdrawBond(uint256 bondId, address recipient) external {
        Bond storage left = _bonds[bondId];
        require(left.provider != address(0), BondUnknown(bondId));
        require(msg.sender == left.provider, NotProvider(left.provider, msg.sender));
        require(left.exitAtUnixSec != 0, BondNotLeaving(bondId));
        require(
            block.timestamp > left.exitAtUnixSec,
            BondStillSlashable(bondId, left.exitAtUnixSec, block.timestamp)
        );
        require(recipient != address(0), ZeroAddress());
        uint96 amountMicroUsd = left.amountMicroUsd;
        require(amountMicroUsd != 0, ZeroAmount());

        left.amountMicroUsd = 0;
        emit BondWithdrawn(bondId, recipient, amountMicroUsd);

        token.safeTransfer(recipient, amountMicroUsd);
    }

    /// @inheritdoc IStakeVault
    function slash(
        IHearthSettlement.SignedSettlement calldata a,
        IHearthSettlement.SignedSettlement calldata b
    ) external {
        address enclaveKey = a.settlement.enclaveKey;
        uint256 bondId = _bondIds[enclaveKey];
        require(bondId != 0, EnclaveHasNoBond(enclaveKey));
        Bond storage slashed = _bonds[bondId];
        uint96 amountMicroUsd = slashed.amountMicroUsd;
        require(amountMicroUsd != 0, ZeroAmount());
        uint96 rewardMicroUsd = (amountMicroUsd * REWARD_BPS) / BPS; // rounded down, in favour of the insurance
        uint96 insuredMicroUsd = amountMicroUsd - rewardMicroUsd;

        (slashed.amountMicroUsd, slashed.liveEnclaveKey) = (0, address(0));
        _rewards[msg.sender] += rewardMicroUsd;
        _rewards[insurance] += insuredMicroUsd;
        emit Slashed(bondId, enclaveKey, msg.sender, rewardMicroUsd, insuredMicroUsd);

        if (settlement.isBlocked(enclaveKey)) settlement.assertContradiction(a, b);
        else settlement.reportEquivocation(a, b);
    }

    /// @inheritdoc IStakeVault
    function claimReward(address recipient) external returns (uint96 amountMicroUsd) {
        require(recipient != address(0), ZeroAddress());
        amountMicroUsd = _rewards[msg.sender];
        require(amountMicroUsd != 0, ZeroAmount());

        _rewards[msg.sender] = 0;
        emit RewardClaimed(msg.sender, recipient, amountMicroUsd);

        token.safeTransfer(recipient, amountMicroUsd);
    }

    /// @inheritdoc IStakeVault
    function isBonded(address enclaveKey) external view returns (bool) {
        return enclaveKey != address(0) && _bonds[_bondIds[enclaveKey]].liveEnclaveKey == enclaveKey;
    }

    /// @inheritdoc IStakeVault
    function bondIdOf(address enclaveKey) external view returns (uint256) {
        return _bondIds[enclaveKey];
    }

    /// @inheritdoc IStakeVault
    function bondOf(uint256 bondId) external view returns (Bond memory) {
        return _bonds[bondId];
    }

    /// @inheritdoc IStakeVault
    function moverOf(address provider) external view returns (address) {
        return _movers[provider];
    }

    /// @inheritdoc IStakeVault
    function rewardOf(address account) external view returns (uint96) {
        return _rewards[account];
    }

    function _live(uint256 bondId) private view returns (Bond storage found) {
        found = _bonds[bondId];
        require(found.provider != address(0), BondUnknown(bondId));
        require(found.liveEnclaveKey != address(0), BondNotLive(bondId));
    }

    /// One bond answers for a key for ever: moving back to an old key would let a second bond answer for its past.
    function _assertUnbonded(address enclaveKey) private view {
        uint256 bondId = _bondIds[enclaveKey];
        require(bondId == 0, EnclaveAlreadyBonded(enclaveKey, bondId));
    }

    function _providerOf(address enclaveKey) private view returns (address provider) {
        (provider, ) = registry.providerAndTierOf(enclaveKey);
        require(provider != address(0), EnclaveNotRegistered(enclaveKey));
    }
}
