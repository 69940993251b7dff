// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What people may decide about enclaves
/// @notice Which measured releases may register, up to which tier; which platforms and enclave keys are barred. Every
/// decision stops new registrations and new jobs only: settlement never asks here, so work already done is paid.
/// @dev Who may decide what, and how long a decision waits, is the authority's (see `HearthAccessManager`): additions wait,
/// taking away doesn't. What breaks if the authority is stolen: new registrations (nobody's money).
interface IReleaseList {
    enum ReleaseStatus {
        Unlisted,
        Listed,
        Withdrawn
    }

    /// @notice `number` counts releases from 1, in the order of their first listing; an enclave's record refers to it.
    struct Release {
        ReleaseStatus status;
        uint8 maxTier;
        uint16 number;
    }

    /// @notice Whether new jobs should go to an enclave key, and if not, why; the first reason that applies.
    enum Usability {
        Usable,
        Unknown, // never registered
        Revoked, // this key was revoked, alone or with its platform
        ReleaseWithdrawn,
        Expired // registered, and its attestation is over: it may register again
    }

    event ReleaseListed(bytes32 indexed measurementHash, uint16 indexed number, uint8 maxTier);
    event ReleaseWithdrawn(bytes32 indexed measurementHash, uint16 indexed number);
    event PlatformBanned(bytes32 indexed platformId);
    event PlatformUnbanned(bytes32 indexed platformId);
    event EnclaveRevoked(address indexed enclaveKey);
    event AdditionsPausedSet(bool paused);
    event RegistrationsPausedSet(bool paused);

    error ReleaseNotListed(bytes32 measurementHash);
    error ReleaseIsWithdrawn(bytes32 measurementHash);
    error ReleasesFull(uint16 limit);
    error TierUnknown(uint8 max, uint8 got);
    error AdditionsPaused();
    error RegistrationsPaused();
    error PlatformIsBanned(bytes32 platformId);
    error PlatformNotBanned(bytes32 platformId);
    error EnclaveIsRevoked(address enclaveKey);
    error EnclaveUnknown(address enclaveKey);

    /// @notice Lists a release, again after a withdrawal, or with another tier. Stopped while additions are paused.
    /// @param maxTier the highest tier that its enclaves may claim.
    function listRelease(bytes32 measurementHash, uint8 maxTier) external;

    /// @notice At once: enclaves with this measurement neither register nor count as usable.
    function withdrawRelease(bytes32 measurementHash) external;

    /// @notice At once: no enclave registers on this platform; the enclave keys named are revoked for ever.
    /// @param enclaveKeys those registered on it (its EnclaveRegistered events of the last 24 hours name them).
    function banPlatform(bytes32 platformId, address[] calldata enclaveKeys) external;

    /// @notice Lets enclaves register on the platform again, for whoever comes first. Keys revoked stay revoked.
    function unbanPlatform(bytes32 platformId) external;

    /// @notice At once and for ever: these keys don't register again and don't count as usable.
    function revokeEnclaves(address[] calldata enclaveKeys) external;

    /// @notice Stops, or lets through, additions to the list (`listRelease`, `unbanPlatform`).
    function setAdditionsPaused(bool paused) external;

    /// @notice Stops, or lets through, registrations of enclaves. Nothing else asks.
    function setRegistrationsPaused(bool paused) external;

    function releaseOf(bytes32 measurementHash) external view returns (Release memory);

    /// @notice The measurement of a release by its number; zero when there is no such release.
    function measurementOf(uint16 releaseNumber) external view returns (bytes32);

    function isPlatformBanned(bytes32 platformId) external view returns (bool);

    function additionsPaused() external view returns (bool);

    function registrationsPaused() external view returns (bool);

    /// @notice An enclave that contradicted itself is blocked in the settlement contract, not here: ask both.
    function usabilityOf(address enclaveKey) external view returns (Usability);
}
