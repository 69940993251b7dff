// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IReleaseList} from "../interfaces/IReleaseList.sol";

/// Releases by measurement, and the two pauses.
abstract contract ReleaseList is IReleaseList, AccessManaged {
    uint8 private constant MAX_TIER = 2;

    mapping(bytes32 measurementHash => Release) private _releases;
    mapping(uint16 number => bytes32 measurementHash) private _measurements;
    uint16 private _releaseCount;
    bool private _additionsPaused;
    bool private _registrationsPaused;

    constructor(address authority_) AccessManaged(authority_) {}

    modifier whenAdditionsOpen() {
        require(!_additionsPaused, AdditionsPaused());
        _;
    }

    modifier whenRegistrationsOpen() {
        require(!_registrationsPaused, RegistrationsPaused());
        _;
    }

    /// @inheritdoc IReleaseList
    function listRelease(bytes32 measurementHash, uint8 maxTier) external restricted whenAdditionsOpen {
        require(maxTier <= MAX_TIER, TierUnknown(MAX_TIER, maxTier));
        Release memory release = _releases[measurementHash];

        if (release.number == 0) {
            require(_releaseCount != type(uint16).max, ReleasesFull(type(uint16).max));
            release.number = ++_releaseCount;
            _measurements[release.number] = measurementHash;
        }
        _releases[measurementHash] = Release(ReleaseStatus.Listed, maxTier, release.number);
        emit ReleaseListed(measurementHash, release.number, maxTier);
    }

    /// @inheritdoc IReleaseList
    function withdrawRelease(bytes32 measurementHash) external restricted {
        Release memory release = _releases[measurementHash];
        require(release.status == ReleaseStatus.Listed, ReleaseNotListed(measurementHash));

        _releases[measurementHash].status = ReleaseStatus.Withdrawn;
        emit ReleaseWithdrawn(measurementHash, release.number);
    }

    /// @inheritdoc IReleaseList
    function setAdditionsPaused(bool paused) external restricted {
        _additionsPaused = paused;
        emit AdditionsPausedSet(paused);
    }

    /// @inheritdoc IReleaseList
    function setRegistrationsPaused(bool paused) external restricted {
        _registrationsPaused = paused;
        emit RegistrationsPausedSet(paused);
    }

    /// @inheritdoc IReleaseList
    function releaseOf(bytes32 measurementHash) external view returns (Release memory) {
        return _releases[measurementHash];
    }

    /// @inheritdoc IReleaseList
    function measurementOf(uint16 releaseNumber) external view returns (bytes32) {
        return _measurements[releaseNumber];
    }

    /// @inheritdoc IReleaseList
    function additionsPaused() external view returns (bool) {
        return _additionsPaused;
    }

    /// @inheritdoc IReleaseList
    function registrationsPaused() external view returns (bool) {
        return _registrationsPaused;
    }

    function _release(bytes32 measurementHash) internal view returns (Release memory release) {
        release = _releases[measurementHash];
        require(release.status != ReleaseStatus.Withdrawn, ReleaseIsWithdrawn(measurementHash));
    }

    /// @param releaseNumber 0: an enclave of no listed release (simulation only).
    function _isWithdrawn(uint16 releaseNumber) internal view returns (bool) {
        return
            releaseNumber != 0 && _releases[_measurements[releaseNumber]].status == ReleaseStatus.Withdrawn;
    }
}
